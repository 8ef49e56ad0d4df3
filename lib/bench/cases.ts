/** The cases that loggers run: the cost of a call, the whole cost of a record, and the loss at a sudden exit. */
import { statSync, writeSync } from 'node:fs';
import type { Driver } from './driver.js';
import { logMany } from './records.js';
import { median, quantile } from './statistics.js';

/** The figures of a case, by name. Times are in nanoseconds, memory is in bytes. */
export type Figures = Readonly<Record<string, number>>;

export interface Job {
  readonly driver: string;
  /** The log file, which does not exist yet. */
  readonly path: string;
  /** Directories from which packages are resolved. */
  readonly roots: readonly string[];
  /** Options of the case, mostly counts. */
  readonly options: Readonly<Record<string, number>>;
}

/** Runs in a process of its own; opens its driver and closes it. */
export type Case = (job: Job, open: () => Promise<Driver>) => Promise<Figures>;

const BURST = 1000;

/** Waits for a turn of the event loop, in which some loggers write. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Times `log()` on the calling thread, including building the record, with nothing waiting. A flush
 * separates bursts, so that a buffer fills only by a logger's own choice. Then times each call alone,
 * for the tail; these figures include one reading of the clock.
 */
export const hot: Case = async ({ options }, open) => {
  const driver = await open();
  const bursts = options.bursts ?? 200;
  const called: number[] = [];
  const written: number[] = [];
  for (let i = 0; i < 1.5 * bursts; i++) {
    await turn();
    const start = performance.now();
    logMany(driver, i * BURST, (i + 1) * BURST);
    called.push(((performance.now() - start) * 1e6) / BURST);
    await driver.flush();
    written.push(((performance.now() - start) * 1e6) / BURST);
  }
  const samples = new Float64Array((bursts >> 1) * BURST);
  for (let i = 0; i < samples.length; i++) {
    if (i % BURST === 0) {
      await driver.flush();
      await turn();
    }
    const start = performance.now();
    logMany(driver, i, i + 1);
    samples[i] = (performance.now() - start) * 1e6;
  }
  await driver.close();
  // The first third warms up.
  return {
    log: median(called.slice(bursts / 2)),
    written: median(written.slice(bursts / 2)),
    ...percentiles(samples),
  };
};

/** The distribution of single calls; sorts the samples. */
export function percentiles(samples: Float64Array): Figures {
  samples.sort();
  return {
    p50: quantile(samples, 0.5),
    p99: quantile(samples, 0.99),
    'p99.9': quantile(samples, 0.999),
    'p99.99': quantile(samples, 0.9999),
    max: quantile(samples, 1),
  };
}

/**
 * Times from the first call until the operating system has every byte. The loop gives way after each
 * burst, so that loggers can write from the event loop.
 */
export const endToEnd: Case = async ({ options, path }, open) => {
  const driver = await open();
  const count = options.records ?? 1_000_000;
  const warmUp = Math.min(50_000, count);
  for (let i = 0; i < warmUp; i += BURST) {
    logMany(driver, i, i + BURST);
    await turn();
  }
  await driver.flush();
  const usage = process.cpuUsage();
  const memory = process.memoryUsage.rss();
  const start = performance.now();
  let calls = 0;
  for (let i = 0; i < count; i += BURST) {
    const before = performance.now();
    logMany(driver, i, i + BURST);
    calls += performance.now() - before;
    await turn();
  }
  await driver.close();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(usage);
  return {
    wall: (wall * 1e6) / count,
    calls: (calls * 1e6) / count,
    cpu: ((user + system) * 1000) / count,
    memory: process.resourceUsage().maxRSS * 1024 - memory,
    records: count + warmUp,
    bytes: sizeOf(path) / (count + warmUp),
  };
};

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Ends the process at once, after logging and without a flush. The figures are reported before the end. */
export const exit: Case = async ({ options }, open) => {
  const driver = await open();
  const records = options.records ?? 10_000;
  // Records that a logger writes during the loop count as written.
  for (let i = 0; i < records; i += BURST) {
    logMany(driver, i, i + BURST);
    await turn();
  }
  writeSync(3, JSON.stringify({ records }));
  if (options.kill === 1) process.kill(process.pid, 'SIGKILL');
  process.exit();
};
