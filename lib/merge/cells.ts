/** What merged logs consist of: the values of all ranks for one metric at one step, and the lines they become. */
import { logLine } from '../python/json.js';
import { type RawMember, rawMembers } from '../reader/raw-json.js';
import { isDescription } from '../reader/step.js';
import type { JsonValue } from '../reader/types.js';
import { floatRepr, numberRepr } from '../record/number.js';

export const REDUCTIONS = ['mean', 'min', 'max', 'sum', 'first'] as const;
export type Reduction = (typeof REDUCTIONS)[number];

/** Examples of steps that a report gives. */
const EXAMPLES = 3;

/** The values that the ranks gave one metric at one step. */
export interface Cell {
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
export interface Head {
  readonly timestamp: number;
  readonly elapsedtime: number;
  readonly raw: ReadonlyMap<string, RawMember>;
}

/** What a rank lacks of a metric. */
export interface Missing {
  readonly rank: number;
  readonly metric: string;
  readonly count: number;
  /** The first steps where it is missing. */
  readonly steps: readonly JsonValue[];
}

/** What ranks lack, and where they differ. */
export class MergeReport {
  readonly #missing = new Map<
    string,
    { rank: number; metric: string; count: number; steps: JsonValue[] }
  >();
  readonly #differing = new Set<string>();

  /** Takes the values of one metric at one step, once no rank can add to them. */
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

  /** What each rank lacks, though another one has it. */
  get missing(): Missing[] {
    return [...this.#missing.values()].sort((a, b) => a.rank - b.rank);
  }

  /** Names of parameters, and of values that are no numbers, that differ between ranks: the first rank's were taken. */
  get differing(): string[] {
    return [...this.#differing];
  }
}

/** Adds the value of one more rank, whose number is the last of `ranks`. */
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

const INTEGER = /^-?\d+$/;

/** Whether a value was written as a float. */
export function isFloatText(value: JsonValue, text: string): boolean {
  return typeof value === 'number' && !INTEGER.test(text);
}

function compute(cell: Cell, value: number): void {
  cell.value = value;
  cell.text = undefined;
}

/** What was copied stands as it was written; what was computed is a float if one of its inputs was. */
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

/** A line of the log, with the times as written; what a log lacks of them is derived. */
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
