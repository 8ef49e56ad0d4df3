/** Kills on real file systems: where the log's own keeps no reservations, the ring lies in shared memory. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { implementation, recover } from 'dllogger';
import { loadRun } from 'dllogger/reader';
import { ringsOf } from '#dist/sink/ring-place.js';
import { dllogger } from '../support/cli.js';
import { type Disk, LoopDisk } from '../support/loop-disk.js';
import { readRecords, runScript, temporaryDirectory } from '../support/run.js';

const skip =
  implementation === 'native' && process.platform === 'linux'
    ? false
    : 'only the native implementation on Linux has rings that survive a kill';

const RECORDS = 500;
const SCRIPT = `
  import { JSONStreamBackend, Logger } from 'dllogger';
  const [, path, end] = process.argv;
  const backend = new JSONStreamBackend(1, path, { append: true });
  const logger = new Logger([backend]);
  const { crashSafe, notCrashSafe, ring, hasLocks } = backend.stats();
  console.log(JSON.stringify({ crashSafe, notCrashSafe, ring, hasLocks }));
  for (let i = 0; i < ${RECORDS}; i++) logger.log([i], { loss: i });
  if (end === 'kill') process.kill(process.pid, 'SIGKILL');
`;

interface Told {
  readonly crashSafe: boolean;
  readonly notCrashSafe?: string;
  readonly ring?: string;
  readonly hasLocks: boolean;
}

async function killed(path: string): Promise<Told> {
  const { signal, stdout, stderr } = await runScript(SCRIPT, { args: [path, 'kill'] });
  assert.equal(signal, 'SIGKILL', stderr);
  return JSON.parse(stdout);
}

function assertAll(path: string): void {
  const steps = readRecords(path).map((record) => (record.step as number[])[0]);
  assert.deepEqual(steps, [...Array(RECORDS).keys()]);
}

const PLACES: readonly [Disk, beside: boolean][] = [
  ['ext4', true],
  ['xfs', true],
  ['btrfs', false],
  ['vfat', false],
  ['bindfs', false],
  ['overlay', false],
];

for (const [kind, isBeside] of PLACES) {
  test(`a kill on ${kind} loses nothing`, { skip }, async (context) => {
    const disk = LoopDisk.mount(temporaryDirectory(), kind);
    if (typeof disk === 'string') return context.skip(disk);
    try {
      const path = join(disk.directory, 'run.json');
      const { ring = '', ...told } = await killed(path);
      assert.deepEqual(told, { crashSafe: true, hasLocks: true });
      assert.equal(dirname(ring), isBeside ? disk.directory : '/dev/shm/dllogger-0');
      assert.deepEqual(ringsOf(path), [ring]);
      assert.equal((await loadRun(path)).counts.LOG, RECORDS);
      const listed = await dllogger(['recover', '--list', '--json', disk.directory]);
      assert.equal(JSON.parse(listed.stdout)[0]?.path, path);
      recover(path);
      assertAll(path);
      assert.ok(!existsSync(ring));
      assert.deepEqual(
        readdirSync(disk.directory).filter((name) => name.startsWith('.')),
        [],
      );
    } finally {
      disk.unmount();
    }
  });
}

test('on a btrfs a log that was renamed or moved finds its ring, also while nothing can be written', {
  skip,
}, async (context) => {
  const disk = LoopDisk.mount(temporaryDirectory(), 'btrfs');
  if (typeof disk === 'string') return context.skip(disk);
  try {
    const path = join(disk.directory, 'run.json');
    await killed(path);
    mkdirSync(join(disk.directory, 'old'));
    const moved = join(disk.directory, 'old', 'moved.json');
    renameSync(path, moved);
    assert.equal((await loadRun(moved)).counts.LOG, RECORDS);
    disk.makeReadOnly();
    assert.throws(() => recover(moved), { code: 'EROFS' });
    assert.equal((await loadRun(moved)).counts.LOG, RECORDS);
    disk.makeWritable();
    recover(moved);
    assertAll(moved);
  } finally {
    disk.unmount();
  }
});

/** Runs the script after `prepare` has changed /dev/shm, in a mount namespace of its own. */
function toldIn(prepare: string, path: string, env: Readonly<Record<string, string>> = {}): Told {
  const node = [process.execPath, '--input-type=module', '-e', SCRIPT, '--', path];
  const args = ['-m', 'sh', '-c', `${prepare} && exec "$@"`, 'sh', ...node];
  const { stdout, stderr } = spawnSync('unshare', args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

test('shared memory that is full, planted, linked or missing: plain memory, and stats() says so', {
  skip,
}, async (context) => {
  const disk = LoopDisk.mount(temporaryDirectory(), 'bindfs');
  if (typeof disk === 'string') return context.skip(disk);
  try {
    const own = 'mount -t tmpfs -o size=64k none /dev/shm';
    const cases: readonly [prepare: string, reason: RegExp][] = [
      [own, /fuse.* is not known to keep .*, nor one in shared memory: No space left on device/],
      [
        `${own} && mkdir /dev/shm/dllogger-0 && chown 65534 /dev/shm/dllogger-0`,
        /no shared memory/,
      ],
      [`${own} && mkdir /dev/shm/dllogger-0 && chmod 777 /dev/shm/dllogger-0`, /no shared memory/],
      [`${own} && ln -s /tmp /dev/shm/dllogger-0`, /no shared memory/],
      ['mount --bind /proc /dev/shm', /no shared memory/],
    ];
    for (const [i, [prepare, reason]] of cases.entries()) {
      const path = join(disk.directory, `${i}.json`);
      const { crashSafe, notCrashSafe = '', ring } = toldIn(prepare, path, { XDG_RUNTIME_DIR: '' });
      assert.deepEqual([crashSafe, ring], [false, undefined]);
      assert.match(notCrashSafe, reason);
      assertAll(path);
    }
  } finally {
    disk.unmount();
  }
});

test('without /dev/shm the ring lies in XDG_RUNTIME_DIR, where that is memory', {
  skip,
}, async (context) => {
  const directory = temporaryDirectory();
  const disk = LoopDisk.mount(directory, 'bindfs');
  if (typeof disk === 'string') return context.skip(disk);
  try {
    const runtime = join(directory, 'runtime');
    mkdirSync(runtime);
    const path = join(disk.directory, 'run.json');
    const prepare = `mount --bind /proc /dev/shm && mount -t tmpfs none '${runtime}'`;
    const { crashSafe, ring = '' } = toldIn(prepare, path, { XDG_RUNTIME_DIR: runtime });
    assert.deepEqual([crashSafe, dirname(ring)], [true, join(runtime, 'dllogger-0')]);
    const plain = toldIn('mount --bind /proc /dev/shm', join(disk.directory, 'b.json'), {
      XDG_RUNTIME_DIR: runtime,
    });
    assert.equal(plain.crashSafe, false);
  } finally {
    disk.unmount();
  }
});
