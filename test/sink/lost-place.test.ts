/**
 * A log whose path leads to no file that can be opened: a fault like that of a full disk, until the path can be opened
 * again.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DLLoggerError, JSONStreamBackend, Logger } from 'dllogger';
import { readRecords, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const LINUX_ONLY = {
  skip: process.platform === 'linux' ? false : 'files that are open cannot be removed here',
};

interface Place {
  readonly folder: string;
  readonly path: string;
  readonly backend: JSONStreamBackend;
  readonly logger: Logger;
}

/** A log with a record in it, in a directory of its own. */
function openLog(name: string): Place {
  const folder = join(directory, name);
  mkdirSync(folder);
  const path = join(folder, 'log.json');
  const backend = new JSONStreamBackend(1, path);
  const logger = new Logger([backend]);
  logger.log([0], {});
  backend.flush();
  return { folder, path, backend, logger };
}

function steps(path: string): unknown[] {
  return readRecords(path).map((record) => (record.step as unknown[])[0]);
}

function failsWith(code: string, path: string, unsaved: number) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof DLLoggerError, String(error));
    assert.equal(error.code, code);
    assert.equal(error.path, path);
    assert.equal(error.syscall, 'open');
    assert.equal(error.unsaved, unsaved);
    assert.match(error.message, /^cannot write log /);
    return true;
  };
}

/** Tests that `lose` makes the log lose its path, and that all records logged meanwhile are written after `restore`. */
function losesAndFinds(
  name: string,
  code: string,
  lose: (place: Place) => void,
  restore: (place: Place) => void,
): void {
  test(`${name}: later records wait until the path is back`, LINUX_ONLY, () => {
    const place = openLog(name);
    const { path, backend, logger } = place;
    lose(place);
    for (let i = 1; i < 5; i++) logger.log([i], {});
    assert.throws(() => backend.flush(), failsWith(code, path, 4));
    assert.throws(() => backend.close(), failsWith(code, path, 4));
    const { unsaved, lastError } = backend.stats();
    assert.deepEqual([unsaved, lastError?.code], [4, code]);
    logger.log([5], {});
    restore(place);
    backend.flush();
    logger.log([6], {});
    backend.close();
    assert.deepEqual(steps(path), [1, 2, 3, 4, 5, 6]);
    assert.equal(backend.stats().unsaved, 0);
  });
}

losesAndFinds(
  'the directory of the log is deleted',
  'ENOENT',
  ({ folder }) => rmSync(folder, { recursive: true }),
  ({ folder }) => mkdirSync(folder),
);

losesAndFinds(
  'a directory stands in the place of the log',
  'EISDIR',
  ({ path }) => {
    rmSync(path);
    mkdirSync(path);
  },
  ({ path }) => rmdirSync(path),
);

losesAndFinds(
  "a file stands in the place of the log's directory",
  'ENOTDIR',
  ({ folder }) => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
  },
  ({ folder }) => {
    rmSync(folder);
    mkdirSync(folder);
  },
);

test(
  'the directory of the log is renamed or replaced: the log is continued where it lies',
  LINUX_ONLY,
  () => {
    const { folder, path, backend, logger } = openLog('renamed');
    renameSync(folder, `${folder}.1`);
    logger.log([1], {});
    backend.flush();
    mkdirSync(folder);
    logger.log([2], {});
    backend.reopen();
    logger.log([3], {});
    backend.close();
    assert.deepEqual(steps(join(`${folder}.1`, 'log.json')), [0, 1, 2]);
    assert.deepEqual(steps(path), [3]);
  },
);

test('permission is taken away while the log is open: the log is continued', LINUX_ONLY, () => {
  const { folder, path, backend, logger } = openLog('permission');
  chmodSync(path, 0o444);
  chmodSync(folder, 0o555);
  logger.log([1], {});
  backend.close();
  assert.deepEqual(steps(path), [0, 1]);
});

