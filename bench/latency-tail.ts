/**
 * The slowest calls at a steady pace: the training thread computes, and logs a record every few microseconds, while
 * the log's disk stalls now and then, and another process writes checkpoints.
 */
import { spawn, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Case, percentiles, turn } from '#dist/bench/cases.js';
import { type Driver, type DriverSpec, notOpened } from '#dist/bench/driver.js';
import { findDriver } from '#dist/bench/drivers.js';
import { kept } from '#dist/bench/drivers-ours.js';
import { logMany } from '#dist/bench/records.js';
import type { Result, Trial } from '#dist/bench/run.js';
import type { Section } from '#dist/bench/section.js';
import { type Column, figure, ratio, table } from '#dist/bench/table.js';
import { native } from '#dist/sink/native.js';
import { Computation } from './computation.js';
import { compile } from './programs.js';
import { atMost, find, OURS, only, PINO, RECORD } from './section.js';

export const measure: Case = async ({ options, path }, open) => {
  const { rate = 1e5, seconds = 30, checkpoints = 0, writes = 0, calls = 0 } = options;
  const driver = writes > 0 ? await besideWriter(path, rate, calls > 0) : await open();
  logMany(driver, 0, 20_000);
  await driver.flush();
  touchNursery();
  // Filled beforehand, so that a page fault of the harness does not count for a call.
  const samples = new Float64Array(rate * seconds).fill(0);
  const beside = checkpoints > 0 ? writeCheckpoints(dirname(path)) : undefined;
  const period = 1000 / rate;
  // At an even pace, each call in 400 would meet the tick of the kernel for seconds, or none would.
  const delays = Float64Array.from({ length: 4096 }, () => Math.random() / 2);
  const computation = new Computation();
  const start = performance.now();
  for (let i = 0; i < samples.length; i++) {
    // Some loggers write from the event loop; a training loop that awaits gives them time for it.
    if (i % 1000 === 0) await turn();
    const due = start + (i + (delays[i % delays.length] ?? 0)) * period;
    const before = computation.until(due);
    logMany(driver, i, i + 1);
    samples[i] = (performance.now() - before) * 1e6;
  }
  await driver.close();
  beside?.kill();
  const stalls = statSync(`${path}.stalls`, { throwIfNoEntry: false })?.size ?? 0;
  const interruptions = computation.interruptions / seconds;
  return { ...percentiles(samples), interruptions, stalls };
};

/** Makes garbage of twice the largest nursery: the first use of each page of memory takes microseconds. */
function touchNursery(): void {
  for (let i = 0; i < 2 ** 14; i++) kept.data = new Array(2 ** 10).fill(i);
}

/** The loop without a logger, beside a thread that writes as many bytes as a logger. */
const WRITING: DriverSpec = {
  name: 'record beside a writing thread',
  isYardstick: true,
  create: notOpened,
};

/** The same, with what no logger in C++ that stamps its records can do without: one call that reads both clocks. */
const CALLING: DriverSpec = {
  ...WRITING,
  name: 'record and a call that stamps, beside a writing thread',
};

/** Bytes of a line. */
const LINE = 265;

async function besideWriter(path: string, rate: number, isCalling: boolean): Promise<Driver> {
  const script = `
    const { openSync, writeSync } = require('node:fs');
    const { workerData: { path, bytes } } = require('node:worker_threads');
    const file = openSync(path, 'a');
    const chunk = Buffer.alloc(2 ** 18, 10);
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const start = performance.now();
    for (let written = 0; ; ) {
      Atomics.wait(pause, 0, 0, 5);
      const due = Math.floor(((performance.now() - start) / 1000) * bytes) - written;
      written += writeSync(file, chunk, 0, Math.min(due, chunk.length));
    }`;
  const workerData = { path, bytes: rate * LINE };
  const worker = new Worker(script, { eval: true, workerData });
  const { log, flush } = await findDriver(RECORD).create({ path, roots: [] });
  const call = native?.stamp ?? (() => {});
  const logAndCall: Driver['log'] = (step, data) => {
    log(step, data);
    call();
  };
  const close = async () => void (await worker.terminate());
  return { log: isCalling ? logAndCall : log, flush, close };
}

/** Starts a process that writes files of a gigabyte, one after the other, and syncs each at its end. */
function writeCheckpoints(directory: string) {
  const script = `
    const { closeSync, fsyncSync, openSync, writeSync } = require('node:fs');
    const chunk = Buffer.alloc(2 ** 23, 1);
    for (let i = 0; ; i++) {
      const file = openSync(process.argv[1] + '/checkpoint-' + (i % 2), 'w');
      for (let j = 0; j < 128; j++) writeSync(file, chunk);
      fsyncSync(file);
      closeSync(file);
    }`;
  const command = [process.execPath, '-e', script, directory];
  // At ordinary priority, even if the benchmark itself runs at another.
  const [program = '', ...args] = hasChrt() ? ['chrt', '--other', '0', ...command] : command;
  return spawn(program, args, { stdio: 'ignore' });
}

