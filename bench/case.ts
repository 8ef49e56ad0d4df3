/** One driver in a process of its own: measures it and prints the figures as JSON. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DRIVERS, type Driver } from './drivers.js';

const BURST = 1000;
const BURSTS = 300;
const RECORDS = 300_000;

export interface Figures {
  /** Nanoseconds that `log()` takes, with the record built and nothing waiting. */
  readonly log: number;
  /** Records per second from the first call until the operating system has every byte. */
  readonly throughput: number;
  /** Processor time of all threads, nanoseconds a record. */
  readonly cpu: number;
}

/** Real doubles of full length, as training makes them. */
function logMany(driver: Driver, count: number): void {
  for (let i = 0; i < count; i++) {
    driver.log(i >> 8, i, Math.random() * 3, 0.001 / (1 + i / 1e4), 1000 + Math.random() * 100);
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Short bursts, flushed in between: a buffer never fills but by a logger's own choice. */
function measureLog(driver: Driver): number {
  const figures: number[] = [];
  for (let i = 0; i < BURSTS; i++) {
    driver.flush();
    const start = process.hrtime.bigint();
    logMany(driver, BURST);
    figures.push(Number(process.hrtime.bigint() - start) / BURST);
  }
  // The first third warms up.
  return median(figures.slice(BURSTS / 3));
}

function measureThroughput(driver: Driver): Omit<Figures, 'log'> {
  driver.flush();
  const usage = process.cpuUsage();
  const start = process.hrtime.bigint();
  logMany(driver, RECORDS);
  driver.flush();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(usage);
  return { throughput: RECORDS / seconds, cpu: ((user + system) * 1000) / RECORDS };
}

const name = process.argv[2] ?? 'native';
const path = join(tmpdir(), `dllogger-bench-${process.pid}.log`);
const driver = await DRIVERS[name]?.(path);
if (driver === undefined) throw new Error(`no driver is called ${name}`);
process.on('exit', () => rmSync(path, { force: true }));
const figures: Figures = { log: measureLog(driver), ...measureThroughput(driver) };
console.log(JSON.stringify(figures));
