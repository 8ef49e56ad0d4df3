/** The place and the owner of a log's ring: the same for writer, recovery, readers and commands. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { implementation, recover } from 'dllogger';
import { loadRun } from 'dllogger/reader';
import { dllogger } from '../support/cli.js';
import { openLog } from '../support/log.js';
import { readRecords, runScript, temporaryDirectory } from '../support/run.js';

const NATIVE_LINUX = {
  skip:
    implementation === 'native' && process.platform === 'linux'
      ? false
      : 'only the native implementation on Linux has rings that survive a kill',
};

const HEAD = `
  import { JSONStreamBackend, Logger } from 'dllogger';
  const args = process.argv.slice(1);
  const open = (path, options = {}) => new Logger([new JSONStreamBackend(1, path, options)]);
  const log = (logger, from, to) => {
    for (let i = from; i < to; i++) logger.log([i], { loss: i });
  };
  const die = () => process.kill(process.pid, 'SIGKILL');
`;

/** Runs a script that is killed with records in its ring. */
async function killed(script: string, args: readonly string[]): Promise<string> {
  const result = await runScript(HEAD + script, { args });
  assert.equal(result.signal, 'SIGKILL', result.stderr);
  return result.stdout;
}

function hidden(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.startsWith('.'));
}

function steps(path: string): unknown[] {
  return readRecords(path).map((record) => (record.step as number[])[0]);
}

const count = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** The logs of a process that was killed, for the first tests: each with as many records as its number says. */
const home = temporaryDirectory();
const placeOf = (name: string) => join(home, name);
const LONG_NAMES = [
  '日'.repeat(80),
  ...[`${'n'.repeat(201)}a`, `${'n'.repeat(201)}b`, 'n'.repeat(255)],
].map((name) => join(placeOf('names'), name));
const RENAMED = join(placeOf('renamed'), 'before.json');
const LINKED = join(placeOf('real'), 'log.json');
const WITHOUT_BOOT_ID = join(placeOf('boot'), 'log.json');

before(async () => {
  if (NATIVE_LINUX.skip) return;
  for (const name of ['names', 'renamed', 'real', 'boot']) mkdirSync(placeOf(name));
  const logs = [
    ...LONG_NAMES.map((path, i) => [path, i + 1]),
    ...[
      [RENAMED, 100],
      [LINKED, 100],
      [WITHOUT_BOOT_ID, 500],
    ],
  ];
  await killed(
    'for (const [path, records] of JSON.parse(args[0])) log(open(path), 0, records); die();',
    [JSON.stringify(logs)],
  );
});

test(
  'logs whose names are long, or begin alike, keep their records apart',
  NATIVE_LINUX,
  async () => {
    const directory = placeOf('names');
    for (const [i, path] of LONG_NAMES.entries()) {
      const run = await loadRun(path);
      assert.deepEqual([run.counts.LOG, run.ringRecords <= i + 1], [i + 1, true]);
    }
    const listed = await dllogger(['recover', directory, '--list', '--json']);
    const logs = JSON.parse(listed.stdout).map((answer: { path: string }) => answer.path);
    assert.deepEqual(logs, [...LONG_NAMES].sort());
    for (const [i, path] of LONG_NAMES.entries()) {
      recover(path);
      assert.deepEqual(steps(path), count(0, i + 1));
    }
    assert.deepEqual(hidden(directory), []);
  },
);

test('a log that was renamed is read with its ring, and recovered', NATIVE_LINUX, async () => {
  const after = join(placeOf('renamed'), 'after.json');
  renameSync(RENAMED, after);
  assert.equal((await loadRun(after)).counts.LOG, 100);
  recover(after);
  assert.deepEqual(steps(after), count(0, 100));
  assert.deepEqual(hidden(placeOf('renamed')), []);
});

test(
  'recover() of a link finds the ring of the file, with and without a binary',
  NATIVE_LINUX,
  async () => {
    const link = placeOf('link.json');
    symlinkSync(LINKED, link);
    const script = `
    import { recover } from 'dllogger';
    try { recover(process.argv[1]); } catch (error) { console.log(error.code); }`;
    const env = { DLLOGGER_NATIVE: '0' };
    const { stdout } = await runScript(script, { args: [link], env });
    assert.equal(stdout, 'ERR_DLLOGGER_NO_BINARY\n');
    assert.equal((await loadRun(link)).counts.LOG, 100);
    recover(link);
    assert.deepEqual(steps(LINKED), count(0, 100));
  },
);

