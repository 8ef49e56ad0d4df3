/** The ring file beside the log, in which a killed run leaves its records, from a user's view. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { DLLoggerError, implementation, JSONStreamBackend, Logger, recover } from 'dllogger';
import { openLog } from '../support/log.js';
import { times } from '../support/long.js';
import { FULL_AT, readRecords, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const NATIVE_LINUX = {
  skip:
    implementation === 'typescript'
      ? 'the TypeScript implementation has no ring: its records are in the file already'
      : process.platform === 'linux'
        ? false
        : 'only Linux keeps a ring file',
};

function rings(path: string): string[] {
  const prefix = `.${basename(path)}.`;
  const isRing = (name: string) => name.startsWith(prefix) && name.endsWith('.ring');
  return readdirSync(dirname(path))
    .filter(isRing)
    .map((name) => join(dirname(path), name));
}

function steps(path: string): number[] {
  return readRecords(path).map((record) => (record.step as number[])[0] ?? Number.NaN);
}

/** Runs a process that logs so many records to each log, and is killed when 16 KiB of each are in the file. */
async function killed(...logs: readonly (readonly [path: string, count: number])[]): Promise<void> {
  const script = `${FULL_AT}
    import { statSync } from 'node:fs';
    import { JSONStreamBackend, Logger } from 'dllogger';
    const logs = JSON.parse(process.argv[1]);
    const open = ([path]) => new Logger([new JSONStreamBackend(1, path, { append: true })]);
    const loggers = logs.map(open);
    fullAt(Math.max(...logs.map(([path]) => statSync(path).size)) + 16384);
    for (const [index, [, count]] of logs.entries()) {
      const logger = loggers[index];
      for (let i = 0; i < count; i++) logger.log([i], { loss: i / 3, text: 'x'.repeat(i % 40) });
    }
    process.kill(process.pid, 'SIGKILL');
  `;
  const result = await runScript(script, { args: [JSON.stringify(logs)] });
  assert.equal(result.signal, 'SIGKILL', result.stderr);
}

const [KILLED = '', TRUNCATED = '', VERSION = '', SCRIPT = ''] = [
  ...['killed', 'truncated', 'version', 'script'],
].map((name) => join(directory, `${name}.json`));

before(async () => {
  if (NATIVE_LINUX.skip) return;
  await killed([KILLED, 2500], [TRUNCATED, 2500], [VERSION, 10], [SCRIPT, 100]);
});

test(
  'a kill loses no record: recover() and an appending open bring them back',
  NATIVE_LINUX,
  async () => {
    const path = KILLED;
    assert.equal(rings(path).length, 1);
    const recovery = recover(path);
    assert.ok(recovery.records > 2000);
    assert.deepEqual(steps(path), [...Array(2500).keys()]);
    assert.deepEqual(recovery.left, []);
    assert.deepEqual(rings(path), []);
    assert.deepEqual(recover(path), { records: 0, unfinished: 0, left: [] });
    await killed([path, 1000]);
    openLog(path, true).close();
    assert.deepEqual(steps(path), [...Array(2500).keys(), ...Array(1000).keys()]);
  },
);

test('truncating discards what a killed run had not written, and warns', NATIVE_LINUX, async () => {
  const path = TRUNCATED;
  const warnings: string[] = [];
  const hear = ({ message }: Error) => message.includes(path) && warnings.push(message);
  process.on('warning', hear);
  for (let i = 0; i < 2; i++) {
    openLog(path).close();
    await setImmediate();
    assert.equal(readFileSync(path, 'utf8'), '');
    assert.deepEqual(rings(path), []);
  }
  process.off('warning', hear);
  assert.equal(warnings.length, 1);
  const [warning = ''] = warnings;
  assert.match(warning, /\d+ records that a killed run had not yet written.*discarded/);
  assert.match(warning, /\{ append: true \}/);
});

test('a live run is not disturbed by recover()', async () => {
  const path = join(directory, 'live.json');
  const backend = openLog(path);
  const logger = new Logger([backend]);
  logger.log([0], {});
  backend.flush();
  if (rings(path).length === 0) recover(path);
  else assert.deepEqual(recover(path), { records: 0, unfinished: 0, left: [] });
  logger.log([1], {});
  backend.close();
  assert.deepEqual(steps(path), [0, 1]);
});

test('recover() of nothing is an error that says so', () => {
  const path = join(directory, 'nothing.json');
  assert.throws(() => recover(path), {
    name: 'DLLoggerError',
    code: 'ENOENT',
    path,
    message:
      `cannot recover log "${path}": no such file or directory (ENOENT); ` +
      'neither the log nor a ring file of it is there',
  });
  assert.throws(() => recover(7 as never), /the file name of a log is a string, not a number/);
});

