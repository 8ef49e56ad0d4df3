/** The sections that compare every logger. */
import type { DriverSpec } from './driver.js';
import { METRICS } from './records.js';
import { CASES, type Result, type Trial } from './run.js';
import type { Section } from './section.js';
import { type Column, figure, format, markdown, rows } from './table.js';

/** The drivers that are compared with all the others. */
export const OURS = 'dllogger';
export const CLOCK = 'clock and record';

/** A section that is one table. The first row holds the headings. */
export interface Overview extends Section {
  trials(drivers: readonly DriverSpec[]): readonly Trial[];
  rows(results: readonly Result[]): string[][];
}

function overview(section: Omit<Overview, 'show'>): Overview {
  return { ...section, show: (results) => markdown(section.rows(results)) };
}

/** DLLogger and the clock run `more` times the count, other drivers their share of it. */
function scaled(count: number, { name, share = 1 }: DriverSpec, more: number): number {
  return Math.ceil(count * (name === OURS || name === CLOCK ? more : share));
}

const CALLS: readonly Column[] = [
  { title: 'log()', figure: 'log', spread: true, ratio: true },
  { title: 'a metric', figure: 'log', unit: METRICS, digits: 1 },
  { title: 'with flush()', figure: 'written' },
  { title: 'p50', figure: 'p50' },
  { title: 'p99', figure: 'p99' },
  { title: 'p99.99', figure: 'p99.99' },
  { title: 'max', figure: 'max' },
];

/** Times a number of bursts of a thousand records each. */
export const calls = (bursts: number): Overview =>
  overview({
    name: 'log',
    title: 'log() on the calling thread, ns',
    trials: (drivers) =>
      drivers.map((driver) => ({
        driver,
        module: CASES,
        case: 'hot',
        options: { bursts: scaled(bursts, driver, 2) },
      })),
    rows: (results) => rows(results, CALLS),
  });

const END_TO_END: readonly Column[] = [
  { title: 'ns a record', figure: 'wall', spread: true, ratio: true },
  { title: 'of it in log()', figure: 'calls' },
  { title: 'CPU of all threads', figure: 'cpu', spread: true, ratio: true },
  { title: 'memory, MiB', figure: 'memory', unit: 2 ** 20, digits: 1 },
  { title: 'bytes a record', figure: 'bytes' },
  { title: 'lost', figure: 'lost' },
];

/** Times a number of records. */
export const endToEnd = (records: number): Overview =>
  overview({
    name: 'end',
    title: 'End to end: until the operating system has every byte',
    trials: (drivers) =>
      drivers
        .filter((driver) => driver.isYardstick !== true)
        .map((driver) => ({
          driver,
          module: CASES,
          case: 'endToEnd',
          options: { records: scaled(records, driver, 4) },
        })),
    rows: (results) => rows(results, END_TO_END),
  });

/** How a process can end without closing its logger, with the case's options. */
export const ENDS = { 'process.exit()': { kill: 0 }, 'kill -9': { kill: 1 } } as const;

export const exits: Overview = overview({
  name: 'exit',
  title: 'Records lost, of 10,000, when the process ends without closing its logger',
  trials: (drivers) =>
    drivers
      .filter(({ isYardstick, program }) => isYardstick !== true && program === undefined)
      .flatMap((driver) =>
        Object.entries(ENDS).map(
          ([row, ending]): Trial => ({
            row,
            driver,
            module: CASES,
            case: 'exit',
            options: { records: 10_000, ...ending },
          }),
        ),
      ),
  rows: (results) => {
    const lost = (driver: DriverSpec, row: string): string => {
      const result = results.find(({ trial }) => trial.driver === driver && trial.row === row);
      const value = figure(result, 'lost');
      return value === undefined ? 'failed' : format(value);
    };
    const drivers = [...new Set(results.map(({ trial }) => trial.driver))];
    return [
      ['', ...Object.keys(ENDS)],
      ...drivers.map((driver) => [
        driver.label ?? driver.name,
        ...Object.keys(ENDS).map((row) => lost(driver, row)),
      ]),
    ];
  },
});
