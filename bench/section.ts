/** A part of the benchmark: what is run, how it is shown, which targets it decides. */
import type { DriverSpec } from '#dist/bench/driver.js';
import type { Result, Trial } from '#dist/bench/run.js';
import { figure, format, markdown } from '#dist/bench/table.js';

export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
  /** Undefined when something was missing to tell. */
  readonly met: boolean | undefined;
}

export interface Section {
  /** For `--section`. */
  readonly name: string;
  readonly title: string;
  /** Rounds, where the case is too long for the usual number. */
  readonly rounds?: number;
  trials(drivers: readonly DriverSpec[]): readonly Trial[];
  /** A Markdown table. */
  show(results: readonly Result[]): string;
  targets?(results: readonly Result[]): readonly Target[];
}

/** The results of a driver; with a row, of that row. */
export function find(results: readonly Result[], driver: string, row?: string): Result | undefined {
  return results.find(
    ({ trial }) => trial.driver.name === driver && (row === undefined || trial.row === row),
  );
}

/** A target that a number decides. */
export function atMost(
  what: string,
  value: number | undefined,
  limit: number,
  unit: string,
  digits = 1,
): Target {
  return {
    what,
    wanted: `at most ${limit} ${unit}`,
    found: value === undefined ? 'not measured' : `${format(value, digits)} ${unit}`,
    met: value === undefined ? undefined : value <= limit,
  };
}

export function atLeast(
  what: string,
  value: number | undefined,
  limit: number,
  unit: string,
  digits = 1,
): Target {
  return {
    what,
    wanted: `at least ${limit} ${unit}`,
    found: value === undefined ? 'not measured' : `${format(value, digits)} ${unit}`,
    met: value === undefined ? undefined : value >= limit,
  };
}

/** Rows of the trials against their drivers, one figure in each cell. */
export function pivot(results: readonly Result[], name: string, digits = 0): string {
  const rows = [...new Set(results.map(({ trial }) => trial.row ?? ''))];
  const drivers = [...new Set(results.map(({ trial }) => trial.driver.name))];
  const cell = (row: string, driver: string): string => {
    const value = figure(find(results, driver, row), name);
    return value === undefined ? '' : format(value, digits);
  };
  return markdown([
    ['', ...drivers],
    ...rows.map((row) => [row, ...drivers.map((driver) => cell(row, driver))]),
  ]);
}

export const OURS = 'dllogger';
export const PINO = 'pino (sync)';
export const RECORD = 'record alone';
export const CLOCK = 'clock and record';

export function only(drivers: readonly DriverSpec[], ...names: string[]): DriverSpec[] {
  return drivers.filter(({ name }) => names.includes(name));
}
