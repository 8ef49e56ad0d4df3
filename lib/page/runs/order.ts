/** In which order runs are listed. */
import type { MetricInfo, RunInfo } from '../../plot/protocol.js';
import type { JsonValue } from '../../reader/types.js';
import { type Cell, compareCells } from '../../runs/cell.js';
import { compareNames } from '../../runs/natural-order.js';
import { columnOf } from '../table/columns.js';

/** What runs can be sorted by: the id of a column of the table, and what it is called. */
export interface OrderKey {
  readonly key: string;
  readonly title: string;
  /** What it stands among. */
  readonly group: string;
  /** Whether the best run has the largest value. */
  readonly isBestLast?: boolean;
}

/** A list of more nobody looks through; by the others the table sorts. */
const MAX_METRICS = 100;

/** The keys that tell runs apart: parameters that are the same in all of them do not. */
export function orderKeys(
  runs: readonly RunInfo[],
  about: (metric: string) => MetricInfo,
): OrderKey[] {
  const metrics = new Set(runs.flatMap(({ figures }) => figures.map(({ metric }) => metric)));
  // What says which run is best comes first.
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

/** The parameters whose values differ between runs, in the order in which these appeared. */
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

/** A parameter's value as a name for what runs share. */
export function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * @param order The id of a column of the table; with a minus before it, the other way round.
 * @param about What the logs and the person say about a metric.
 */
export function sortedRuns<R extends RunInfo>(
  runs: readonly R[],
  order: string,
  about: (metric: string) => MetricInfo,
): R[] {
  const isReversed = order.startsWith('-');
  const column = columnOf(isReversed ? order.slice(1) : order, about);
  const ranked = runs.map((run) => ({ run, cell: column.cell(run) }));
  return ranked
    .sort((a, b) => {
      const order = compareCells(a.cell, b.cell);
      // What is missing, or no number, stays at the end.
      const isTold = hasValue(a.cell) && hasValue(b.cell);
      return (isReversed && isTold ? -order : order) || compareNames(a.run.name, b.run.name);
    })
    .map(({ run }) => run);
}

function hasValue(cell: Cell | undefined): boolean {
  return cell !== undefined && !Number.isNaN(cell.value);
}