function hasChrt(): boolean {
  return spawnSync('chrt', ['--version'], { stdio: 'ignore' }).status === 0;
}

const STALLS = 'the disk stalls 50 ms every second';
const BESIDE = 'and checkpoints are written beside';
const CALM = 'the disk does not stall';
const NURSERY = 'nor does the nursery of 64 MiB fill';

/** Without the second, Node 20 and 22 stop at 16 MiB. */
const LARGE_NURSERY = ['--min-semi-space-size=64', '--max-semi-space-size=64'];

/** A row of a table: what happens during the calls. */
interface Scene {
  readonly row: string;
  readonly checkpoints?: 1;
  readonly env?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
}

const RATE = 1e5;
const PACE = 'Tail of log() at 100,000 records/s';
const UNIT = 'ns (one reading of the clock included)';

/** Each scene with each of the drivers, the loop beside a writing thread among them. */
function trialsOf(
  scenes: readonly Scene[],
  drivers: readonly DriverSpec[],
  seconds: number,
): readonly Trial[] {
  return scenes.flatMap(({ row, checkpoints = 0, env, execArgv }) =>
    drivers.map(
      (driver): Trial => ({
        row,
        driver,
        module: import.meta.url,
        case: 'measure',
        options: {
          ...{ rate: RATE, seconds, checkpoints },
          ...{
            writes: driver === WRITING || driver === CALLING ? 1 : 0,
            calls: driver === CALLING ? 1 : 0,
          },
        },
        ...(env === undefined ? {} : { env }),
        ...(execArgv === undefined ? {} : { execArgv }),
      }),
    ),
  );
}

const QUANTILES: readonly Column[] = [
  { title: 'p50', figure: 'p50' },
  { title: 'p99', figure: 'p99' },
  { title: 'p99.9', figure: 'p99.9' },
  { title: 'p99.99', figure: 'p99.99' },
  { title: 'max', figure: 'max' },
];

/** Microseconds of a figure, which is in nanoseconds. */
function microseconds(result: Result | undefined, name: string): number | undefined {
  const value = figure(result, name);
  return value === undefined ? undefined : value / 1000;
}

export const tail = (seconds: number): Section => ({
  name: 'tail',
  title: `${PACE} for ${seconds} s, ${UNIT}`,
  rounds: 1,
  trials: (drivers) => {
    const library = compile('stall.cc', 'stall.so', ['-shared', '-fPIC']);
    if (library === undefined) console.error('no C++ compiler: the disk does not stall');
    const env = library === undefined ? {} : { LD_PRELOAD: library };
    const scenes: readonly Scene[] = [
      { row: STALLS, env },
      { row: BESIDE, env, checkpoints: 1 },
    ];
    const all = [...only(drivers, OURS, RECORD), WRITING, ...only(drivers, PINO)];
    return trialsOf(scenes, all, seconds);
  },
  show: (results) => table(results, [...QUANTILES, { title: 'stalls', figure: 'stalls' }]),
  targets: (results) => {
    const found = (name: string, driver: string, row: string): number | undefined =>
      microseconds(find(results, driver, row), name);
    return [
      atMost('tail: p99.99, the disk stalling', found('p99.99', OURS, STALLS), 50, 'µs'),
      atMost('tail: p99.99, checkpoints too', found('p99.99', OURS, BESIDE), 200, 'µs'),
      ...[STALLS, BESIDE].map((row) => ({
        what: `tail: maximum, ${row}`,
        wanted: `that of the loop beside a writing thread: ${(found('max', WRITING.name, row) ?? Number.NaN).toFixed(0)} µs`,
        found: `${(found('max', OURS, row) ?? Number.NaN).toFixed(0)} µs`,
        met: undefined,
      })),
    ];
  },
});

/** Turns of a second, since what else the machine does differs from one second to the next. */
export const calmTail = (turns: number): Section => ({
  name: 'calm-tail',
  title: `${PACE} for 1 s, nothing disturbing, ${UNIT}`,
  repeats: turns,
  trials: (drivers) => {
    const scenes: readonly Scene[] = [{ row: CALM }, { row: NURSERY, execArgv: LARGE_NURSERY }];
    return trialsOf(scenes, [...only(drivers, OURS, RECORD), WRITING, CALLING], 1);
  },
  show: (results) =>
    table(results, [...QUANTILES, { title: 'interruptions/s', figure: 'interruptions' }]),
  targets: (results) => [
    ...(['p99.9', 'p99.99'] as const).map((name) =>
      atMost(
        `tail: ${name}, ${CALM}, against the loop beside a writing thread`,
        ratio(find(results, OURS, CALM), find(results, WRITING.name, CALM), name),
        1.3,
        'times',
        2,
      ),
    ),
    atMost(
      `tail: p99.99, ${NURSERY}`,
      microseconds(find(results, OURS, NURSERY), 'p99.99'),
      15,
      'µs',
    ),
  ],
});
