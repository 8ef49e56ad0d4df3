/** One log out of those of many ranks. */
import { logLine, metadataLine } from '../python/json.js';
import type { FlatRecord } from '../reader/flat-record.js';
import type { Sink } from '../reader/scan.js';
import { isDescription, mergedMetadata } from '../reader/step.js';
import type { JsonObject, JsonValue, LogEntry, LogRecord } from '../reader/types.js';
import type { OutFile } from './out-file.js';

export const REDUCTIONS = ['mean', 'min', 'max', 'sum', 'first'] as const;
export type Reduction = (typeof REDUCTIONS)[number];

/** Examples of steps that a report gives. */
const EXAMPLES = 3;

/** The values that the ranks gave one metric at one step. */
interface Cell {
  readonly metric: string;
  /** Reduced so far. */
  value: JsonValue;
  /** The ranks that have it, in ascending order. */
  readonly ranks: number[];
  differs: boolean;
}

/** A record in the making: of the rank that had it first, with the values of all. */
interface MergedRecord {
  readonly step: JsonValue;
  readonly timestamp: number;
  readonly elapsedtime: number;
  readonly cells: Cell[];
  /** The record after it in the merged log. */
  next: MergedRecord | undefined;
}

/** What a rank lacks of a metric. */
export interface Missing {
  readonly rank: number;
  readonly metric: string;
  readonly count: number;
  /** The first steps where it is missing. */
  readonly steps: readonly JsonValue[];
}

export class MergedLog {
  readonly #reduction: Reduction;
  readonly #metadata = new Map<string, { entry: LogEntry; metadata: JsonObject }>();
  /** Before the first record. */
  readonly #head: MergedRecord = emptyRecord(null, Number.NaN, Number.NaN);
  /** The record of the rank being read that came last. */
  #latest = this.#head;
  /** By step and metric: as many cells as a rank logged it there. */
  readonly #cells = new Map<string, Map<string, Cell[]>>();
  /** The record that a cell belongs to. */
  readonly #recordOf = new Map<Cell, MergedRecord>();

  constructor(reduction: Reduction) {
    this.#reduction = reduction;
  }

  /** Records that the merged log has so far, without metadata. */
  length = 0;

  /** Takes the log of a rank; logs are read one after another. */
  rank(rank: number): Sink {
    this.#latest = this.#head;
    return {
      flat: (record: FlatRecord, line, offset, length) =>
        this.#log(rank, record.entry(line, offset, length)),
      entry: (entry) => this.#entry(rank, entry),
    };
  }

