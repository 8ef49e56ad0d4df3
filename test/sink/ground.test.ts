/** A run whose log is moved, deleted or emptied, and whose process changes its directory or starts other processes. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DLLoggerError, JSONStreamBackend, Logger, Verbosity } from 'dllogger';
import { readRecords, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const LINUX_ONLY = { skip: process.platform === 'linux' ? false : 'moves files that are open' };

function openLog(name: string): { path: string; backend: JSONStreamBackend; logger: Logger } {
  const path = join(directory, name);
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  return { path, backend, logger: new Logger([backend]) };
}

function steps(path: string): unknown[] {
  return readRecords(path).map((record) => (record.step as unknown[])[0]);
}

test('a renamed log is continued under its new name until reopen()', LINUX_ONLY, () => {
  const { path, backend, logger } = openLog('renamed.json');
  logger.log([0], {});
  backend.flush();
  renameSync(path, `${path}.1`);
  logger.log([1], {});
  backend.flush();
  assert.ok(!existsSync(path));
  logger.log([2], {});
  backend.reopen();
  logger.log([3], {});
  backend.flush();
  renameSync(path, `${path}.2`);
  backend.reopen();
  logger.log([4], {});
  backend.close();
  assert.deepEqual(steps(`${path}.1`), [0, 1, 2]);
  assert.deepEqual(steps(`${path}.2`), [3]);
  assert.deepEqual(steps(path), [4]);
});

test('reopen() that cannot open the path changes nothing, and says why', LINUX_ONLY, () => {
  mkdirSync(join(directory, 'place'));
  const { path, backend, logger } = openLog('place/log.json');
  logger.log([0], {});
  renameSync(join(directory, 'place'), join(directory, 'moved'));
  assert.throws(
    () => backend.reopen(),
    (error: unknown) => {
      assert.ok(error instanceof DLLoggerError);
      assert.equal(error.code, 'ENOENT');
      assert.equal(error.path, path);
      return true;
    },
  );
  logger.log([1], {});
  backend.close();
  assert.deepEqual(steps(join(directory, 'moved', 'log.json')), [0, 1]);
  assert.throws(() => backend.reopen(), { code: 'ERR_DLLOGGER_CLOSED' });
});

test('reopen() of the same file continues it', () => {
  const { path, backend, logger } = openLog('same.json');
  for (let i = 0; i < 100; i++) {
    logger.log([i], {});
    if (i % 10 === 0) backend.reopen();
  }
  backend.close();
  assert.deepEqual(steps(path), [...Array(100).keys()]);
});

test('a deleted log is created again for later records', LINUX_ONLY, () => {
  const { path, backend, logger } = openLog('deleted.json');
  logger.log([0], {});
  backend.flush();
  rmSync(path);
  logger.log([1], {});
  backend.flush();
  assert.deepEqual(steps(path), [1]);
  logger.log([2], {});
  backend.close();
  assert.deepEqual(steps(path), [1, 2]);
});

test('copytruncate: the log continues at its new end', LINUX_ONLY, () => {
  const { path, backend, logger } = openLog('copied.json');
  for (let i = 0; i < 100; i++) logger.log([i], {});
  backend.flush();
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
  for (let i = 100; i < 200; i++) logger.log([i], {});
  backend.close();
  assert.deepEqual(steps(`${path}.1`), [...Array(100).keys()]);
  assert.deepEqual(
    steps(path),
    Array.from({ length: 100 }, (_, i) => 100 + i),
  );
  assert.ok(!readFileSync(path).includes(0));
});

test('a process that changes its directory writes and recovers where it began, and filename stays as given', async () => {
  const script = `
    import { JSONStreamBackend, Logger, recover } from ${JSON.stringify(import.meta.resolve('dllogger'))};
    import { readdirSync } from 'node:fs';
    process.chdir(process.argv[1]);
    const backend = new JSONStreamBackend(1, 'chdir.json');
    const logger = new Logger([backend]);
    logger.log([0], {});
    process.chdir('/');
    logger.log([1], {});
    backend.reopen();
    logger.log([2], {});
    backend.close();
    console.log(backend.filename, readdirSync(process.argv[1]).filter((name) => name.includes('chdir')).join());
  `;
  const result = await runScript(script, { args: [directory] });
  assert.equal(result.stdout, 'chdir.json chdir.json\n', result.stderr);
  assert.deepEqual(steps(join(directory, 'chdir.json')), [0, 1, 2]);
});

test(
  'child processes inherit neither descriptors nor locks, and no record is doubled',
  LINUX_ONLY,
  async () => {
    const path = join(directory, 'children.json');
    const script = `
    import { execFileSync, fork, spawn } from 'node:child_process';
    import { once } from 'node:events';
    import { JSONStreamBackend, Logger } from 'dllogger';
    const [, path] = process.argv;
    const backend = new JSONStreamBackend(1, path);
    const logger = new Logger([backend]);
    for (let i = 0; i < 1000; i++) logger.log([i], {});
    // The child outlives the log. If it held a lock, the log could not be opened again.
    const sleeper = spawn('sleep', ['60'], { stdio: 'ignore' });
    console.log(execFileSync('ls', ['-l', '/proc/self/fd']).includes('children.json'));
    for (let i = 1000; i < 2000; i++) logger.log([i], {});
    backend.close();
    const again = new JSONStreamBackend(1, path, { append: true });
    again.close();
    new JSONStreamBackend(1, path + '.other').close();
    const truncated = new JSONStreamBackend(1, path + '.other');
    truncated.close();
    sleeper.kill();
  `;
    const result = await runScript(script, { args: [path] });
    assert.equal(result.stdout, 'false\n', result.stderr);
    assert.equal(result.code, 0);
    assert.deepEqual(steps(path), [...Array(2000).keys()]);
  },
);
