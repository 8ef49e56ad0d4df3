/** How the cost grows with the metrics of a record, the records of a run, and the number of workers. */
import { Worker } from 'node:worker_threads';
import { type Case, turn } from '#dist/bench/cases.js';
import type { Driver } from '#dist/bench/driver.js';
import { logMany } from '#dist/bench/records.js';
import type { Result } from '#dist/bench/run.js';
import type { Section } from '#dist/bench/section.js';
import { median } from '#dist/bench/statistics.js';
import { figure, format, markdown } from '#dist/bench/table.js';
import { atMost, find, OURS, only, PINO, pivot, RECORD } from './section.js';

const VALUES = Float64Array.from({ length: 4096 }, () => Math.random() * 3);

type Build = (values: Float64Array, at: number) => Record<string, number>;

/** Builds a record of a number of metrics by a literal, as a program would. */
function builder(metrics: number): Build {
  const fields = Array.from({ length: metrics }, (_, i) => `'metric.${i}': values[at + ${i}]`);
  return new Function('values', 'at', `return { ${fields.join(', ')} };`) as Build;
}

function logBuilt(driver: Driver, build: Build, from: number, to: number): void {
  for (let i = from; i < to; i++) driver.log([i >> 8, i], build(VALUES, i % 2048));
}

/** For one number of metrics: calls in bursts, as in the case of log(), then end to end. */
export const metrics: Case = async ({ options }, open) => {
  const { metrics: size = 1, values = 1_000_000 } = options;
  const driver = await open();
  const build = builder(size);
  logBuilt(driver, build, 0, 30_000);
  // At most a quarter of the ring.
  const burst = Math.min(1000, Math.floor(30_000 / size));
  const times: number[] = [];
  for (let i = 0; i < 300; i++) {
    await driver.flush();
    await turn();
    const start = performance.now();
    logBuilt(driver, build, i * burst, (i + 1) * burst);
    times.push(((performance.now() - start) * 1e6) / burst);
  }
  const count = Math.max(2000, Math.round(values / size));
  await driver.flush();
  const start = performance.now();
  logBuilt(driver, build, 0, count);
  await driver.close();
  const wall = ((performance.now() - start) * 1e6) / count;
  const call = median(times.slice(100));
  return { log: call, 'log per metric': call / size, 'wall per metric': wall / size };
};

const METRICS = [1, 2, 5, 10, 20, 50, 100, 200];

export const growthOfRecord: Section = {
  name: 'metrics',
  title: 'Growth with the metrics of a record: ns a metric',
  rounds: 3,
  trials: (drivers) =>
    METRICS.flatMap((size) =>
      only(drivers, OURS, RECORD, PINO).map((driver) => ({
        row: `${size}`,
        driver,
        module: import.meta.url,
        case: 'metrics',
        options: { metrics: size },
      })),
    ),
  show: (results) =>
    `log():\n\n${pivot(results, 'log per metric', 1)}\n\n` +
    `End to end:\n\n${pivot(results, 'wall per metric', 1)}`,
  targets: (results) => {
    // The call alone: V8 builds a literal of 128 and more keys many times slower.
    const of = (size: number): number => {
      const all = figure(find(results, OURS, `${size}`), 'log per metric') ?? Number.NaN;
      return all - (figure(find(results, RECORD, `${size}`), 'log per metric') ?? Number.NaN);
    };
    return [
      atMost('growth: a metric among 100 against one among 10', of(100) / of(10), 1.1, 'times', 2),
      atMost('growth: a metric among 200 against one among 10', of(200) / of(10), 1.1, 'times', 2),
      atMost('growth: a metric among 200 against the only one', of(200) / of(1), 1, 'times', 2),
    ];
  },
};

/** A long run in windows of records, each timed until the operating system has its records. */
export const records: Case = async ({ options }, open) => {
  const { largest = 10_000_000 } = options;
  const driver = await open();
  logMany(driver, 0, 50_000);
  await driver.flush();
  const figures: Record<string, number> = {};
  let from = 0;
  for (let to = 1000; to <= largest; to *= 10) {
    const start = performance.now();
    for (let i = from; i < to; i += 1000) logMany(driver, i, i + 1000);
    await driver.flush();
    figures[`${to}`] = ((performance.now() - start) * 1e6) / (to - from);
    from = to;
  }
  await driver.close();
  return { ...figures, memory: process.memoryUsage.rss() };
};

const COUNTS = [1e3, 1e4, 1e5, 1e6, 1e7];

export const growthOfRun: Section = {
  name: 'records',
  title: 'Growth with the records of a run: ns a record, end to end',
  rounds: 3,
  trials: (drivers) =>
    only(drivers, OURS).map((driver) => ({
      driver,
      module: import.meta.url,
      case: 'records',
      options: {},
    })),
  show: (results) =>
    markdown([
      ['up to record', ...COUNTS.map((count) => format(count)), 'memory at the end, MiB'],
      ...results.map((result) => [
        result.trial.driver.name,
        ...COUNTS.map((count) => format(figure(result, `${count}`) ?? Number.NaN)),
        format((figure(result, 'memory') ?? Number.NaN) / 2 ** 20),
      ]),
    ]),
  targets: (results) => {
    const of = (count: number): number => figure(find(results, OURS), `${count}`) ?? Number.NaN;
    return [
      atMost(
        'growth: a record of the last nine million against one of the tenth thousand',
        of(1e7) / of(1e4),
        1.1,
        'times',
        2,
      ),
    ];
  },
};

/** Several workers at once, each with a logger and a file, timed until all files are written. */
export const workers: Case = async ({ options, ...job }) => {
  const { workers: size = 1, records: count = 500_000 } = options;
  const threads = Array.from({ length: size }, (_, i) => {
    const workerData = { ...job, path: `${job.path}.${i}`, count };
    return new Worker(new URL('growth-worker.js', import.meta.url), { workerData });
  });
  const all = (): Promise<unknown> =>
    Promise.all(threads.map((one) => new Promise((resolve) => one.once('message', resolve))));
  await all();
  const usage = process.cpuUsage();
  const start = performance.now();
  for (const one of threads) one.postMessage('go');
  await all();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(usage);
  return {
    throughput: (size * count) / seconds,
    cores: (user + system) / 1e6 / seconds,
    cpu: ((user + system) * 1000) / (size * count),
  };
};

const WORKERS = [1, 2, 4, 8];

export const growthOfWorkers: Section = {
  name: 'workers',
  title: 'Growth with worker threads, each with a file of its own: records/s of all',
  rounds: 3,
  trials: (drivers) =>
    WORKERS.flatMap((size) =>
      only(drivers, OURS, PINO).map((driver) => ({
        row: `${size}`,
        driver,
        module: import.meta.url,
        case: 'workers',
        options: { workers: size, records: driver.name === OURS ? 500_000 : 100_000 },
      })),
    ),
  show: (results) =>
    `${pivot(results, 'throughput')}\n\nCores that were busy:\n\n${pivot(results, 'cores', 2)}\n\n` +
    `CPU of all threads, ns a record:\n\n${pivot(results, 'cpu')}`,
  targets: (results: readonly Result[]) => {
    const of = (size: number): number =>
      figure(find(results, OURS, `${size}`), 'cpu') ?? Number.NaN;
    return [atMost('growth: CPU a record of 8 workers against 1', of(8) / of(1), 1.25, 'times', 2)];
  },
};
