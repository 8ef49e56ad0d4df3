/** The end of a log that is opened for appending; the rules are those of native/tail.h. */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { isSystemError } from './log-errors.js';

const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const BEGIN = Buffer.from('DLLL {');
const PIECE = 256 * 1024;
/** What a hole reads as. */
const HOLE = Buffer.alloc(PIECE);

/**
 * Milliseconds since its last change after which an unfinished line counts as one that a killed
 * writer left. JavaScript has no locks, and a line that another process is writing this moment, held
 * up by a busy disk, looks the same.
 */
const SETTLED = 1000;
const PAUSE = 10;
/** Milliseconds after which a line that grows all the time is its writer's business. */
const PATIENCE = 10_000;

/**
 * Makes a file end with a whole line: cuts the beginning of a record that a killed writer left, and
 * ends what only lacks its newline.
 *
 * @returns the bytes that were cut.
 */
export function repairTail(descriptor: number): number {
  const size = settledSize(descriptor);
  if (size === undefined) return 0;
  const start = lastLineStart(descriptor, size);
  if (isTorn(pieces(descriptor, start, size))) {
    ftruncateSync(descriptor, start);
    return size - start;
  }
  writeSync(descriptor, '\n');
  return 0;
}

/** The same for a log that is not open. */
export function repairLog(path: string): number {
  const descriptor = openSync(path, constants.O_RDWR | constants.O_APPEND);
  try {
    return repairTail(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The size of a file that nobody is writing to; undefined when it ends with a newline. */
function settledSize(descriptor: number): number | undefined {
  const began = performance.now();
  let since = began;
  for (let seen = -1; ; pause(PAUSE)) {
    const { size, mtimeMs } = fstatSync(descriptor);
    if (endsLine(descriptor, size)) return undefined;
    const now = performance.now();
    if (size !== seen) since = now;
    seen = size;
    // By the file's clock, or where that goes wrong, by our own.
    if (Date.now() - mtimeMs >= SETTLED || now - since >= SETTLED) return size;
    if (now - began >= PATIENCE) return undefined;
  }
}

function endsLine(descriptor: number, size: number): boolean {
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  try {
    return readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE;
  } catch (error) {
    // A log that may be written but not read: its end is not to be seen.
    if (isSystemError(error) && error.code === 'EBADF') return true;
    throw error;
  }
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Where the bytes begin that follow the last newline. */
function lastLineStart(descriptor: number, size: number): number {
  const piece = Buffer.alloc(PIECE);
  for (let end = size; end > 0; ) {
    const length = Math.min(PIECE, end);
    readSync(descriptor, piece, 0, length, end - length);
    const newline = piece.subarray(0, length).lastIndexOf(NEWLINE);
    if (newline !== -1) return end - length + newline + 1;
    end -= length;
  }
  return 0;
}

/** The bytes from `start` to `end`; each piece is valid until the next one is asked for. */
function* pieces(descriptor: number, start: number, end: number): Generator<Buffer> {
  const piece = Buffer.alloc(PIECE);
  for (let at = start; at < end; ) {
    const length = readSync(descriptor, piece, 0, Math.min(PIECE, end - at), at);
    if (length === 0) return;
    yield piece.subarray(0, length);
    at += length;
  }
}

/** Whether a line is the beginning of a record, or space that was never written. */
function isTorn(line: Iterable<Buffer>): boolean {
  const text = new RecordText();
  let isHole = true;
  let length = 0;
  for (const piece of line) {
    const isZero = piece.equals(HOLE.subarray(0, piece.length));
    if (!isZero && isHole) {
      // Behind a hole there is no beginning of a record.
      if (length > 0) return false;
      isHole = false;
    }
    if (!isHole && !(isZero ? text.takeZeros() : text.take(piece))) return false;
    length += piece.length;
  }
  return true;
}

/** The beginning of a record, read piece by piece. */
class RecordText {
  #begun = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** False when these bytes end a record, or belong to none. */
  take(piece: Buffer): boolean {
    for (const byte of piece) {
      if (this.#begun < BEGIN.length) {
        if (byte !== BEGIN[this.#begun]) return false;
        this.#begun++;
        if (this.#begun === BEGIN.length) this.#depth = 1;
      } else if (this.#isInString) {
        this.#takeInString(byte);
      } else if (byte === QUOTE) {
        this.#isInString = true;
      } else if (byte === 0x7b || byte === 0x5b) {
        this.#depth++;
      } else if (byte === 0x7d || byte === 0x5d) {
        this.#depth--;
        if (this.#depth === 0) return false;
      }
    }
    return true;
  }

  /** As `take`, for a piece of zeros. */
  takeZeros(): boolean {
    this.#isEscaped = false;
    return this.#begun === BEGIN.length;
  }

  #takeInString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInString = false;
  }
}
