import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { implementation, JSONStreamBackend, Logger } from 'dllogger';
import { dllogger } from '../support/cli.js';
import { FULL_AT, readRecords, runScript, temporaryDirectory } from '../support/run.js';

const skip = implementation === 'native' ? false : 'only the native implementation has rings';

/** Makes logs of a killed run. Log `i` has one record in its file, and `i + 1` more in its ring. */
async function killedRuns(...paths: readonly string[]): Promise<void> {
  const { signal, stderr } = await runScript(
    `${FULL_AT}
     import { JSONStreamBackend, Logger } from 'dllogger';
     const loggers = ${JSON.stringify(paths)}.map((path) => {
       const logger = new Logger([new JSONStreamBackend(1, path)]);
       logger.log([0], {});
       logger.flush();
       return logger;
     });
     fullAt(0);
     loggers.forEach((logger, i) => {
       for (let n = 0; n <= i; n++) logger.log([n + 1], { n });
     });
     process.kill(process.pid, 'SIGKILL');`,
  );
  assert.equal(signal, 'SIGKILL', stderr);
}

function ringsIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.ring'));
}

test('all logs of a directory are recovered, with -r also those below it', {
  skip,
}, async (context) => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'below'));
  const paths = ['a.json', 'b.json', 'below/c.json'].map((name) => join(directory, name));
  await killedRuns(...paths);
  if (ringsIn(directory).length === 0) return context.skip('this file system allows no ring file');
  const [a = '', b = '', c = ''] = paths;

  const before = paths.map((path) => readFileSync(path, 'utf8'));
  const listed = await dllogger(['recover', directory, '-r', '--list']);
  assert.deepEqual(
    [listed.code, listed.stdout],
    [0, `${a}: 1 record to recover\n${b}: 2 records to recover\n${c}: 3 records to recover\n`],
  );
  assert.deepEqual(
    paths.map((path) => readFileSync(path, 'utf8')),
    before,
  );

  const first = await dllogger(['recover', directory]);
  assert.deepEqual(
    [first.code, first.stdout],
    [0, `${a}: 1 record recovered\n${b}: 2 records recovered\n`],
  );
  assert.equal(readRecords(c).length, 1);

  const second = await dllogger(['recover', directory, '--recursive', '--json']);
  assert.deepEqual(JSON.parse(second.stdout), [{ path: c, records: 3, unfinished: 0, left: [] }]);
  assert.deepEqual(
    paths.map((path) => readRecords(path).length),
    [2, 3, 4],
  );
  const third = await dllogger(['recover', directory, '-r']);
  assert.deepEqual([third.code, third.stdout], [0, `${directory}: nothing to recover\n`]);
});

const OTHERS =
  skip ||
  (process.platform === 'linux' && process.getuid?.() === 0
    ? false
    : 'only root may read the shared memory of another user');

test("root recovers another user's log whose ring lies in shared memory, and only that user's", {
  skip: OTHERS,
}, async (context) => {
  // Another number for each process, so that the user's shared memory is this test's alone.
  const user = 60_000 + (process.pid % 5000);
  const memory = `/dev/shm/dllogger-${user}`;
  after(() => rmSync(memory, { recursive: true, force: true }));
  const directory = temporaryDirectory();
  const names = ['theirs', 'foreign', 'loop', 'linked'];
  const paths = names.map((name) => join(directory, `${name}.json`));
  const [theirs = '', foreign = '', loop = '', linked = ''] = paths;
  for (const path of paths) {
    writeFileSync(path, '');
    if (path === foreign) chmodSync(path, 0o666);
    else chownSync(path, user, user);
  }
  // The user may not write the directory, which therefore takes no ring.
  chmodSync(directory, 0o755);
  const { signal, stdout, stderr } = await runScript(
    `${FULL_AT}
     process.setuid(${user});
     const { writeSync } = await import('node:fs');
     const { JSONStreamBackend, Logger } = await import('dllogger');
     const backends = process.argv.slice(1).map((path) => new JSONStreamBackend(1, path, { append: true }));
     fullAt(0);
     new Logger(backends).log([0], {});
     for (const backend of backends) writeSync(1, backend.stats().ring + '\\n');
     process.kill(process.pid, 'SIGKILL');`,
    { args: paths },
  );
  assert.equal(signal, 'SIGKILL', stderr);
  const [ring = '', , , ringOfLinked = ''] = stdout.split('\n');
  if (!ring.startsWith(`${memory}/`)) return context.skip('no ring lies in shared memory here');
  // What a user may put in the way of root.
  rmSync(loop);
  symlinkSync('loop.json', loop);
  renameSync(ringOfLinked, join(memory, 'moved'));
  symlinkSync('moved', ringOfLinked);
  execFileSync('mkfifo', [join(memory, '.pipe~0123456789abcdef.ring')]);

  const listed = await dllogger(['recover', directory, '--list']);
  assert.equal(listed.stdout, `${theirs}: 1 record to recover\n`);
  const recovered = await dllogger(['recover', directory]);
  assert.deepEqual([recovered.code, recovered.stdout], [0, `${theirs}: 1 record recovered\n`]);
  assert.equal(existsSync(ring), false);
  assert.deepEqual([readFileSync(foreign, 'utf8'), readFileSync(linked, 'utf8')], ['', '']);
});