test('the ring file is private, hidden from *.json, and gone after close()', NATIVE_LINUX, () => {
  const path = join(directory, 'private.json');
  const backend = openLog(path);
  const [ring = ''] = rings(path);
  assert.match(basename(ring), /^\.private\.json\.ring$/);
  assert.equal(statSync(ring).mode & 0o777, 0o600);
  assert.ok(statSync(ring).size <= 1.1 * 2 ** 20);
  // The space is really reserved.
  assert.ok(statSync(ring).blocks * 512 >= statSync(ring).size);
  backend.close();
  assert.deepEqual(rings(path), []);
});

test('crashSafe: false makes no file, and stats() says why', NATIVE_LINUX, () => {
  const path = join(directory, 'plain.json');
  const safe = openLog(path);
  assert.equal(safe.stats().crashSafe, true);
  assert.equal(safe.stats().notCrashSafe, undefined);
  safe.close();
  const plain = new JSONStreamBackend(1, path, { crashSafe: false });
  assert.deepEqual(rings(path), []);
  new Logger([plain]).log([0], {});
  assert.equal(plain.stats().crashSafe, false);
  assert.equal(plain.stats().notCrashSafe, 'the option crashSafe is false');
  plain.close();
  assert.deepEqual(steps(path), [0]);
  assert.throws(
    () => new JSONStreamBackend(1, path, { crashSafe: 1 as never }),
    /the option crashSafe is true or false, not a number/,
  );
});

test(
  'a ring that cannot be a file is plain memory, and stats() says why',
  NATIVE_LINUX,
  async () => {
    const backend = openLog('/dev/null');
    assert.match(backend.stats().notCrashSafe ?? '', /not a regular file/);
    backend.close();
    // A ring's name is longer than its log's. Where it would be too long for a file, it is cut.
    const path = join(directory, `${'n'.repeat(240)}.json`);
    const long = openLog(path);
    assert.equal(long.stats().crashSafe, true);
    long.close();
    const script = `
    import { JSONStreamBackend, Logger } from 'dllogger';
    import { chmodSync } from 'node:fs';
    const [, directory, path] = process.argv;
    const backend = new JSONStreamBackend(1, path);
    backend.close();
    chmodSync(directory, 0o555);
    if (process.getuid() === 0) process.setuid(65534);
    console.log(new JSONStreamBackend(1, path, { append: true }).stats().notCrashSafe);
  `;
    const locked = temporaryDirectory();
    const log = join(locked, 'log.json');
    writeFileSync(log, '', { mode: 0o666 });
    const result = await runScript(`process.umask(0); ${script}`, { args: [locked, log] });
    assert.match(result.stdout + result.stderr, /ring file beside the log cannot be made|EACCES/);
  },
);

test('a removed ring file only loses recoverability, and stats() says so', NATIVE_LINUX, () => {
  const path = join(directory, 'removed.json');
  const backend = openLog(path);
  const logger = new Logger([backend]);
  logger.log([0], {});
  rmSync(rings(path)[0] ?? '');
  logger.log([1], {});
  assert.equal(logger.stats().crashSafe, false);
  assert.equal(logger.stats().notCrashSafe, 'its ring file was removed');
  backend.close();
  assert.deepEqual(steps(path), [0, 1]);
});

test('a ring of another version is left untouched, and named', NATIVE_LINUX, async () => {
  const path = VERSION;
  const [ring = ''] = rings(path);
  const bytes = readFileSync(ring);
  const version = bytes.indexOf('DLLRING\n') + 8;
  bytes.writeUInt32LE(999, version);
  writeFileSync(ring, bytes);
  assert.throws(
    () => recover(path),
    (error: unknown) => {
      assert.ok(error instanceof DLLoggerError);
      assert.equal(error.code, 'ERR_DLLOGGER_RING_VERSION');
      assert.equal(error.path, ring);
      assert.match(error.message, /another version of dllogger \(ring format 999\)/);
      return true;
    },
  );
  assert.ok(readFileSync(ring).equals(bytes));
  const script = `
    import { JSONStreamBackend, Logger } from 'dllogger';
    const logger = new Logger([new JSONStreamBackend(1, process.argv[1], { append: true })]);
    logger.log([10], {});
  `;
  const result = await runScript(script, { args: [path] });
  assert.equal(result.code, 0);
  assert.match(result.stderr, /ring format 999/);
  assert.ok(readFileSync(ring).equals(bytes));
  rmSync(ring);
});

const ROUNDS = times(1, 3);

test(
  'two runs append, one is killed and recovered while the other continues',
  NATIVE_LINUX,
  async () => {
    const path = join(directory, 'beside.json');
    const survivor = openLog(path, true);
    const logger = new Logger([survivor]);
    let own = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const death = killed([path, 3000]);
      const timer = setInterval(() => logger.log([own++], { own: true }), 1);
      await death;
      recover(path);
      clearInterval(timer);
    }
    survivor.close();
    const records = readRecords(path);
    const mine = records.filter((record) => record.data.own === true);
    assert.deepEqual(
      mine.map((record) => record.step),
      Array.from({ length: own }, (_, i) => [i]),
    );
    const theirs = records.filter((record) => record.data.own !== true);
    const once = [...Array(3000).keys()];
    assert.deepEqual(
      theirs.map((record) => (record.step as number[])[0]),
      Array.from({ length: ROUNDS }, () => once).flat(),
    );
  },
);

