/** Kills on real file systems: where the log's own keeps no reservations, the ring lies in shared memory. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { implementation, recover } from 'dllogger';
import { loadRun } from 'dllogger/reader';
import { ringsOf } from '#dist/sink/ring-place.js';
import { dllogger } from '../support/cli.js';
import { type Disk, LoopDisk } from '../support/loop-disk.js';
import { FULL_AT, readRecords, runScript, temporaryDirectory } from '../support/run.js';

const skip =
  implementation === 'native' && process.platform === 'linux'
    ? false
    : 'only the native implementation on Linux has rings that survive a kill';

const RECORDS = 500;
const HEAD = `${FULL_AT}
  import { JSONStreamBackend, Logger } from 'dllogger';
  const logs = JSON.parse(process.argv[1]);
  const open = (path) => {
    const backend = new JSONStreamBackend(1, path, { append: true });
    const { crashSafe, notCrashSafe, ring, hasLocks } = backend.stats();
    console.log(JSON.stringify({ crashSafe, notCrashSafe, ring, hasLocks }));
    return backend;
  };
  const log = (backend) => {
    const logger = new Logger([backend]);
    for (let i = 0; i < ${RECORDS}; i++) logger.log([i], { loss: i });
  };
`;
/** Logs to all paths, and is killed with the records in the rings. */
const KILLED = `${HEAD}
  const backends = logs.map(open);
  fullAt(0);
  backends.forEach(log);
  process.kill(process.pid, 'SIGKILL');
`;
/** Logs to each path, after a command of its own that changes /dev/shm. */
const PREPARED = `${HEAD}
  for (const [path, prepare] of logs) {
    runNow('sh', ['-c', prepare]);
    const backend = open(path);
    log(backend);
    backend.close();
    runNow('umount', ['-l', '/dev/shm']);
  }
`;

interface Told {
  readonly crashSafe: boolean;
  readonly notCrashSafe?: string;
  readonly ring?: string;
  readonly hasLocks: boolean;
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

/** A disk with the log of a process that was killed, or the reason why there is no such disk. */
interface Place {
  readonly disk: LoopDisk | string;
  readonly path: string;
  told?: Told;
}
const places: Place[] = [];
// Before the hook that removes the directory.
after(() => {
  for (const { disk } of places) if (disk instanceof LoopDisk) disk.unmount();
});
const home = temporaryDirectory();

/** One process logs to all disks. The last is for the log that is renamed. */
before(async () => {
  if (skip) return;
  for (const [index, kind] of [...PLACES.map(([kind]) => kind), 'btrfs' as const].entries()) {
    const parent = join(home, `${index}`);
    mkdirSync(parent);
    const disk = LoopDisk.mount(parent, kind);
    const path = disk instanceof LoopDisk ? join(disk.directory, 'run.json') : '';
    places.push({ disk, path });
  }
  const mounted = places.filter(({ disk }) => disk instanceof LoopDisk);
  const args = [JSON.stringify(mounted.map(({ path }) => path))];
  const { signal, stdout, stderr } = await runScript(KILLED, { args });
  assert.equal(signal, 'SIGKILL', stderr);
  const lines = stdout.trimEnd().split('\n');
  for (const [index, place] of mounted.entries()) place.told = JSON.parse(lines[index] ?? '');
});

for (const [index, [kind, isBeside]] of PLACES.entries()) {
  test(`a kill on ${kind} loses nothing`, { skip }, async (context) => {
    const { disk, path = '', told: all } = places[index] ?? {};
    if (!(disk instanceof LoopDisk)) return context.skip(disk);
    const { ring = '', ...told } = all ?? {};
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
  });
}

test('on a btrfs a log that was renamed or moved finds its ring, also while nothing can be written', {
  skip,
}, async (context) => {
  const { disk, path = '' } = places.at(-1) ?? {};
  if (!(disk instanceof LoopDisk)) return context.skip(disk);
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
});

/**
 * Logs to each path after its command has changed /dev/shm, in a mount namespace of its own. Returns what each backend
 * told.
 */
function toldIn(logs: readonly (readonly [path: string, prepare: string])[], runtime = ''): Told[] {
  const node = [
    process.execPath,
    '--input-type=module',
    '-e',
    PREPARED,
    '--',
    JSON.stringify(logs),
  ];
  const { stdout, stderr } = spawnSync('unshare', ['-m', ...node], {
    encoding: 'utf8',
    env: { ...process.env, XDG_RUNTIME_DIR: runtime },
  });
  assert.notEqual(stdout, '', stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
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
    const pathOf = (i: number) => join(disk.directory, `${i}.json`);
    const all = toldIn(cases.map(([prepare], i) => [pathOf(i), prepare]));
    for (const [i, [, reason]] of cases.entries()) {
      const { crashSafe, notCrashSafe = '', ring } = all[i] ?? {};
      assert.deepEqual([crashSafe, ring], [false, undefined]);
      assert.match(notCrashSafe, reason);
      assertAll(pathOf(i));
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
    const hide = 'mount --bind /proc /dev/shm';
    const [told, plain] = toldIn(
      [
        [join(disk.directory, 'run.json'), `${hide} && mount -t tmpfs none '${runtime}'`],
        [join(disk.directory, 'b.json'), `${hide} && umount '${runtime}'`],
      ],
      runtime,
    );
    assert.equal(told?.crashSafe, true);
    assert.equal(dirname(told.ring ?? ''), join(runtime, 'dllogger-0'));
    assert.equal(plain?.crashSafe, false);
  } finally {
    disk.unmount();
  }
});
