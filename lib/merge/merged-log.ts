/** Merges records of many ranks in memory: whole logs, or the records of one step. */
import type { ByteSink } from '../base/byte-sink.js';
import { rawMembers } from '../reader/raw-json.js';
import type { JsonObject, JsonValue, LogRecord } from '../reader/types.js';
import {
  type Cell,
  type Head,
  isFloatText,
  lineOf,
  type MergeReport,
  objectText,
  type Reduction,
  reduceCell,
  textOf,
} from './cells.js';

/** A merged record: its times come from the first rank that logged it, its values from all ranks. */
interface MergedRecord {
  readonly step: JsonValue;
  readonly head: Head;
  readonly cells: Cell[];
  /** The next record in the merged log. */
  next: MergedRecord | undefined;
}

export class MergedLog {
  readonly #reduction: Reduction;
  /** Before the first record. */
  readonly #head: MergedRecord = emptyRecord(null, NO_HEAD);
  /** The last record of the rank that is being read. */
  #latest = this.#head;
  /** Cells by step and metric, one for each time that a rank logged the metric at the step. */
  readonly #cells = new Map<string, Map<string, Cell[]>>();
  /** The record that a cell belongs to. */
  readonly #recordOf = new Map<Cell, MergedRecord>();

  constructor(reduction: Reduction) {
    this.#reduction = reduction;
  }

  #records = 0;

  /** Number of merged records. */
  get length(): number {
    return this.#records;
  }

  /** Begins a rank: the records added next belong to it. Ranks are added in ascending order. */
  beginRank(): void {
    this.#latest = this.#head;
  }

  add(rank: number, record: LogRecord, raw: Head['raw']): void {
    const { step, data, timestamp, elapsedtime } = record;
    const key = JSON.stringify(step);
    let metrics = this.#cells.get(key);
    if (metrics === undefined) {
      metrics = new Map();
      this.#cells.set(key, metrics);
    }
    let merged: MergedRecord | undefined;
    const added: Cell[] = [];
    for (const [metric, { name, value: text }] of rawMembers(raw.get('data')?.value ?? '{}')) {
      const value = own(data, metric);
      const isFloat = isFloatText(value, text);
      const cells = metrics.get(metric) ?? [];
      // The nth value of this rank at the step is merged with the nth value of the other ranks.
      const cell = cells.find(({ ranks }) => ranks.at(-1) !== rank);
      if (cell === undefined) {
        const fresh = { metric, name, value, text, isFloat, ranks: [rank], differs: false };
        metrics.set(metric, [...cells, fresh]);
        added.push(fresh);
      } else {
        cell.ranks.push(rank);
        reduceCell(cell, step, value, text, this.#reduction);
        merged ??= this.#recordOf.get(cell);
      }
    }
    if (merged === undefined) {
      merged = emptyRecord(step, { timestamp, elapsedtime, raw });
      // Follows the record that this rank logged before.
      merged.next = this.#latest.next;
      this.#latest.next = merged;
      this.#records++;
    }
    this.#latest = merged;
    for (const cell of added) {
      merged.cells.push(cell);
      this.#recordOf.set(cell, merged);
    }
  }

  /** Writes the records in the order of the ranks that logged them first, and adds each to the report. */
  async write(file: ByteSink, begin: number, report: MergeReport, ranks: number): Promise<void> {
    for (const { step, head, cells } of this.records()) {
      const text = head.raw.get('step')?.value ?? 'null';
      const data = objectText(cells.map((cell) => ({ name: cell.name, value: textOf(cell) })));
      file.write(lineOf(head, begin, `"LOG", "step": ${text}, "data": ${data}`));
      for (const cell of cells) report.add(cell, step, ranks);
      await file.drain();
    }
  }

  *records(): Generator<MergedRecord> {
    for (let one = this.#head.next; one !== undefined; one = one.next) yield one;
  }

  /** The time of the first record that has a time; undefined when none has. */
  get begin(): number | undefined {
    for (const { head } of this.records()) if (!Number.isNaN(head.timestamp)) return head.timestamp;
    return undefined;
  }
}

const NO_HEAD: Head = { timestamp: Number.NaN, elapsedtime: Number.NaN, raw: new Map() };

function emptyRecord(step: JsonValue, head: Head): MergedRecord {
  return { step, head, cells: [], next: undefined };
}

function own(data: JsonObject, name: string): JsonValue {
  return Object.hasOwn(data, name) ? (data[name] as JsonValue) : null;
}
