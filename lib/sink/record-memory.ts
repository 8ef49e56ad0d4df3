/** The memory that records are built in: 64-bit words, seen three ways. */
import { MAX_VALUES, tooLarge } from '../record/value.js';

/** Bytes. */
export const WORD = 8;
/** Limit on a record: its header counts bytes in 32 bits, and records of this size are a mistake already. */
export const MAX_WORDS = MAX_VALUES;

/** The error for a record that is too large as a whole. */
export const TOO_LARGE = 'the record is too large';

/** Three views of the same bytes. */
export class RecordMemory {
  readonly doubles: Float64Array;
  readonly halves: Int32Array;
  readonly bytes: Buffer;

  constructor(memory: ArrayBuffer, offset = 0) {
    this.doubles = new Float64Array(memory, offset);
    this.halves = new Int32Array(memory, offset);
    this.bytes = Buffer.from(memory, offset);
  }
}

export const NO_WORDS = new RecordMemory(new ArrayBuffer(0));

export function allocate(words: number): RecordMemory {
  try {
    return new RecordMemory(new ArrayBuffer(words * WORD));
  } catch {
    throw tooLarge(TOO_LARGE);
  }
}
