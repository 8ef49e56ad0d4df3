/**
 * A slow trickle of records, as from most training loops: a thousand records a second. Each call is cold,
 * because the training step between two calls has emptied the caches. Also counts the system calls that the
 * training thread makes for the records, by strace.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, readFileSync, rmSync } from 'node:fs';
import type { Case, Figures } from '#dist/bench/cases.js';
import { logMany } from '#dist/bench/records.js';
import type { Result } from '#dist/bench/run.js';
import type { Section } from '#dist/bench/section.js';
import { median, quantile } from '#dist/bench/statistics.js';
import { figure, ratio, table } from '#dist/bench/table.js';
import { atLeast, atMost, find, OURS, only, PINO, RECORD } from './section.js';

/** Memory that a training step touches: more than a second-level cache holds. */
const STEP = new Float64Array(2 ** 19).fill(1);
const BEGIN = '/begin-of-the-trickle';
const END = '/end-of-the-trickle';

export const measure: Case = async ({ options, path }, open) => {
  const { seconds = 2, traced = 0 } = options;
  const driver = await open();
  logMany(driver, 0, 20_000);
  await driver.flush();
  if (traced > 0) mark(BEGIN);
  const count = seconds * 1000;
  const clock = new Float64Array(count);
  const samples = new Float64Array(count);
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    train(start + i);
    let before = performance.now();
    logMany(driver, i, i + 1);
    samples[i] = (performance.now() - before) * 1e6;
    train(start + i + 0.5);
    before = performance.now();
    clock[i] = (performance.now() - before) * 1e6;
  }
  if (traced > 0) mark(END);
  await driver.close();
  const read = median(clock);
  return {
    cold: median(samples) - read,
    p99: quantile(samples.sort(), 0.99) - read,
    ...(traced > 0 ? {} : systemCalls(`${path}.trace`, count)),
  };
};

/** Computes until a time, in milliseconds. */
function train(until: number): number {
  let sum = 0;
  do {
    for (let i = 0; i < STEP.length; i += 8) sum += STEP[i] ?? 0;
  } while (performance.now() < until);
  return sum;
}

/** Makes a system call that can be recognised in a trace. */
function mark(name: string): void {
  try {
    accessSync(name);
  } catch {
    // Expected: the file does not exist.
  }
}

/** Runs the case again under strace. Without -f strace follows only the first thread. */
function systemCalls(trace: string, count: number): Figures {
  const [script = '', module = '', name = '', text = ''] = process.argv.slice(1);
  const job = JSON.parse(text);
  job.options.traced = 1;
  const { status } = spawnSync(
    'strace',
    ['-o', trace, process.execPath, script, module, name, JSON.stringify(job)],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  if (status !== 0) return {};
  const lines = readFileSync(trace, 'utf8').split('\n');
  rmSync(trace);
  const at = (text: string): number => lines.findIndex((line) => line.includes(text));
  const calls = lines.slice(at(BEGIN) + 1, at(END));
  if (process.env.DLLOGGER_BENCH_TRACE !== undefined) console.error(calls.join('\n'));
  return { calls: calls.length / count };
}

/** System calls beyond those that V8 makes for its own threads, which the loop without a logger shows. */
function ownCalls(results: readonly Result[]): number | undefined {
  const all = figure(find(results, OURS), 'calls');
  const own = figure(find(results, RECORD), 'calls');
  return all === undefined || own === undefined ? undefined : all - own;
}

export const trickle: Section = {
  name: 'trickle',
  rounds: 3,
  title: 'A trickle of 1,000 records/s between training steps',
  trials: (drivers) =>
    only(drivers, OURS, RECORD, PINO).map((driver) => ({
      driver,
      module: import.meta.url,
      case: 'measure',
      options: { seconds: 2 },
    })),
  show: (results) =>
    table(results, [
      { title: 'cold log(), ns', figure: 'cold', spread: true, ratio: true },
      { title: 'p99', figure: 'p99' },
      { title: 'system calls of the thread, a record', figure: 'calls', digits: 4 },
    ]),
  targets: (results) => [
    atLeast(
      'trickle: a cold call against pino',
      ratio(find(results, PINO), find(results, OURS), 'cold'),
      5,
      'times cheaper',
    ),
    atMost(
      'trickle: system calls of log() on the JS thread, a record',
      ownCalls(results),
      0.005,
      '',
      4,
    ),
  ],
};