test('what only looks like a ring, or like shared memory, does not keep others from recovery', {
  skip: skip || (process.platform === 'win32' && 'Windows has no pipe with a name in a directory'),
}, async (context) => {
  const directory = temporaryDirectory();
  const path = join(directory, 'a.json');
  await killedRuns(path);
  if (ringsIn(directory).length === 0) return context.skip('this file system allows no ring file');
  execFileSync('mkfifo', [join(directory, '.pipe~0123456789abcdef.ring')]);
  const loop = join(directory, 'loop');
  symlinkSync('loop', loop);
  const { code, stdout } = await dllogger(['recover', directory], {
    env: { XDG_RUNTIME_DIR: loop },
  });
  assert.deepEqual([code, stdout], [0, `${path}: 1 record recovered\n`]);
});

test('rings whose log is gone are named, and no log is created for them', {
  skip,
}, async (context) => {
  const directory = temporaryDirectory();
  const removed = join(directory, 'removed.json');
  const renamed = join(directory, 'renamed.json');
  await killedRuns(removed, renamed);
  const rings = ringsIn(directory);
  if (rings.length === 0) return context.skip('this file system allows no ring file');
  rmSync(removed);
  renameSync(renamed, join(directory, 'new.json'));

  for (const options of [[], ['--list']]) {
    const { code, stdout } = await dllogger(['recover', directory, ...options]);
    assert.equal(code, 1);
    assert.match(stdout, /removed\.json: is gone\n.*\n.*renamed\.json: is gone\n/);
    for (const ring of rings) assert.ok(stdout.includes(ring), stdout);
    assert.deepEqual([existsSync(removed), existsSync(renamed)], [false, false]);
    assert.deepEqual(ringsIn(directory), rings);
  }
  const { code, stdout } = await dllogger(['recover', removed]);
  assert.deepEqual([code, stdout], [0, `${removed}: 1 record recovered\n`]);

  // A recovery that may not delete the ring empties it.
  for (const ring of ringsIn(directory)) writeFileSync(join(directory, ring), '');
  const emptied = await dllogger(['recover', directory]);
  assert.deepEqual([emptied.code, emptied.stdout], [0, `${directory}: nothing to recover\n`]);
  const none = await dllogger(['recover', renamed]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /renamed\.json.*ENOENT/);
  assert.equal(existsSync(renamed), false);
});

test('a live run is not disturbed', { skip }, async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'live.json');
  const backend = new JSONStreamBackend(1, path);
  const logger = new Logger([backend]);
  logger.log([0], {});
  const { code, stdout } = await dllogger(['recover', directory]);
  logger.log([1], {});
  backend.close();
  assert.equal(code, 0);
  assert.match(stdout, /live\.json: nothing to recover\n|nothing to recover\n/);
  assert.equal(readRecords(path).length, 2);
});

test('a log that cannot be recovered does not stop the recovery of others', {
  skip,
}, async (context) => {
  const directory = temporaryDirectory();
  const paths = ['a.json', 'b.json'].map((name) => join(directory, name));
  await killedRuns(...paths);
  const missing = join(directory, 'none.json');
  if (ringsIn(directory).length === 0) return context.skip('this file system allows no ring file');
  for (const options of [['--list'], []]) {
    const { code, stdout, stderr } = await dllogger(['recover', missing, directory, ...options]);
    assert.equal(code, 2);
    assert.match(stderr, /none\.json.*ENOENT/);
    assert.equal(stdout.split('\n').length, 3, stdout);
  }
});
