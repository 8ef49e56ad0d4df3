/** Bytes of JavaScript heap that a call leaves for the collector, and bytes that it keeps for good. */
import type { Case } from '#dist/bench/cases.js';
import { logMany, METRICS } from '#dist/bench/records.js';
import type { Result } from '#dist/bench/run.js';
import type { Section } from '#dist/bench/section.js';
import { figure, format, markdown } from '#dist/bench/table.js';
import { atMost, find, OURS, only, PINO, RECORD } from './section.js';

const RETAINED = 500_000;

function heap(): number {
  return process.memoryUsage().heapUsed;
}

export const measure: Case = async ({ options }, open) => {
  const { count = 100_000 } = options;
  const driver = await open();
  // Runs with --expose-gc, and with a nursery so large that nothing is collected during the measurement.
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('this case needs node --expose-gc');
  logMany(driver, 0, count);
  await driver.flush();
  gc();
  const before = heap();
  for (let i = 0; i < count; i += 1000) logMany(driver, i, i + 1000);
  const garbage = (heap() - before) / count;
  await driver.flush();
  gc();
  const clean = heap();
  for (let i = 0; i < RETAINED; i += 1000) {
    logMany(driver, i, i + 1000);
    if (i % 10_000 === 0) await driver.flush();
  }
  await driver.flush();
  gc();
  const retained = (heap() - clean) / RETAINED;
  await driver.close();
  return { garbage, retained };
};

/** Bytes per metric beyond the record itself, which the caller makes. */
function perMetric(results: readonly Result[], driver: string): number | undefined {
  const own = figure(find(results, RECORD), 'garbage');
  const all = figure(find(results, driver), 'garbage');
  return own === undefined || all === undefined ? undefined : (all - own) / METRICS;
}

export const garbage: Section = {
  name: 'garbage',
  rounds: 3,
  title: 'JavaScript heap, bytes',
  trials: (drivers) =>
    only(drivers, OURS, RECORD, PINO).map((driver) => ({
      driver,
      module: import.meta.url,
      case: 'measure',
      // No nursery holds the garbage of a hundred thousand calls of pino.
      options: { count: driver.name === PINO ? 20_000 : 100_000 },
      execArgv: ['--expose-gc', '--min-semi-space-size=512', '--max-semi-space-size=512'],
    })),
  show: (results) =>
    markdown([
      ['', 'garbage of a record', 'of the call, a metric', 'retained by a record'],
      ...results.map((result) => [
        result.trial.driver.name,
        format(figure(result, 'garbage') ?? Number.NaN, 1),
        format(perMetric(results, result.trial.driver.name) ?? Number.NaN, 1),
        format(figure(result, 'retained') ?? Number.NaN, 3),
      ]),
    ]),
  targets: (results) => [
    atMost('garbage of a call, a metric', perMetric(results, OURS), 16, 'bytes'),
    // The collector's own accounting varies by some bytes.
    atMost('retained by a record', figure(find(results, OURS), 'retained'), 0.1, 'bytes', 3),
  ],
};
