/** The two sections that compare every logger. */
import type { DriverSpec } from './driver.js';
import { METRICS } from './records.js';
import { CASES } from './run.js';
import type { Section } from './section.js';
import { table } from './table.js';

/** The drivers that are compared with all the others. */
export const OURS = 'dllogger';
export const CLOCK = 'clock and record';

/** Counts are for others; what is quick takes a multiple of them. */
function scaled(count: number, { name, share = 1 }: DriverSpec, more: number): number {
  return Math.ceil(count * (name === OURS || name === CLOCK ? more : share));
}

/** Times so many `bursts` of a thousand records. */
export const calls = (bursts: number): Section => ({
  name: 'log',
  title: 'log() on the calling thread, ns',
  trials: (drivers) =>
    drivers.map((driver) => ({
      driver,
      module: CASES,
      case: 'hot',
      options: { bursts: scaled(bursts, driver, 2) },
    })),
  show: (results) =>
    table(results, [
      { title: 'log()', figure: 'log', spread: true, ratio: true },
      { title: 'a metric', figure: 'log', unit: METRICS, digits: 1 },
      { title: 'until written', figure: 'written' },
      { title: 'p50', figure: 'p50' },
      { title: 'p99', figure: 'p99' },
      { title: 'p99.99', figure: 'p99.99' },
      { title: 'max', figure: 'max' },
    ]),
});

/** Times so many `records`. */
export const endToEnd = (records: number): Section => ({
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
  show: (results) =>
    table(results, [
      { title: 'wall, ns/record', figure: 'wall', spread: true, ratio: true },
      { title: 'of it in log()', figure: 'calls' },
      { title: 'CPU of all threads, ns/record', figure: 'cpu', spread: true, ratio: true },
      { title: 'memory, MiB', figure: 'memory', unit: 2 ** 20, digits: 1 },
      { title: 'bytes/record', figure: 'bytes' },
      { title: 'lost', figure: 'lost' },
    ]),
});

/** Ends without closing: are the records that were logged in the file? */
export const exits: Section = {
  name: 'exit',
  title: 'Records lost when the process ends without closing, of 10,000',
  rounds: 1,
  trials: (drivers) =>
    drivers
      .filter(({ isYardstick, program }) => isYardstick !== true && program === undefined)
      .map((driver) => ({
        driver,
        module: CASES,
        case: 'exit',
        options: { records: 10_000 },
      })),
  show: (results) => table(results, [{ title: 'process.exit()', figure: 'lost' }]),
};