/** Runs as a user with few permissions. */
const UNPRIVILEGED = `
  import { chmodSync, mkdirSync, rmSync } from 'node:fs';
  import { dirname } from 'node:path';
  import { JSONStreamBackend, Logger } from 'dllogger';
  if (process.getuid() === 0) process.setuid(65534);
  const [, path] = process.argv;
  const backend = new JSONStreamBackend(1, path);
  const logger = new Logger([backend]);
  logger.log([0], {});
  backend.flush();
  rmSync(path);
  chmodSync(dirname(path), 0o555);
  logger.log([1], {});
  try {
    backend.flush();
  } catch (error) {
    console.log(error.code, error.unsaved);
  }
  // A warning comes from the event loop. A second one would follow it.
  const turn = () => new Promise((resolve) => setTimeout(resolve, 50));
  const parent = process.ppid;
  let isWarned = false;
  process.once('warning', () => (isWarned = true));
  while (!isWarned && process.ppid === parent) await turn();
  await turn();
  chmodSync(dirname(path), 0o755);
  backend.close();
`;

test(
  'a log is deleted in a read-only directory: later records wait, with one warning',
  LINUX_ONLY,
  async () => {
    const folder = join(directory, 'read-only');
    mkdirSync(folder);
    chmodSync(directory, 0o755);
    if (process.getuid?.() === 0) chownSync(folder, 65534, 65534);
    const path = join(folder, 'log.json');
    const result = await runScript(UNPRIVILEGED, { args: [path] });
    assert.equal(result.stdout, 'EACCES 1\n', result.stderr);
    assert.equal(result.stderr.match(/Warning: cannot write log/g)?.length, 1, result.stderr);
    assert.deepEqual(steps(path), [1]);
  },
);

test(
  'a log that cannot be created again drops the records that find no room, with one warning',
  LINUX_ONLY,
  async () => {
    const path = join(directory, 'full', 'log.json');
    mkdirSync(join(directory, 'full'));
    const script = `
    import { rmSync } from 'node:fs';
    import { dirname } from 'node:path';
    import { JSONStreamBackend, Logger } from 'dllogger';
    const [, path] = process.argv;
    const backend = new JSONStreamBackend(1, path);
    const logger = new Logger([backend]);
    rmSync(dirname(path), { recursive: true });
    for (let i = 0; i < 20_000; i++) logger.log([i], { loss: i });
    const { records, unsaved, dropped } = backend.stats();
    console.log(records === unsaved, dropped > 0, records + dropped);
  `;
    const result = await runScript(script, { args: [path] });
    assert.equal(result.stdout, 'true true 20000\n', result.stderr);
    assert.equal(result.stderr.match(/Warning: /g)?.length, 1, result.stderr);
    assert.match(
      result.stderr,
      /\d+ records are not saved: cannot write log .*; \d+ records were drop/,
    );
  },
);

test('a lazy unmount of the disk beneath a log loses no record', LINUX_ONLY, (context) => {
  const disk = join(directory, 'disk');
  const other = join(directory, 'other');
  mkdirSync(disk);
  mkdirSync(other);
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'dllogger', disk], { stdio: 'pipe' });
    execFileSync('mount', ['--bind', disk, other], { stdio: 'pipe' });
  } catch {
    context.skip('a tmpfs cannot be mounted here');
    return;
  }
  const path = join(disk, 'log.json');
  const backend = new JSONStreamBackend(1, path);
  const logger = new Logger([backend]);
  logger.log([0], {});
  backend.flush();
  execFileSync('umount', ['--lazy', disk]);
  logger.log([1], {});
  backend.flush();
  logger.log([2], {});
  backend.close();
  // The native implementation notices, and creates the log again where its path leads to.
  const found = existsSync(path) ? steps(path) : [];
  assert.deepEqual([...steps(join(other, 'log.json')), ...found], [0, 1, 2]);
  execFileSync('umount', [other]);
});
