/** The targets of the sections that compare every logger. */
import * as overview from '#dist/bench/overview.js';
import type { Section } from '#dist/bench/section.js';
import { ratio } from '#dist/bench/table.js';
import { atLeast, atMost, CLOCK, find, OURS, PINO, PYTHON } from './section.js';

export const calls: Section = {
  ...overview.calls(200),
  targets: (results) => [
    atLeast(
      'log() against pino',
      ratio(find(results, PINO), find(results, OURS), 'log'),
      40,
      'times cheaper',
    ),
    atLeast(
      "log() against Python's DLLogger",
      ratio(find(results, PYTHON), find(results, OURS), 'log'),
      100,
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
  ...overview.endToEnd(250_000),
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
      ...['spdlog (C++)', 'quill (C++)'].map((driver) =>
        atLeast(`end to end against ${driver}`, times(driver, 'wall'), 1, 'times faster', 2),
      ),
      atLeast('CPU of all threads against pino', times(PINO, 'cpu'), 7, 'times less'),
    ];
  },
};
