/** Functions that sections share: find results, word targets. */
import type { DriverSpec } from '#dist/bench/driver.js';
import type { Result } from '#dist/bench/run.js';
import type { Section, Target } from '#dist/bench/section.js';
import { figure, format, markdown } from '#dist/bench/table.js';

/** The result of a driver, in a given row if there is one. */
export function find(results: readonly Result[], driver: string, row?: string): Result | undefined {
  return results.find(
    ({ trial }) => trial.driver.name === driver && (row === undefined || trial.row === row),
  );
}

/** How many rounds a section has, when the others have so many. */
export function roundsOf({ rounds = Infinity, repeats = 1 }: Section, usual: number): number {
  return Math.min(usual, rounds) * repeats;
}

type Bound = (
  what: string,
  value: number | undefined,
  limit: number,
  unit: string,
  digits?: number,
) => Target;

/** A target that is met when a number is at most a limit. */
export const atMost = bound('at most', (value, limit) => value <= limit);
export const atLeast = bound('at least', (value, limit) => value >= limit);

function bound(words: string, isMet: (value: number, limit: number) => boolean): Bound {
  return (what, value, limit, unit, digits = 1) => ({
    what,
    wanted: `${words} ${limit} ${unit}`,
    found: value === undefined ? 'not measured' : `${format(value, digits)} ${unit}`,
    met: value === undefined ? undefined : isMet(value, limit),
  });
}

/** A table with the rows of the trials, a column for each driver, and one figure in each cell. */
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

export { CLOCK, OURS } from '#dist/bench/overview.js';
export const PYTHON = 'dllogger (Python)';
/** The quicker of pino's two rows, so that a statement about pino holds for both. */
export const PINO = 'pino (sync, buffer)';
export const RECORD = 'record alone';

export function only(drivers: readonly DriverSpec[], ...names: string[]): DriverSpec[] {
  return drivers.filter(({ name }) => names.includes(name));
}
