/** Markdown tables of results. */

import { type DriverSpec, labelOf, resolveFrom } from './driver.js';
import { DRIVERS } from './drivers.js';
import type { Result } from './run.js';
import { median, spread } from './statistics.js';

export interface Column {
  readonly title: string;
  /** Name of the figure. */
  readonly figure: string;
  /** Divides the figure for display. */
  readonly unit?: number;
  readonly digits?: number;
  /** Whether to show how much the rounds differ. */
  readonly spread?: boolean;
  /** Whether to show the ratio to the first driver's figure. */
  readonly ratio?: boolean;
}

/** The median of a figure over all rounds; undefined where there is none, or where a round failed. */
export function figure(result: Result | undefined, name: string): number | undefined {
  const values = valuesOf(result, name);
  return values.length === 0 ? undefined : median(values);
}

/** The median over the rounds of a figure's ratio to another result's, round by round. */
export function ratio(
  result: Result | undefined,
  base: Result | undefined,
  name: string,
): number | undefined {
  const values = valuesOf(result, name);
  const bases = valuesOf(base, name);
  const ratios = values.slice(0, bases.length).map((value, i) => value / (bases[i] ?? Number.NaN));
  return ratios.length === 0 ? undefined : median(ratios);
}

/** A figure of each round; empty when a round failed, since the median of the others would pass for that of all. */
export function valuesOf(result: Result | undefined, name: string): number[] {
  if (result?.error !== undefined) return [];
  return (result?.rounds ?? []).flatMap((round) => round[name] ?? []);
}

export function markdown(rows: readonly (readonly string[])[]): string {
  const [header = [], ...body] = rows;
  const widths = header.map((_, i) => Math.max(3, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, i) => (row[i] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join(
    '\n',
  );
}

/** The headings, then one row for each result, compared with the first. */
export function rows(results: readonly Result[], columns: readonly Column[]): string[][] {
  const header = ['', ...columns.map(({ title }) => title)];
  const body = results.map((result) => [
    [result.trial.row, labelOf(result.trial.driver)].filter(Boolean).join(': '),
    ...columns.map((column) => cell(result, results[0], column)),
  ]);
  return [header, ...body];
}

export function table(results: readonly Result[], columns: readonly Column[]): string {
  return markdown(rows(results, columns));
}

function cell(result: Result, first: Result | undefined, column: Column): string {
  const values = valuesOf(result, column.figure);
  if (values.length === 0) return result.error === undefined ? '' : 'failed';
  const value = median(values);
  let text = format(value / (column.unit ?? 1), column.digits);
  if (column.spread && values.length > 1) text += ` ± ${(100 * spread(values)).toFixed(0)} %`;
  const base = figure(first, column.figure);
  if (column.ratio && base !== undefined && result !== first) {
    text += ` (${format(value / base, value / base < 10 ? 1 : 0)} x)`;
  }
  return text;
}

export function format(value: number, digits = 0): string {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** Drivers whose packages are installed, and the names of those that are not. */
export function available(roots: readonly string[]): {
  readonly drivers: readonly DriverSpec[];
  readonly missing: readonly string[];
} {
  const isMissing = (name: string): boolean => resolveFrom(roots, name) === undefined;
  const missing = DRIVERS.flatMap(({ needs = [] }) => needs.filter(isMissing));
  const drivers = DRIVERS.filter(({ needs = [] }) => !needs.some(isMissing));
  return { drivers, missing: [...new Set(missing)] };
}