  #entry(rank: number, entry: LogEntry): void {
    if (entry.kind === 'LOG') {
      this.#log(rank, entry);
    } else {
      const known = this.#metadata.get(entry.metric);
      // What an earlier rank said of a metric holds.
      const metadata = mergedMetadata(entry.metadata, known?.metadata ?? {});
      this.#metadata.set(entry.metric, { entry: known?.entry ?? entry, metadata });
    }
  }

  #log(rank: number, record: LogRecord): void {
    const key = JSON.stringify(record.step);
    let metrics = this.#cells.get(key);
    if (metrics === undefined) {
      metrics = new Map();
      this.#cells.set(key, metrics);
    }
    let merged: MergedRecord | undefined;
    const added: Cell[] = [];
    for (const [metric, value] of Object.entries(record.data)) {
      const cells = metrics.get(metric) ?? [];
      // The nth time that this rank logs the metric here meets the nth time of the others.
      const cell = cells.find(({ ranks }) => ranks.at(-1) !== rank);
      if (cell === undefined) {
        const fresh = { metric, value, ranks: [rank], differs: false };
        metrics.set(metric, [...cells, fresh]);
        added.push(fresh);
      } else {
        cell.ranks.push(rank);
        this.#reduce(cell, value, isDescription(record.step) ? 'first' : this.#reduction);
        merged ??= this.#recordOf.get(cell);
      }
    }
    if (merged === undefined) {
      const { step, timestamp, elapsedtime } = record;
      merged = emptyRecord(step, timestamp, elapsedtime);
      // After the one that this rank logged before it.
      merged.next = this.#latest.next;
      this.#latest.next = merged;
      this.length++;
    }
    this.#latest = merged;
    for (const cell of added) {
      merged.cells.push(cell);
      this.#recordOf.set(cell, merged);
    }
  }

  #reduce(cell: Cell, value: JsonValue, how: Reduction): void {
    const { value: before, ranks } = cell;
    if (how === 'first' || typeof before !== 'number' || typeof value !== 'number') {
      const isNumber =
        typeof before === 'number' && !isDescription(this.#recordOf.get(cell)?.step ?? null);
      cell.differs ||= !isNumber && JSON.stringify(before) !== JSON.stringify(value);
    } else if (how === 'mean') {
      // So equal values, also infinite ones, keep their value.
      if (value !== before) cell.value = before + (value - before) / ranks.length;
    } else if (how === 'sum') {
      cell.value = before + value;
    } else {
      cell.value = how === 'min' ? Math.min(before, value) : Math.max(before, value);
    }
  }

  /** Writes the log: metadata first, then the records in the order of the ranks that had them first. */
  async write(file: OutFile): Promise<void> {
    const begin = this.#begin();
    for (const { entry, metadata } of this.#metadata.values()) {
      if (entry.kind !== 'METADATA') continue;
      const [wall, elapsed] = moment(entry, begin);
      file.write(metadataLine(wall, elapsed, entry.metric, metadata, 'literal'));
    }
    for (const record of this.#records()) {
      const [wall, elapsed] = moment(record, begin);
      const data = record.cells.map((cell): [string, JsonValue] => [cell.metric, cell.value]);
      file.write(logLine(wall, elapsed, record.step, new Map(data), 'literal'));
      await file.drain();
    }
  }

  *#records(): Generator<MergedRecord> {
    for (let one = this.#head.next; one !== undefined; one = one.next) yield one;
  }

  /** The time of the first record that has one. */
  #begin(): number {
    for (const { timestamp } of this.#records()) if (!Number.isNaN(timestamp)) return timestamp;
    return 0;
  }

  /** What each of `ranks` ranks lacks, though another one has it. */
  missing(ranks: number): Missing[] {
    const found = new Map<
      string,
      { rank: number; metric: string; count: number; steps: JsonValue[] }
    >();
    for (const { step, cells } of this.#records()) {
      for (const cell of cells) {
        if (cell.ranks.length === ranks) continue;
        const has = new Set(cell.ranks);
        for (let rank = 0; rank < ranks; rank++) {
          if (has.has(rank)) continue;
          const key = `${rank} ${cell.metric}`;
          const entry = found.get(key) ?? { rank, metric: cell.metric, count: 0, steps: [] };
          found.set(key, entry);
          entry.count++;
          if (entry.steps.length < EXAMPLES) entry.steps.push(step);
        }
      }
    }
    return [...found.values()].sort((a, b) => a.rank - b.rank);
  }

  /** Names of parameters, and of values that are no numbers, that differ between ranks: the first rank's were taken. */
  get differing(): string[] {
    const names = new Set<string>();
    for (const { cells } of this.#records()) {
      for (const { metric, differs } of cells) if (differs) names.add(metric);
    }
    return [...names];
  }
}

function emptyRecord(step: JsonValue, timestamp: number, elapsedtime: number): MergedRecord {
  return { step, timestamp, elapsedtime, cells: [], next: undefined };
}

/** Wall and elapsed microseconds; what a log lacks is derived. */
function moment(
  { timestamp, elapsedtime }: { timestamp: number; elapsedtime: number },
  begin: number,
): [wall: number, elapsed: number] {
  const wall = Number.isNaN(timestamp) ? begin : timestamp;
  const elapsed = Number.isNaN(elapsedtime) ? Math.max(wall - begin, 0) : elapsedtime;
  return [Math.round(wall * 1e6), Math.round(elapsed * 1e6)];
}
