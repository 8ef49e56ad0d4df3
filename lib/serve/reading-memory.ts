import { CHUNK_SIZE } from '../reader/file-reader.js';
import { FlatRecord } from '../reader/flat-record.js';
import { RingFinder } from '../sink/ring-place.js';

/** Memory that logs share, since they are read one at a time. */
export class ReadingMemory {
  readonly chunk = Buffer.allocUnsafeSlow(CHUNK_SIZE);
  readonly rings = new RingFinder();
  #flat = new FlatRecord();

  /** The record at hand. */
  get flat(): FlatRecord {
    if (this.#flat.isFull) this.#flat = new FlatRecord();
    return this.#flat;
  }
}
