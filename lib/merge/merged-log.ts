/** One log out of those of many ranks. */

import type { ByteSink } from '../base/byte-sink.js';
import { logLine } from '../python/json.js';
import type { FlatRecord } from '../reader/flat-record.js';
import { type RawMember, rawMembers } from '../reader/raw-json.js';
import type { Sink } from '../reader/scan.js';
import { isDescription } from '../reader/step.js';
import type { JsonObject, JsonValue, LogRecord, MetadataRecord } from '../reader/types.js';
import { floatRepr, numberRepr } from '../record/number.js';

export const REDUCTIONS = ['mean', 'min', 'max', 'sum', 'first'] as const;
export type Reduction = (typeof REDUCTIONS)[number];

/** Examples of steps that a report gives. */
const EXAMPLES = 3;

/** The values that the ranks gave one metric at one step. */
interface Cell {
  readonly metric: string;
  /** As written by the rank that had it first. */
  readonly name: string;
  /** Reduced so far. */
  value: JsonValue;
  /** The value as written by a rank; undefined where it was computed. */
  text: string | undefined;
  /** Whether a rank wrote it as a float: a computed value is one then, too. */
  isFloat: boolean;
  /** The ranks that have it, in ascending order. */
  readonly ranks: number[];
  differs: boolean;
}

/** The times and the step of a record, and their texts. */
interface Head {
  readonly timestamp: number;
  readonly elapsedtime: number;
  readonly raw: ReadonlyMap<string, RawMember>;
}

/** A record in the making: of the rank that had it first, with the values of all. */
interface MergedRecord {
  readonly step: JsonValue;
  readonly head: Head;
  readonly cells: Cell[];
  /** The record after it in the merged log. */
  next: MergedRecord | undefined;
}

interface MergedMetadata {
  readonly head: Head;
  readonly members: Map<string, RawMember>;
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
  readonly #metadata = new Map<string, MergedMetadata>();
  /** Before the first record. */
  readonly #head: MergedRecord = emptyRecord(null, NO_HEAD);
  /** The record of the rank being read that came last. */
  #latest = this.#head;
  /** By step and metric: as many cells as a rank logged it there. */
  readonly #cells = new Map<string, Map<string, Cell[]>>();
  /** The record that a cell belongs to. */
  readonly #recordOf = new Map<Cell, MergedRecord>();

  constructor(reduction: Reduction) {
    this.#reduction = reduction;
  }

  #records = 0;

  /** Records that the merged log has so far, those of metadata too: its lines. */
  get length(): number {
    return this.#records + this.#metadata.size;
  }

  /** Takes the log of a rank; logs are read one after another. */
  rank(rank: number): Sink {
    this.#latest = this.#head;
    return {
      flat: (record: FlatRecord, line, offset, length) => {
        const raw = rawMembers(record.text.toString());
        this.#log(rank, record.entry(line, offset, length), raw);
      },
      entry: (entry, text) => {
        const raw = rawMembers(text.toString());
        if (entry.kind === 'LOG') this.#log(rank, entry, raw);
        else this.#describe(entry, raw);
      },
    };
  }

