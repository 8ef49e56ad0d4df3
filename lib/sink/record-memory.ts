/** The memory that records are built in: 64-bit words, seen three ways. */
import { MAX_VALUES, tooLarge } from '../record/value.js';

/** Bytes. */
export const WORD = 8;
/** Of a record: a header counts bytes in 32 bits, and far less is already a mistake. */
export const MAX_WORDS = MAX_VALUES;

/** Where it is the whole that is too large, and no single value. */
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
