import { chunkMemory } from '../reader/file-reader.js';
import { FlatRecord } from '../reader/flat-record.js';

/** Memory that logs share, since they are read one at a time. */
export class ReadingMemory {
  readonly chunks = chunkMemory();
  #flat = new FlatRecord();

  /** The record at hand. */
  get flat(): FlatRecord {
    if (this.#flat.isFull) this.#flat = new FlatRecord();
    return this.#flat;
  }
}
