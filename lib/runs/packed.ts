/** A list of numbers that can move into memory which it shares with others. */
export interface Packable {
  /** Bytes that the numbers take. */
  readonly bytes: number;
  /** Moves the numbers to an offset of a buffer. The list gets memory of its own again when it grows. */
  moveTo(buffer: ArrayBuffer, offset: number): void;
}

/** Limit on the bytes to pack: of longer lists the room for growth is worth more than a copy for each record. */
const MAX_BYTES = 2 ** 16;
const WORD = 8;

/**
 * Packs short lists into one piece of memory without room for more. Each piece costs some hundred bytes, which is
 * more than the numbers of a short log, and a folder may hold thousands of short logs.
 */
export function pack(lists: readonly Packable[]): void {
  const size = lists.reduce((sum, { bytes }) => sum + words(bytes), 0);
  if (size > MAX_BYTES) return;
  const buffer = new ArrayBuffer(size);
  let offset = 0;
  for (const list of lists) {
    list.moveTo(buffer, offset);
    offset += words(list.bytes);
  }
}

function words(bytes: number): number {
  return Math.ceil(bytes / WORD) * WORD;
}