test('reopen() over a link to another directory takes the ring along', NATIVE_LINUX, async () => {
  const directory = temporaryDirectory();
  const days = ['monday', 'tuesday'].map((day) => join(directory, day));
  for (const day of days) mkdirSync(day);
  const latest = join(directory, 'latest');
  symlinkSync('monday', latest);
  const path = join(latest, 'run.json');
  const stdout = await killed(
    `import { rmSync, symlinkSync } from 'node:fs';
     const [path, latest] = args;
     const backend = new JSONStreamBackend(1, path);
     const logger = new Logger([backend]);
     log(logger, 0, 1000);
     rmSync(latest);
     symlinkSync('tuesday', latest);
     backend.reopen();
     log(logger, 1000, 2000);
     console.log(logger.stats().crashSafe);
     die();`,
    [path, latest],
  );
  assert.equal(stdout, 'true\n');
  const logs = days.map((day) => join(day, 'run.json'));
  assert.equal((await loadRun(path)).counts.LOG, 1000);
  for (const log of [...logs, path]) recover(log);
  assert.deepEqual(logs.map(steps), [count(0, 1000), count(1000, 2000)]);
  for (const day of days) assert.deepEqual(hidden(day), []);
});

test('rotation leaves no link to a ring behind', NATIVE_LINUX, async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'log.json');
  const script = `${HEAD}
    import { readdirSync, renameSync } from 'node:fs';
    const [path, directory] = args;
    const backends = [false, true].map((append) => new JSONStreamBackend(1, path, { append }));
    for (let i = 0; i < 5; i++) {
      renameSync(path, path + '.' + i);
      for (const backend of backends) backend.reopen();
    }
    console.log(readdirSync(directory).filter((name) => name.startsWith('.ring-')).length);
    for (const backend of backends) backend.close();`;
  const { stdout, stderr } = await runScript(script, { args: [path, directory] });
  assert.equal(stdout, '1\n', stderr);
  assert.deepEqual(hidden(directory), []);
});

test(
  'without a boot id there is no ring file, and none is deleted',
  NATIVE_LINUX,
  async (context) => {
    const path = WITHOUT_BOOT_ID;
    const script = `${HEAD}
    const logger = open(args[0], { append: true });
    console.log(logger.stats().notCrashSafe);
    logger.close();`;
    // Hides the kernel's file with the boot id, in a separate mount namespace.
    const hide = 'mount -t tmpfs none /proc/sys/kernel/random && exec "$@"';
    const node = [process.execPath, '--input-type=module', '-e', script, '--', path];
    const inside = ['-m', 'sh', '-c', hide, 'sh'];
    if (spawnSync('unshare', [...inside, 'true']).status !== 0) {
      return context.skip('no mount namespace can be created here');
    }
    const { stdout, stderr } = spawnSync('unshare', [...inside, ...node], { encoding: 'utf8' });
    assert.match(stdout, /does not tell its starts apart/, stderr);
    assert.match(stderr, /cannot be told here/);
    recover(path);
    assert.deepEqual(steps(path), count(0, 500));
  },
);

test(
  'a truncating open that fails keeps the ring of the run before',
  NATIVE_LINUX,
  async (context) => {
    const path = join(temporaryDirectory(), 'log.json');
    await killed(
      'const logger = open(args[0]); log(logger, 0, 9); logger.flush(); log(logger, 9, 500); die();',
      [path],
    );
    if (spawnSync('chattr', ['+a', path]).status !== 0) {
      return context.skip('this file system, or user, makes no file append-only');
    }
    try {
      assert.throws(() => openLog(path), { code: 'EPERM' });
    } finally {
      spawnSync('chattr', ['-a', path]);
    }
    recover(path);
    assert.deepEqual(steps(path), count(0, 500));
  },
);

test("a file in a ring's place that is no ring is left alone", NATIVE_LINUX, async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'log.json');
  writeFileSync(join(directory, '.log.json.ring'), 'mine');
  await killed(
    'const logger = open(args[0]); log(logger, 0, 9); console.log(logger.stats().crashSafe); die();',
    [path],
  );
  assert.throws(() => recover(path), { code: 'ERR_DLLOGGER_RING_DAMAGED' });
  assert.deepEqual(steps(path), count(0, 9));
  const links = hidden(directory).filter((name) => name.startsWith('.ring-'));
  assert.deepEqual(
    links.map((name) => readlinkSync(join(directory, name))),
    [],
  );
  assert.deepEqual(hidden(directory), ['.log.json.ring']);
});
