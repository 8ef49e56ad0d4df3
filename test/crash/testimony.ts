/** What a killed writer's witness says, and which unfinished lines of the log it explains. */
import { existsSync, readFileSync } from 'node:fs';
import { type Content, isBeginning, WITNESS } from './record.js';

/** How many records a writer has logged, and how many it was about to; none if it was killed before. */
export interface Testimony {
  readonly writer: number;
  readonly acknowledged: number;
  readonly begun: number;
}

export function testimonyOf(writer: number, witness: string): Testimony {
  const bytes = existsSync(witness) ? readFileSync(witness) : Buffer.alloc(0);
  if (bytes.length !== WITNESS.bytes) return { writer, acknowledged: 0, begun: 0 };
  return {
    writer,
    acknowledged: bytes.readUInt32LE(WITNESS.acknowledged * 4),
    begun: bytes.readUInt32LE(WITNESS.begun * 4),
  };
}

/**
 * The torn lines that no killed writer may leave. Each writer may leave one: the beginning of the record
 * whose `log()` had not returned, where a kill may leave one.
 */
export function withoutUnfinished(
  { sequences, torn }: Content,
  testimonies: Iterable<Testimony>,
): readonly string[] {
  const rest = [...torn];
  if (rest.length === 0) return rest;
  for (const { writer, acknowledged, begun } of testimonies) {
    // The number of the writer's next record: all records before it are in the file.
    const next = sequences.get(writer)?.length ?? 0;
    if (next < acknowledged || next >= begun) continue;
    const index = rest.findIndex((line) => isBeginning(line, writer, next));
    if (index >= 0) rest.splice(index, 1);
  }
  return rest;
}
