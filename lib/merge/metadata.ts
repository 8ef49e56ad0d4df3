/** Merges the metadata of many ranks. The values of an earlier rank win; later ranks add keys. */
import type { ByteSink } from '../base/byte-sink.js';
import { type RawMember, rawMembers } from '../reader/raw-json.js';
import type { MetadataRecord } from '../reader/types.js';
import { type Head, lineOf, objectText } from './cells.js';

interface Described {
  readonly rank: number;
  readonly head: Head;
  readonly members: Map<string, RawMember>;
}

export class MergedMetadata {
  readonly #described = new Map<string, Described>();

  /** Metrics with metadata. */
  get length(): number {
    return this.#described.size;
  }

  /** Takes a metadata record. Ranks are taken in ascending order. */
  add(record: MetadataRecord, raw: Head['raw'], rank = 0): void {
    const { metric, timestamp, elapsedtime } = record;
    const added = rawMembers(raw.get('metadata')?.value ?? '{}');
    const known = this.#described.get(metric);
    if (known === undefined) {
      this.#described.set(metric, { rank, head: { timestamp, elapsedtime, raw }, members: added });
      return;
    }
    for (const [key, member] of added) {
      if (!known.members.has(key)) known.members.set(key, member);
    }
  }

  /** Whether a record adds nothing to what this rank or an earlier one has said. */
  isKnown({ metric }: MetadataRecord, raw: Head['raw'], rank: number): boolean {
    const known = this.#described.get(metric);
    if (known === undefined || known.rank > rank) return false;
    const added = rawMembers(raw.get('metadata')?.value ?? '{}');
    return [...added].every(([key, { value }]) => known.members.get(key)?.value === value);
  }

  write(file: ByteSink, begin: number): void {
    for (const { head, members } of this.#described.values()) {
      const metric = head.raw.get('metric')?.value ?? '""';
      const metadata = objectText(members.values());
      file.write(lineOf(head, begin, `"METADATA", "metric": ${metric}, "metadata": ${metadata}`));
    }
  }
}
