import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { chunkMemory } from '../reader/file-reader.js';
import { FlatRecord } from '../reader/flat-record.js';
import { logOfRing } from '../reader/ring.js';

/** What logs that are read one at a time share. */
export class ReadingMemory {
  readonly chunks = chunkMemory();
  #flat = new FlatRecord();
  /** By folder: when it changed last, and the logs in it that have rings. */
  readonly #rings = new Map<string, readonly [mtimeMs: number, logs: ReadonlySet<string>]>();

  /** The record at hand. */
  get flat(): FlatRecord {
    if (this.#flat.isFull) this.#flat = new FlatRecord();
    return this.#flat;
  }

  /** Whether there is a ring beside a log, without listing its folder once for each log. */
  hasRing(path: string): boolean {
    try {
      // A ring lies beside the file that a link leads to.
      const log = realpathSync(path);
      const folder = dirname(log);
      const { mtimeMs } = statSync(folder);
      let known = this.#rings.get(folder);
      if (known?.[0] !== mtimeMs) {
        const logs = readdirSync(folder).flatMap((name) => logOfRing(name) ?? []);
        known = [mtimeMs, new Set(logs)];
        this.#rings.set(folder, known);
      }
      return known[1].has(basename(log));
    } catch {
      // A folder that cannot be listed has no rings that can be read.
      return false;
    }
  }
}