  /** What an earlier rank said of a metric holds; later ones add to it. */
  #describe({ metric, timestamp, elapsedtime }: MetadataRecord, raw: Head['raw']): void {
    const added = rawMembers(raw.get('metadata')?.value ?? '{}');
    const known = this.#metadata.get(metric);
    if (known === undefined) {
      this.#metadata.set(metric, { head: { timestamp, elapsedtime, raw }, members: added });
    } else {
      for (const [key, member] of added)
        if (!known.members.has(key)) known.members.set(key, member);
    }
  }

  #log(rank: number, record: LogRecord, raw: Head['raw']): void {
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
      const isFloat = typeof value === 'number' && !INTEGER.test(text);
      const cells = metrics.get(metric) ?? [];
      // The nth time that this rank logs the metric here meets the nth time of the others.
      const cell = cells.find(({ ranks }) => ranks.at(-1) !== rank);
      if (cell === undefined) {
        const fresh = { metric, name, value, text, isFloat, ranks: [rank], differs: false };
        metrics.set(metric, [...cells, fresh]);
        added.push(fresh);
      } else {
        cell.ranks.push(rank);
        this.#reduce(cell, value, text, isDescription(step) ? 'first' : this.#reduction);
        if (this.#reduction !== 'first') cell.isFloat ||= isFloat;
        merged ??= this.#recordOf.get(cell);
      }
    }
    if (merged === undefined) {
      merged = emptyRecord(step, { timestamp, elapsedtime, raw });
      // After the one that this rank logged before it.
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

  #reduce(cell: Cell, value: JsonValue, text: string, how: Reduction): void {
    const { value: before, ranks } = cell;
    if (how === 'first' || typeof before !== 'number' || typeof value !== 'number') {
      const step = this.#recordOf.get(cell)?.step ?? null;
      const isNumber = typeof before === 'number' && !isDescription(step);
      cell.differs ||= !isNumber && JSON.stringify(before) !== JSON.stringify(value);
    } else if (how === 'mean') {
      // So equal values, also infinite ones, keep their value.
      if (value !== before) compute(cell, before + (value - before) / ranks.length);
    } else if (how === 'sum') {
      compute(cell, before + value);
    } else if (how === 'min' ? value < before : value > before) {
      cell.value = value;
      cell.text = text;
    } else if (Number.isNaN(value)) {
      compute(cell, value);
    }
  }

  /** Writes the log: metadata first, then the records in the order of the ranks that had them first. */
  async write(file: ByteSink): Promise<void> {
    const begin = this.#begin();
    for (const { head, members } of this.#metadata.values()) {
      const metric = head.raw.get('metric')?.value ?? '""';
      const metadata = objectText(members.values());
      file.write(lineOf(head, begin, `"METADATA", "metric": ${metric}, "metadata": ${metadata}`));
    }
    for (const { head, cells } of this.#all()) {
      const step = head.raw.get('step')?.value ?? 'null';
      const data = objectText(cells.map((cell) => ({ name: cell.name, value: textOf(cell) })));
      file.write(lineOf(head, begin, `"LOG", "step": ${step}, "data": ${data}`));
      await file.drain();
    }
  }

  *#all(): Generator<MergedRecord> {
    for (let one = this.#head.next; one !== undefined; one = one.next) yield one;
  }

  /** The time of the first record that has one. */
  #begin(): number {
    for (const { head } of this.#all()) if (!Number.isNaN(head.timestamp)) return head.timestamp;
    return 0;
  }

  /** What each of `ranks` ranks lacks, though another one has it. */
  missing(ranks: number): Missing[] {
    const found = new Map<
      string,
      { rank: number; metric: string; count: number; steps: JsonValue[] }
    >();
    for (const { step, cells } of this.#all()) {
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
    for (const { cells } of this.#all()) {
      for (const { metric, differs } of cells) if (differs) names.add(metric);
    }
    return [...names];
  }
}

const NO_HEAD: Head = { timestamp: Number.NaN, elapsedtime: Number.NaN, raw: new Map() };

function emptyRecord(step: JsonValue, head: Head): MergedRecord {
  return { step, head, cells: [], next: undefined };
}

const INTEGER = /^-?\d+$/;

function own(data: JsonObject, name: string): JsonValue {
  return Object.hasOwn(data, name) ? (data[name] as JsonValue) : null;
}

function compute(cell: Cell, value: number): void {
  cell.value = value;
  cell.text = undefined;
}

/** What was copied stands as it was written; what was computed is a float if one of its inputs was. */
function textOf({ value, text, isFloat }: Cell): string {
  if (text !== undefined && (!isFloat || !INTEGER.test(text))) return text;
  const number = Number(value);
  // NaN and the infinities have the same names in both languages.
  if (!Number.isFinite(number)) return String(number);
  return isFloat ? floatRepr(number) : numberRepr(number);
}

function objectText(members: Iterable<RawMember>): string {
  return `{${Array.from(members, ({ name, value }) => `${name}: ${value}`).join(', ')}}`;
}

/** A line of the log, with the times as written; what a log lacks of them is derived. */
function lineOf({ timestamp, elapsedtime, raw }: Head, begin: number, rest: string): string {
  const wall = Number.isNaN(timestamp) ? begin : timestamp;
  const elapsed = Number.isNaN(elapsedtime) ? Math.max(wall - begin, 0) : elapsedtime;
  const isWhole = !Number.isNaN(timestamp) && !Number.isNaN(elapsedtime) && raw.has('datetime');
  const derived = isWhole
    ? raw
    : rawMembers(
        logLine(Math.round(wall * 1e6), Math.round(elapsed * 1e6), [], {}, 'literal').toString(),
      );
  const times = ['timestamp', 'datetime', 'elapsedtime'].map((name) => {
    const hasOwn =
      name === 'datetime' || !Number.isNaN(name === 'timestamp' ? timestamp : elapsedtime);
    const member = (hasOwn ? raw.get(name) : undefined) ?? derived.get(name);
    return `"${name}": ${member?.value ?? 'null'}`;
  });
  return `DLLL {${times.join(', ')}, "type": ${rest}}\n`;
}
