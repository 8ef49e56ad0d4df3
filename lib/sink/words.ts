/** The memory that records are built in: 64-bit words, seen three ways. */
import { DLLoggerError } from '../errors.js';

/** Bytes. */
export const WORD = 8;
/** A header counts bytes in 32 bits; far less is already a mistake. */
export const MAX_WORDS = 2 ** 30 / WORD;

/** Three views of the same bytes. */
export class Words {
  readonly doubles: Float64Array;
  readonly halves: Int32Array;
  readonly bytes: Buffer;

  constructor(memory: ArrayBuffer, offset = 0) {
    this.doubles = new Float64Array(memory, offset);
    this.halves = new Int32Array(memory, offset);
    this.bytes = Buffer.from(memory, offset);
  }
}

export const NO_WORDS = new Words(new ArrayBuffer(0));

export function allocate(words: number): Words {
  try {
    return new Words(new ArrayBuffer(words * WORD));
  } catch {
    throw tooLarge();
  }
}

export function tooLarge(): DLLoggerError {
  return new DLLoggerError(
    'ERR_DLLOGGER_RECORD_TOO_LARGE',
    'the record is too large to be held in memory; it was not logged',
  );
}
