/** The values of all ranks for one metric at one step, and the lines of the merged log that they become. */
import { logLine } from '../python/json.js';
import { type RawMember, rawMembers } from '../reader/raw-json.js';
import { isDescription } from '../reader/step.js';
import type { JsonValue } from '../reader/types.js';
import { floatRepr, numberRepr } from '../record/number.js';

export const REDUCTIONS = ['mean', 'min', 'max', 'sum', 'first'] as const;
export type Reduction = (typeof REDUCTIONS)[number];

/** Number of example steps in a report. */
const EXAMPLES = 3;

/** The values that the ranks gave one metric at one step. */
export interface Cell {
  readonly metric: string;
  /** The value as the first rank that logged the metric wrote it. */
  readonly name: string;
  /** The reduction of the values added so far. */
  value: JsonValue;
  /** The value as a rank wrote it; undefined for a computed value. */
  text: string | undefined;
  /** Whether a rank wrote the value as a float. A computed value is then written as a float, too. */
  isFloat: boolean;
  /** The ranks that logged the metric, in ascending order. */
  readonly ranks: number[];
  differs: boolean;
}

/** The times and the step of a record, each also as written. */
export interface Head {
  readonly timestamp: number;
  readonly elapsedtime: number;
  readonly raw: ReadonlyMap<string, RawMember>;
}

/** The steps at which a rank lacks a metric. */
export interface Missing {
  readonly rank: number;
  readonly metric: string;
  readonly count: number;
  /** The first steps at which the metric is missing. */
  readonly steps: readonly JsonValue[];
}

/** What a rank lacks so far. */
interface Lack extends Missing {
  count: number;
  readonly steps: JsonValue[];
}

/** Reports what ranks lack, and where they differ. */
export class MergeReport {
  /** In the order in which ranks first lacked a metric. */
  readonly #missing: Lack[] = [];
  /** The same by metric and rank. */
  readonly #byMetric = new Map<string, Lack[]>();
  readonly #differing = new Set<string>();

  /** Takes the values of one metric at one step, when all ranks have been read there. */
  add({ metric, ranks, differs }: Cell, step: JsonValue, count: number): void {
    if (differs) this.differ(metric);
    if (ranks.length === count) return;
    for (const rank of otherRanks(ranks, count)) this.lack(rank, metric, () => step);
  }

  /** Notes that a rank lacks a metric at a step. */
  lack(rank: number, metric: string, stepOf: () => JsonValue): void {
    let byRank = this.#byMetric.get(metric);
    if (byRank === undefined) {
      byRank = [];
      this.#byMetric.set(metric, byRank);
    }
    let entry = byRank[rank];
    if (entry === undefined) {
      entry = { rank, metric, count: 0, steps: [] };
      byRank[rank] = entry;
      this.#missing.push(entry);
    }
    entry.count++;
    if (entry.steps.length < EXAMPLES) entry.steps.push(stepOf());
  }

  /** Notes that ranks have different values of a metric, of which the first one is taken. */
  differ(metric: string): void {
    this.#differing.add(metric);
  }

  /** For each rank, the metrics that another rank logged and this rank did not. */
  get missing(): Missing[] {
    return [...this.#missing].sort((a, b) => a.rank - b.rank);
  }

  /** Names of parameters, and of values other than numbers, that differ between ranks. The first rank's were taken. */
  get differing(): string[] {
    return [...this.#differing];
  }
}

/** The ranks, of `count`, that are not among `ranks`. */
export function otherRanks(ranks: readonly number[], count: number): number[] {
  const others: number[] = [];
  const has = new Set(ranks);
  for (let rank = 0; rank < count; rank++) if (!has.has(rank)) others.push(rank);
  return others;
}

/** The reduction of the numbers so far and a further one. `count` includes the further one. */
export function reduceNumbers(
  how: Reduction,
  before: number,
  value: number,
  count: number,
): number {
  switch (how) {
    case 'mean':
      // In this form the mean of equal values, also of infinite ones, is that value.
      return value === before ? before : before + (value - before) / count;
    case 'sum':
      return before + value;
    case 'min':
      return value < before || Number.isNaN(value) ? value : before;
    case 'max':
      return value > before || Number.isNaN(value) ? value : before;
    case 'first':
      return before;
  }
}

/** Whether a reduction is one of the values, and so keeps the text of that value. */
export function copiesText(how: Reduction): boolean {
  return how === 'min' || how === 'max';
}

export function areDifferent(before: JsonValue, value: JsonValue): boolean {
  return before !== value && JSON.stringify(before) !== JSON.stringify(value);
}

/** Adds the value of the next rank, whose number is the last of `ranks`. */
export function reduceCell(
  cell: Cell,
  step: JsonValue,
  value: JsonValue,
  text: string,
  reduction: Reduction,
): void {
  const how = isDescription(step) ? 'first' : reduction;
  if (reduction !== 'first') cell.isFloat ||= isFloatText(value, text);
  const { value: before, ranks } = cell;
  if (typeof before !== 'number' || isDescription(step))
    cell.differs ||= areDifferent(before, value);
  if (typeof before !== 'number' || typeof value !== 'number') return;
  const reduced = reduceNumbers(how, before, value, ranks.length);
  if (Object.is(reduced, before)) return;
  cell.value = reduced;
  cell.text = copiesText(how) ? text : undefined;
}

const INTEGER = /^-?\d+$/;

/** Whether a value was written as a float. */
export function isFloatText(value: JsonValue, text: string): boolean {
  return typeof value === 'number' && !INTEGER.test(text);
}

/** The text of a cell: a copied value as it was written, a computed value as a float if an input was a float. */
export function textOf({ value, text, isFloat }: Pick<Cell, 'value' | 'text' | 'isFloat'>): string {
  if (text !== undefined && (!isFloat || !INTEGER.test(text))) return text;
  const number = Number(value);
  // NaN and the infinities have the same names in both languages.
  if (!Number.isFinite(number)) return String(number);
  return isFloat ? floatRepr(number) : numberRepr(number);
}

export function objectText(members: Iterable<RawMember>): string {
  return `{${Array.from(members, ({ name, value }) => `${name}: ${value}`).join(', ')}}`;
}

/** A line of the merged log, with the times as written. A missing time is derived. */
export function lineOf({ timestamp, elapsedtime, raw }: Head, begin: number, rest: string): string {
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
