/**
 * The slowest calls at a steady pace: the training thread computes (spins) and logs a record every few
 * microseconds, while the log's disk stalls now and then, and another process writes checkpoints.
 */
import { spawn, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Case, percentiles, turn } from '#dist/bench/cases.js';
import { type Driver, type DriverSpec, notOpened } from '#dist/bench/driver.js';
import { findDriver } from '#dist/bench/drivers.js';
import { logMany } from '#dist/bench/records.js';
import type { Trial } from '#dist/bench/run.js';
import type { Section } from '#dist/bench/section.js';
import { figure, ratio, table } from '#dist/bench/table.js';
import { compile } from './programs.js';
import { atMost, find, OURS, only, PINO, RECORD } from './section.js';

export const measure: Case = async ({ options, path }, open) => {
  const { rate = 1e5, seconds = 30, checkpoints = 0, writes = 0 } = options;
  const driver = writes > 0 ? await besideWriter(path, rate) : await open();
  logMany(driver, 0, 20_000);
  await driver.flush();
  // Filled beforehand, so that a page fault of the harness does not count for a call.
  const samples = new Float64Array(rate * seconds).fill(0);
  const beside = checkpoints > 0 ? writeCheckpoints(dirname(path)) : undefined;
  const period = 1000 / rate;
  const start = performance.now();
  for (let i = 0; i < samples.length; i++) {
    // Some loggers write from the event loop; a training loop that awaits gives them time for it.
    if (i % 1000 === 0) await turn();
    const due = start + i * period;
    let before = performance.now();
    while (before < due) before = performance.now();
    logMany(driver, i, i + 1);
    samples[i] = (performance.now() - before) * 1e6;
  }
  await driver.close();
  beside?.kill();
  const stalls = statSync(`${path}.stalls`, { throwIfNoEntry: false })?.size ?? 0;
  return { ...percentiles(samples), stalls };
};

/** The loop without a logger, beside a thread that writes as many bytes as a logger would. */
const WRITING: DriverSpec = {
  name: 'record beside a writing thread',
  isYardstick: true,
  create: notOpened,
};

/** Bytes of a line. */
const LINE = 265;

async function besideWriter(path: string, rate: number): Promise<Driver> {
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
  return { log, flush, close: async () => void (await worker.terminate()) };
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

const CALM = 'the disk stalls 50 ms every second';
const BESIDE = 'and checkpoints are written beside';
const QUIET = 'the disk does not stall';
const NURSERY = 'nor does the nursery fill: --min-semi-space-size=64';

/** The disturbances during the calls. */
interface Scene {
  readonly row: string;
  readonly stalls: boolean;
  readonly checkpoints: 0 | 1;
  readonly execArgv?: readonly string[];
}

const SCENES: readonly Scene[] = [
  { row: CALM, stalls: true, checkpoints: 0 },
  { row: BESIDE, stalls: true, checkpoints: 1 },
  { row: QUIET, stalls: false, checkpoints: 0 },
  { row: NURSERY, stalls: false, checkpoints: 0, execArgv: ['--min-semi-space-size=64'] },
];

export const tail = (seconds: number): Section => ({
  name: 'tail',
  title: `Tail of log() at 100,000 records/s for ${seconds} s, ns (one reading of the clock included)`,
  rounds: 1,
  trials: (drivers) => {
    const library = compile('stall.cc', 'stall.so', ['-shared', '-fPIC']);
    if (library === undefined) console.error('no C++ compiler: the disk does not stall');
    return SCENES.flatMap(({ row, stalls, checkpoints, execArgv }) =>
      [
        ...only(drivers, OURS, RECORD),
        WRITING,
        // Without stalls, only the loops that log() is compared with.
        ...(stalls ? only(drivers, PINO) : []),
      ].map(
        (driver): Trial => ({
          row,
          driver,
          module: import.meta.url,
          case: 'measure',
          options: { rate: 1e5, seconds, checkpoints, writes: driver === WRITING ? 1 : 0 },
          ...(stalls && library !== undefined ? { env: { LD_PRELOAD: library } } : {}),
          ...(execArgv === undefined ? {} : { execArgv }),
        }),
      ),
    );
  },
  show: (results) =>
    table(results, [
      { title: 'p50', figure: 'p50' },
      { title: 'p99', figure: 'p99' },
      { title: 'p99.9', figure: 'p99.9' },
      { title: 'p99.99', figure: 'p99.99' },
      { title: 'max', figure: 'max' },
      { title: 'stalls', figure: 'stalls' },
    ]),
  targets: (results) => {
    const microseconds = (name: string, driver: string, row: string): number | undefined => {
      const value = figure(find(results, driver, row), name);
      return value === undefined ? undefined : value / 1000;
    };
    return [
      atMost('tail: p99.99, the disk stalling', microseconds('p99.99', OURS, CALM), 50, 'µs'),
      atMost('tail: p99.99, checkpoints too', microseconds('p99.99', OURS, BESIDE), 200, 'µs'),
      ...(['p99.9', 'p99.99'] as const).map((name) =>
        atMost(
          `tail: ${name}, ${QUIET}, against the loop beside a writing thread`,
          ratio(find(results, OURS, QUIET), find(results, WRITING.name, QUIET), name),
          1.3,
          'times',
          2,
        ),
      ),
      atMost(`tail: p99.99, ${NURSERY}`, microseconds('p99.99', OURS, NURSERY), 15, 'µs'),
      ...[CALM, BESIDE].map((row) => ({
        what: `tail: maximum, ${row}`,
        wanted: `that of the loop beside a writing thread: ${(microseconds('max', WRITING.name, row) ?? Number.NaN).toFixed(0)} µs`,
        found: `${(microseconds('max', OURS, row) ?? Number.NaN).toFixed(0)} µs`,
        met: undefined,
      })),
    ];
  },
});