test('what is logged after reopen() is recovered into the new file', NATIVE_LINUX, async () => {
  const path = join(directory, 'rotated.json');
  const script = `
    import { JSONStreamBackend, Logger } from 'dllogger';
    import { renameSync } from 'node:fs';
    const [, path] = process.argv;
    const backend = new JSONStreamBackend(1, path);
    const logger = new Logger([backend]);
    for (let i = 0; i < 1000; i++) logger.log([i], {});
    renameSync(path, path + '.1');
    backend.reopen();
    for (let i = 1000; i < 1010; i++) logger.log([i], {});
    process.kill(process.pid, 'SIGKILL');
  `;
  for (const name of [path, `${path}.1`]) {
    assert.equal((await runScript(script, { args: [path] })).signal, 'SIGKILL');
    recover(name);
    // Recovering the other file, which is not the ring's log, finds nothing.
    recover(path);
    assert.deepEqual(steps(`${path}.1`), [...Array(1000).keys()]);
    assert.deepEqual(
      steps(path),
      Array.from({ length: 10 }, (_, i) => 1000 + i),
    );
  }
});

test(
  'the TypeScript implementation says that it cannot recover, and touches nothing',
  NATIVE_LINUX,
  async () => {
    const path = SCRIPT;
    const [ring = ''] = rings(path);
    const script = `
    import { JSONStreamBackend, Logger, recover } from 'dllogger';
    const [, path] = process.argv;
    try {
      recover(path);
    } catch (error) {
      console.log(error.code, error.message.includes('only the native implementation'));
    }
    const logger = new Logger([new JSONStreamBackend(1, path, { append: true })]);
    logger.log([100], {});
  `;
    const result = await runScript(script, { args: [path], env: { DLLOGGER_NATIVE: '0' } });
    assert.equal(result.stdout, 'ERR_DLLOGGER_NO_BINARY true\n', result.stderr);
    assert.match(result.stderr, /only the native implementation can recover them/);
    assert.ok(result.stderr.includes(ring));
    recover(path);
    // What a recovery leaves of a ring that it cannot delete.
    writeFileSync(ring, '');
    const then = await runScript(
      `console.log(JSON.stringify((await import('dllogger')).recover(process.argv[1])))`,
      {
        args: [path],
        env: { DLLOGGER_NATIVE: '0' },
      },
    );
    assert.equal(then.stdout, '{"records":0,"unfinished":0,"left":[]}\n', then.stderr);
    rmSync(ring);
    assert.deepEqual(
      steps(path).sort((a, b) => a - b),
      [...Array(101).keys()],
    );
  },
);

const SIGNALS = ['SIGTERM', 'SIGSEGV', 'SIGINT', 'SIGHUP', 'SIGABRT'] as const;

test('a signal that ends the process by default loses nothing', NATIVE_LINUX, async () => {
  for (const signal of SIGNALS.slice(0, times(2, 5))) {
    const path = join(directory, `${signal}.json`);
    const script = `
      import { JSONStreamBackend, Logger } from 'dllogger';
      const logger = new Logger([new JSONStreamBackend(1, process.argv[1])]);
      for (let i = 0; i < 1000; i++) logger.log([i], {});
      console.log('logged');
      setInterval(() => {}, 1000);
    `;
    const args = ['--input-type=module', '-e', script, '--', path];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill(signal);
    await once(child, 'exit');
    assert.equal(child.signalCode, signal);
    recover(path);
    assert.deepEqual(steps(path), [...Array(1000).keys()]);
  }
});

test('a ring whose writer keeps up takes little memory', NATIVE_LINUX, async () => {
  const path = join(directory, 'memory.json');
  const script = `
    import { readFileSync } from 'node:fs';
    import { JSONStreamBackend, Logger } from 'dllogger';
    const logger = new Logger([new JSONStreamBackend(1, process.argv[1])]);
    let step = 0;
    const log = (count) => {
      for (const end = step + count; step < end; step++) logger.log([step], { loss: step / 3 });
    };
    const kibibytes = () =>
      Number(/\\.ring\\n(?:.*\\n)?Size.*\\n(?:.*\\n)*?Rss: +(\\d+)/.exec(readFileSync('/proc/self/smaps', 'latin1'))[1]);
    // Two megabytes through the ring, in steps that the writer has finished.
    for (let i = 0; i < 100; i++) {
      log(333);
      logger.flush();
    }
    console.log(kibibytes());
    // Many at once, and a kill in the middle.
    log(10000);
    process.kill(process.pid, 'SIGKILL');
  `;
  const { stdout, stderr } = await runScript(script, { args: [path] });
  assert.notEqual(stdout, '', stderr);
  const kibibytes = Number(stdout);
  assert.ok(kibibytes > 0 && kibibytes < 400, `${kibibytes} KiB`);
  recover(path);
  assert.deepEqual(steps(path), [...Array(43300).keys()]);
});
