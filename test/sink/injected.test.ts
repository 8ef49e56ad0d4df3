/** System calls that fail in a real process: the core's FaultSweep from a user's view. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { times } from '../support/long.js';
import { compileLibrary, NATIVE_LINUX } from '../support/preload.js';
import { readRecords, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
/** Calls with their numbers in faults.h, and error numbers of Linux. */
const PLANS: readonly [call: string, number: number, errors: readonly number[]][] = [
  ['open', 1, [28]],
  ['write', 3, [28, 11, 4]],
  ['ftruncate', 4, [5]],
  ['fallocate', 5, [28]],
  ['fsync', 6, [5]],
  ['lock', 7, [37]],
  ['mmap', 8, [12]],
];
const MAX_NTH = times(1, 4);

const RECORDS = 300;
const SCRIPT = `
  import { JSONStreamBackend, Logger } from 'dllogger';
  // The fault comes once, so the second try must succeed. Only calls that may throw are tried twice.
  const again = (action) => {
    try {
      return action();
    } catch (error) {
      if (error.name !== 'DLLoggerError') throw error;
      return action();
    }
  };
  const path = process.argv[1];
  const backend = again(() => new JSONStreamBackend(1, path, { append: true }));
  const logger = new Logger([backend]);
  for (let i = 0; i < ${RECORDS}; i++) {
    logger.log([i], { loss: i / 7, text: 'x'.repeat(i) });
    if (i % 100 === 99) again(() => logger.flush());
    if (i !== 199) continue;
    try {
      logger.flush({ sync: true });
    } catch (error) {
      if (error.name !== 'DLLoggerError') throw error;
      // A failed sync stays failed until the log is reopened.
      again(() => backend.reopen());
      logger.flush({ sync: true });
    }
  }
  again(() => backend.close());
  if (backend.stats().dropped > 0) throw new Error('dropped');
`;

async function survives(library: string, name: string, plan: string): Promise<void> {
  const own = join(directory, name);
  mkdirSync(own);
  const path = join(own, 'log.json');
  // The second line is torn. The file is old, so that the writer does not wait for the rest of the line.
  const old = 'DLLL {"step": [-1]}\nDLLL {"ste';
  writeFileSync(path, old);
  utimesSync(path, new Date(0), new Date(0));
  const env = { LD_PRELOAD: library, DLLOGGER_FAULTS: `${plan} ${own}/` };
  const result = await runScript(SCRIPT, { args: [path], env });
  assert.equal(result.code, 0, `${name}: ${result.signal} ${result.stderr}`);
  const text = readFileSync(path, 'latin1');
  assert.ok(text.startsWith(`${old}\n`), name);
  const rest = join(own, 'rest.json');
  writeFileSync(rest, text.slice(old.length + 1));
  const steps = readRecords(rest).map((record) => (record.step as number[])[0]);
  assert.deepEqual(
    steps,
    Array.from({ length: RECORDS }, (_, index) => index),
    name,
  );
}

test('a call that fails once loses no record', NATIVE_LINUX, async (context) => {
  const library = await compileLibrary('test/native/linux/faults.cc', directory);
  if ('reason' in library) {
    context.skip(library.reason);
    return;
  }
  for (const [call, number, errors] of PLANS) {
    for (const error of errors) {
      const numbers = Array.from({ length: MAX_NTH }, (_, index) => index + 1);
      await Promise.all(
        numbers.map((nth) =>
          survives(library.path, `${call}-${nth}-${error}`, `${number} ${nth} 0 ${error} 0`),
        ),
      );
    }
  }
});

test(
  'messages use the singular for one record and the plural for two',
  NATIVE_LINUX,
  async (context) => {
    const library = await compileLibrary('test/native/linux/faults.cc', directory);
    if ('reason' in library) return context.skip(library.reason);
    const script = `
    import { JSONStreamBackend, Logger } from 'dllogger';
    const [, path, count] = process.argv;
    const logger = new Logger([new JSONStreamBackend(1, path)]);
    for (let i = 0; i < count; i++) logger.log([i], {});
    try {
      logger.flush();
    } catch (error) {
      console.log(error.message);
    }
  `;
    // Every write fails.
    const told = async (count: number) => {
      const path = join(directory, `${count}.json`);
      const env = { LD_PRELOAD: library.path, DLLOGGER_FAULTS: `3 1 0 5 1 ${path}` };
      const { stdout, stderr } = await runScript(script, { args: [path, `${count}`], env });
      return `${stdout}${stderr}`;
    };
    const [one, two] = await Promise.all([told(1), told(2)]);
    assert.match(one, /; 1 record waits in memory\n/);
    assert.match(one, /^dllogger: 1 record is not saved: /m);
    assert.match(two, /; 2 records wait in memory\n/);
    assert.match(two, /^dllogger: 2 records are not saved: /m);
  },
);

test('an error that says "timed out" is an error, not a wait', NATIVE_LINUX, async (context) => {
  const library = await compileLibrary('test/native/linux/faults.cc', directory);
  if ('reason' in library) {
    context.skip(library.reason);
    return;
  }
  const script = `
    import { JSONStreamBackend, Logger } from 'dllogger';
    const backend = new JSONStreamBackend(1, process.argv[1]);
    new Logger([backend]).log([0], { text: 'x'.repeat(Number(process.argv[2])) });
    for (const call of [() => backend.flush(), () => backend.close()]) {
      try {
        call();
      } catch (error) {
        console.log(error.code, error.errno, error.syscall);
      }
    }
    process.reallyExit(0);
  `;
  // A small record, and a record that does not fit into the ring.
  const sizes = ['1', '300000'].map(async (size) => {
    const own = join(directory, `timed-out-${size}`);
    mkdirSync(own);
    // Every write to the log fails from the first on; 110 is ETIMEDOUT.
    const plan = `3 1 0 110 1 ${own}/log.json`;
    const env = { LD_PRELOAD: library.path, DLLOGGER_FAULTS: plan };
    const result = await runScript(script, { args: [join(own, 'log.json'), size], env });
    assert.equal(result.stdout, 'ETIMEDOUT 110 write\n'.repeat(2), result.stderr);
  });
  await Promise.all(sizes);
});
