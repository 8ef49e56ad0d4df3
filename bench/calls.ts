/** The two cases that every logger goes through. */
import { METRICS } from '#dist/bench/records.js';
import { CASES } from '#dist/bench/run.js';
import { ratio, table } from '#dist/bench/table.js';
import { atLeast, atMost, CLOCK, find, OURS, PINO, type Section } from './section.js';

const isFast = (name: string): boolean => name === OURS || name === CLOCK;

export const calls: Section = {
  name: 'log',
  title: 'log() on the calling thread, ns',
  trials: (drivers) =>
    drivers.map((driver) => ({
      driver,
      module: CASES,
      case: 'hot',
      options: { bursts: isFast(driver.name) ? 400 : 200 },
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
  targets: (results) => [
    atLeast(
      'log() against pino',
      ratio(find(results, PINO), find(results, OURS), 'log'),
      40,
      'times cheaper',
    ),
    atMost(
      'log() against reading the clock and building the record',
      ratio(find(results, OURS), find(results, CLOCK), 'log'),
      1.5,
      'times',
      2,
    ),
  ],
};

export const endToEnd: Section = {
  name: 'end',
  title: 'End to end: until the operating system has every byte',
  trials: (drivers) =>
    drivers
      .filter((driver) => driver.isYardstick !== true)
      .map((driver) => ({
        driver,
        module: CASES,
        case: 'endToEnd',
        options: { records: isFast(driver.name) ? 1_000_000 : 250_000 },
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
  targets: (results) => {
    const times = (driver: string, name: string): number | undefined =>
      ratio(find(results, driver), find(results, OURS), name);
    return [
      atLeast('end to end against pino', times(PINO, 'wall'), 12, 'times faster'),
      atLeast(
        'end to end against the best of plain JavaScript',
        times('plain JavaScript', 'wall'),
        3,
        'times faster',
      ),
      atLeast('CPU of all threads against pino', times(PINO, 'cpu'), 7, 'times less'),
    ];
  },
};
