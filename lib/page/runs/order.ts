/** Orders the listed runs. */
import type { MetricInfo, RunInfo } from '../../plot/protocol.js';
import type { JsonValue } from '../../reader/types.js';
import { type Cell, compareCells } from '../../runs/cell.js';
import { compareNames } from '../../runs/natural-order.js';
import { type Column, columnOf } from '../table/columns.js';

/** A key for sorting runs: the id of a column of the table, and its title. */
export interface OrderKey {
  readonly key: string;
  readonly title: string;
  /** Title of the group of keys that this key is in. */
  readonly group: string;
  /** Whether the best run has the largest value. */
  readonly isBestLast?: boolean;
}

/** Limit on the metrics in the list: more would be too many to read. The table sorts by all. */
const MAX_METRICS = 100;

/** The keys that tell runs apart; parameters with one value in all runs are left out. */
export function orderKeys(
  runs: readonly RunInfo[],
  about: (metric: string) => MetricInfo,
): OrderKey[] {
  const metrics = new Set(runs.flatMap(({ figures }) => figures.map(({ metric }) => metric)));
  // Metrics with a goal come first.
  const known = [...metrics].map(about);
  const ordered = [
    ...known.filter(({ goal }) => goal !== undefined),
    ...known.filter(({ goal }) => goal === undefined),
  ];
  return [
    ...['name', 'started', 'duration'].map((key) => ({ key, title: key, group: 'Runs' })),
    ...differingParameters(runs).map((name) => ({
      key: `parameter:${name}`,
      title: name,
      group: 'Parameters',
    })),
    ...ordered.slice(0, MAX_METRICS).flatMap(({ name, goal }) =>
      (goal === undefined ? ['last'] : ['best', 'last']).map((kind) => ({
        key: `${kind}:${name}`,
        title: `${name} ${kind}`,
        group: 'Metrics',
        isBestLast: goal === 'max',
      })),
    ),
  ];
}

const differing = new WeakMap<readonly RunInfo[], readonly string[]>();

/** The parameters whose values differ between runs, in the order of their first appearance. */
export function differingParameters(runs: readonly RunInfo[]): readonly string[] {
  const names = differing.get(runs) ?? findDiffering(runs);
  differing.set(runs, names);
  return names;
}

function findDiffering(runs: readonly RunInfo[]): string[] {
  const found = new Map<string, { readonly first: JsonValue; count: number; differs: boolean }>();
  for (const { parameters } of runs) {
    for (const [name, value] of parameters) {
      const known = found.get(name);
      if (known === undefined) found.set(name, { first: value, count: 1, differs: false });
      else {
        known.count++;
        known.differs ||= value !== known.first && valueText(value) !== valueText(known.first);
      }
    }
  }
  const withParameters = runs.filter(({ parameters }) => parameters.length > 0).length;
  return [...found].flatMap(([name, { count, differs }]) =>
    differs || count < withParameters ? [name] : [],
  );
}

/** A parameter's value as the name of a group. */
export function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The last order of some runs: the list and the table show the same one. */
const sorted = new WeakMap<
  readonly RunInfo[],
  { readonly key: string; readonly runs: readonly RunInfo[] }
>();

/**
 * @param runs The order is remembered for this array.
 * @param order The id of a column of the table; a minus before it reverses the order.
 * @param about Returns what the logs and the person say about a metric.
 */
export function sortedRuns(
  runs: readonly RunInfo[],
  order: string,
  about: (metric: string) => MetricInfo,
): readonly RunInfo[] {
  const isReversed = order.startsWith('-');
  const column = columnOf(isReversed ? order.slice(1) : order, about);
  // The goal decides which value is a metric's best.
  const key = `${column.goal} ${order}`;
  const known = sorted.get(runs);
  if (known?.key === key) return known.runs;
  const made = sortedBy(column, runs, isReversed);
  sorted.set(runs, { key, runs: made });
  return made;
}

function sortedBy(column: Column, runs: readonly RunInfo[], isReversed: boolean): RunInfo[] {
  const ranked = runs.map((run) => ({ run, cell: column.cell(run) }));
  return ranked
    .sort((a, b) => {
      const order = compareCells(a.cell, b.cell);
      // Missing values and those that are not numbers stay at the end.
      const isTold = hasValue(a.cell) && hasValue(b.cell);
      return (isReversed && isTold ? -order : order) || compareNames(a.run.name, b.run.name);
    })
    .map(({ run }) => run);
}

function hasValue(cell: Cell | undefined): boolean {
  return cell !== undefined && !Number.isNaN(cell.value);
}
