/** What merged logs consist of: the values of all ranks for one metric at one step, and the lines they become. */
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

/** Reports what ranks lack, and where they differ. */
export class MergeReport {
  readonly #missing = new Map<
    string,
    { rank: number; metric: string; count: number; steps: JsonValue[] }
  >();
  readonly #differing = new Set<string>();

  /** Takes the values of one metric at one step, when all ranks have been read there. */
  add({ metric, ranks, differs }: Cell, step: JsonValue, count: number): void {
    if (differs) this.#differing.add(metric);
    if (ranks.length === count) return;
    const has = new Set(ranks);
    for (let rank = 0; rank < count; rank++) {
      if (has.has(rank)) continue;
      const key = `${rank} ${metric}`;
      let entry = this.#missing.get(key);
      if (entry === undefined) {
        entry = { rank, metric, count: 0, steps: [] };
        this.#missing.set(key, entry);
      }
      entry.count++;
      if (entry.steps.length < EXAMPLES) entry.steps.push(step);
    }
  }

  /** For each rank, the metrics that another rank logged and this rank did not. */
  get missing(): Missing[] {
    return [...this.#missing.values()].sort((a, b) => a.rank - b.rank);
  }

  /** Names of parameters, and of values that are no numbers, that differ between ranks: the first rank's were taken. */
  get differing(): string[] {
    return [...this.#differing];
  }
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
  if (how === 'first' || typeof before !== 'number' || typeof value !== 'number') {
    const isNumber = typeof before === 'number' && !isDescription(step);
    cell.differs ||= !isNumber && JSON.stringify(before) !== JSON.stringify(value);
  } else if (how === 'mean') {
    // In this form the mean of equal values, also of infinite ones, is that value.
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

const INTEGER = /^-?\d+$/;

/** Whether a value was written as a float. */
export function isFloatText(value: JsonValue, text: string): boolean {
  return typeof value === 'number' && !INTEGER.test(text);
}

function compute(cell: Cell, value: number): void {
  cell.value = value;
  cell.text = undefined;
}

/** The text of a cell: a copied value as it was written, a computed value as a float if an input was a float. */
export function textOf({ value, text, isFloat }: Cell): string {
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
