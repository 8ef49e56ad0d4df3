/** A wall clock that steps an hour forward and back in the middle of a run, over a change of offset. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { implementation, recover } from 'dllogger';
import { times } from '../support/long.js';
import { compileLibrary } from '../support/preload.js';
import {
  type LogRecord,
  type Run,
  readRecords,
  runScript,
  temporaryDirectory,
} from '../support/run.js';

const directory = temporaryDirectory();
const LINUX = {
  skip: process.platform === 'linux' ? false : 'the library that steps a clock is for Linux',
};

/** Half an hour before Berlin's offset changes from +01:00 to +02:00. */
const START = Date.parse('2026-03-29T00:30:00Z');
const CHANGE = Date.parse('2026-03-29T01:00:00Z');
const HOUR = 3600e3;
/** Offsets of the wall clock, one after another; the last is the true clock. */
const STEPS = [0, HOUR, 0, -HOUR, 2 * HOUR];
/** Milliseconds for which each offset lasts. */
const WHILE = times(10, 60);
/** Milliseconds by which a stamp may differ from the program's own readings of the clock. */
const LATE = 5;

const SCRIPT = `
  import { openSync, readFileSync, writeSync } from 'node:fs';
  import { JSONStreamBackend, Logger } from 'dllogger';
  const [, path, clock, end] = process.argv;
  const steps = ${JSON.stringify(STEPS)};
  const base = Number(readFileSync(clock).readBigInt64LE());
  const file = openSync(clock, 'r+');
  const backend = new JSONStreamBackend(1, path);
  const logger = new Logger([backend]);
  let count = 0;
  for (const step of steps) {
    const shift = Buffer.alloc(8);
    shift.writeBigInt64LE(BigInt(base + step * 1000));
    writeSync(file, shift, 0, 8, 0);
    const begun = performance.now();
    for (let now = begun; now < begun + ${WHILE}; now = performance.now()) {
      logger.log([count++], { step, age: now - begun, now, wall: Date.now() });
    }
    if (end === 'kill' && step < 0) break;
  }
  writeSync(1, String(count));
  if (end === 'kill') process.kill(process.pid, 'SIGKILL');
`;

interface Data {
  /** Milliseconds that the wall clock had been moved by, and since when. */
  readonly step: number;
  readonly age: number;
  /** What the two clocks showed before the record was logged, in milliseconds. */
  readonly now: number;
  readonly wall: number;
}

function dataOf(record: LogRecord | undefined): Data {
  return record?.data as unknown as Data;
}

async function runStepping(
  context: TestContext,
  path: string,
  end: string,
  script = SCRIPT,
): Promise<Run | undefined> {
  const library = await compileLibrary('test/preload/clock_step.cc', directory);
  if ('reason' in library) {
    context.skip(library.reason);
    return undefined;
  }
  const clock = `${path}.clock`;
  const shift = Buffer.alloc(8);
  shift.writeBigInt64LE(BigInt(Math.round((START - Date.now()) * 1000)));
  writeFileSync(clock, shift);
  const env = { LD_PRELOAD: library.path, DLLOGGER_CLOCK: clock, TZ: 'Europe/Berlin' };
  return runScript(script, { args: [path, clock, end], env });
}

function assertTimes(records: readonly LogRecord[]): void {
  for (const [index, record] of records.entries()) {
    const { step, age, wall } = dataOf(record);
    const words = `${index}: ${step} ${record.timestamp} ${record.datetime}`;
    // Once, and in order.
    assert.equal(String(record.step), `${index}`);
    // The preloaded library moves the clock as it should.
    assert.ok(wall >= START + step && wall < START + step + HOUR / 2, words);
    const micros = Math.round(Number(record.timestamp) * 1e6);
    const [, date, fraction = '0', offset] =
      /^(.{19})(?:\.(\d{6}))?(\+0\d:00)$/.exec(record.datetime) ?? [];
    assert.equal(Date.parse(`${date}${offset}`) * 1000 + Number(fraction), micros, words);
    assert.equal(offset, micros < CHANGE * 1000 ? '+01:00' : '+02:00', words);
    const next = records[index + 1];
    if (next === undefined) continue;
    assert.ok(Number(next.elapsedtime) >= Number(record.elapsedtime), words);
    // The stamp lies between the program's readings before the record and after it.
    if (age < LATE || dataOf(next).step !== step) continue;
    assert.ok(micros / 1000 > wall - LATE && micros / 1000 < dataOf(next).wall + LATE, words);
  }
  const [first, last] = [records[0], records.at(-1)];
  const elapsed = (Number(last?.elapsedtime) - Number(first?.elapsedtime)) * 1000;
  assert.ok(Math.abs(elapsed - (dataOf(last).now - dataOf(first).now)) < 1000, `${elapsed}`);
}

test(
  'a wall clock that steps is followed, elapsed time is not moved, nothing is lost',
  LINUX,
  async (context) => {
    const path = join(directory, 'steps.json');
    const result = await runStepping(context, path, 'exit');
    if (result === undefined) return;
    const records = readRecords(path);
    assert.equal(result.stdout, `${records.length}`, result.stderr);
    assertTimes(records);
    assert.equal(new Set(records.map((record) => dataOf(record).step)).size, new Set(STEPS).size);
  },
);

const RING = {
  skip: LINUX.skip || (implementation === 'native' ? false : 'TypeScript has nothing to recover'),
};

test('a run whose clock has stepped back is recovered after a kill', RING, async (context) => {
  const path = join(directory, 'killed.json');
  const result = await runStepping(context, path, 'kill');
  if (result === undefined) return;
  assert.equal(result.signal, 'SIGKILL', result.stderr);
  recover(path);
  const records = readRecords(path);
  assertTimes(records);
  assert.equal(dataOf(records.at(-1)).step, -HOUR);
  assert.equal(result.stdout, `${records.length}`);
});

/** A disk that fails until the clock has stepped back by an hour. */
const FAILING = `
  import { execFileSync } from 'node:child_process';
  import { openSync, readFileSync, writeSync } from 'node:fs';
  import { setTimeout } from 'node:timers/promises';
  import { JSONStreamBackend, Logger } from 'dllogger';
  const [, path, clock] = process.argv;
  process.on('SIGXFSZ', () => {});
  const limit = (size) =>
    execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=' + size + ':unlimited']);
  const backend = new JSONStreamBackend(1, path);
  const logger = new Logger([backend]);
  let count = 0;
  limit(1);
  logger.log([count++], {});
  try {
    logger.flush();
  } catch (error) {
    console.log(error.code);
  }
  const shift = readFileSync(clock);
  shift.writeBigInt64LE(shift.readBigInt64LE() - ${HOUR * 1000}n);
  limit('unlimited');
  writeSync(openSync(clock, 'r+'), shift, 0, 8, 0);
  // Without a call of flush(), which would not wait for the next attempt.
  const parent = process.ppid;
  while (backend.stats().unsaved > 0 && process.ppid === parent) {
    logger.log([count++], {});
    await setTimeout(10);
  }
  console.log(backend.stats().unsaved, backend.stats().dropped);
`;

test(
  'a disk that failed is tried again after the clock has stepped back',
  LINUX,
  async (context) => {
    const path = join(directory, 'failing.json');
    const result = await runStepping(context, path, '', FAILING);
    if (result !== undefined) assert.equal(result.stdout, 'EFBIG\n0 0\n', result.stderr);
  },
);
