/**
 * Rings in a small shared memory, as in containers: dead rings that no log needs make room, all others stay. The logs
 * lie on a FUSE file system, where no ring can lie beside its log.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { implementation } from 'dllogger';
import { times } from '../support/long.js';
import { LoopDisk } from '../support/loop-disk.js';
import { FULL_AT, ROOT, temporaryDirectory } from '../support/run.js';

const skip =
  implementation === 'native' && process.platform === 'linux'
    ? false
    : 'only the native implementation on Linux has rings that survive a kill';

/** Room for three rings. */
const SMALL = 'size=4m';

const HEAD = `
  import { spawnSync } from 'node:child_process';
  import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
  import { dirname, join } from 'node:path';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { JSONStreamBackend, Logger, recover } from 'dllogger';
  const disk = process.argv[1];
  const warnings = [];
  process.on('warning', ({ code, message }) => warnings.push(code + ' ' + message));
  const at = (name) => {
    mkdirSync(dirname(join(disk, name)), { recursive: true });
    return join(disk, name);
  };
  const open = (name) => new JSONStreamBackend(1, at(name), { append: true });
  const rings = () => readdirSync('/dev/shm/dllogger-0').filter((name) => name.endsWith('.ring'));
  /** A run that is killed: with records in its ring, or when all of them are written. */
  const killed = (name, isWritten) => {
    const script = \`
      ${FULL_AT}
      import { JSONStreamBackend, Logger } from 'dllogger';
      const [, path, isWritten] = process.argv;
      const backend = new JSONStreamBackend(1, path, { append: true });
      const logger = new Logger([backend]);
      if (!isWritten) fullAt(0);
      for (let i = 0; i < 500; i++) logger.log([i], { loss: i });
      if (isWritten) logger.flush();
      console.log(backend.stats().crashSafe);
      process.kill(process.pid, 'SIGKILL');\`;
    const args = ['--input-type=module', '-e', script, '--', at(name), isWritten ? 'written' : ''];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (stdout !== 'true\\n') throw new Error(stdout + stderr);
  };
  const lines = (name) => readFileSync(join(disk, name), 'utf8').split('\\n').length - 1;
  const tell = (what) => console.log(JSON.stringify({ ...what, warnings }));
`;

interface Told {
  readonly warnings: readonly string[];
  readonly [name: string]: unknown;
}

/** Runs the end of a script where only this process and its children see a small /dev/shm. */
function inSmallMemory(context: TestContext, script: string): Told | undefined {
  const disk = LoopDisk.mount(temporaryDirectory(), 'bindfs');
  if (typeof disk === 'string') {
    context.skip(disk);
    return undefined;
  }
  try {
    const node = [process.execPath, '--input-type=module', '-e', HEAD + script, '--'];
    const prepare = `mount -t tmpfs -o ${SMALL} none /dev/shm && exec "$@"`;
    const args = ['-m', 'sh', '-c', prepare, 'sh', ...node, join(disk.directory)];
    const env = { ...process.env, XDG_RUNTIME_DIR: '' };
    const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8', cwd: ROOT, env });
    assert.notEqual(stdout, '', stderr);
    return JSON.parse(stdout) as Told;
  } finally {
    disk.unmount();
  }
}

test('shared memory full of live rings: plain memory, as stats() and one warning say', {
  skip,
}, (context) => {
  const told = inSmallMemory(
    context,
    `const names = ['a', 'b', 'c', 'd', 'e'];
     const backends = names.map(open);
     for (const backend of backends) new Logger([backend]).log([0], { loss: 1 });
     const safe = backends.map((backend) => backend.stats().crashSafe);
     const reason = backends[4].stats().notCrashSafe;
     backends[0].close();
     const next = open('next');
     const isNextSafe = next.stats().crashSafe;
     for (const backend of [...backends, next]) backend.close();
     await sleep(1);
     tell({ safe, reason, isNextSafe, lines: names.map(lines), left: rings() });`,
  );
  if (told === undefined) return;
  const { warnings, reason, ...rest } = told;
  assert.deepEqual(rest, {
    safe: [true, true, true, false, false],
    isNextSafe: true,
    lines: [1, 1, 1, 1, 1],
    left: [],
  });
  assert.match(String(reason), /nor one in shared memory: No space left on device$/);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0] ?? '',
    /^DLLOGGER_NOT_CRASH_SAFE log ".*d": records .* would not survive a kill: fuse.* No space left on device/,
  );
});

test('empty rings of killed runs are deleted by the next open, also by that of another log', {
  skip,
}, (context) => {
  const told = inSmallMemory(
    context,
    `for (let i = 0; i < ${times(3, 8)}; i++) {
       killed('run-' + i + '/log', true);
       if (i % 2 === 0) rmSync(join(disk, 'run-' + i), { recursive: true });
     }
     const dead = rings().length;
     const backend = open('log');
     const { length } = rings();
     backend.close();
     tell({ dead, length, left: rings(), links: readdirSync('/dev/shm/dllogger-0') });`,
  );
  if (told === undefined) return;
  assert.deepEqual(told, { dead: 1, length: 1, left: [], links: [], warnings: [] });
});

/** What happens to the log of a killed run. The code may return a function that restores the log. */
const CHANGES = {
  'is deleted': "rmSync(at('old/log'));",
  'is deleted with its directory': "rmSync(at('old'), { recursive: true });",
  'is deleted with its directory, which is created again':
    "rmSync(at('old'), { recursive: true }); mkdirSync(at('old'));",
  'is there': "return () => { recover(at('old/log')); return lines('old/log'); };",
  'has another name': `renameSync(at('old/log'), at('old/renamed'));
    return () => { recover(at('old/log')); return lines('old/log'); };`,
  'lies on a disk that is not mounted': `mount('mount', '--bind', disk, '/mnt');
    mount('umount', disk);
    return () => {
      mount('mount', '--bind', '/mnt', disk);
      recover(at('old/log'));
      return lines('old/log');
    };`,
};
type Change = keyof typeof CHANGES;
/** The first three leave no log that needs the ring. */
const GONE = Object.keys(CHANGES).slice(0, 3) as Change[];
const KEPT = Object.keys(CHANGES).slice(3) as Change[];

let pressed: Told | undefined;

/**
 * Leaves the ring of a killed run, changes its log, and opens so many logs that the ring's room is needed. One process
 * does so for all changes in turn, with a new shared memory for each.
 */
function pressedBy(change: Change, context: TestContext): Told | undefined {
  const changes = Object.entries(CHANGES).map(
    ([how, code]) => `[${JSON.stringify(how)}, () => {${code}}]`,
  );
  pressed ??= inSmallMemory(
    context,
    `const mount = (...args) => {
       const { status, stderr } = spawnSync(args[0], args.slice(1), { encoding: 'utf8' });
       if (status !== 0) throw new Error(stderr);
     };
     const told = {};
     for (const [how, change] of [${changes}]) {
       mount('umount', '/dev/shm');
       mount('mount', '-t', 'tmpfs', '-o', '${SMALL}', 'none', '/dev/shm');
       for (const name of readdirSync(disk)) rmSync(at(name), { recursive: true });
       warnings.length = 0;
       killed('old/log', false);
       const [ring] = rings();
       const restore = change();
       const backends = ['a', 'b', 'c'].map(open);
       const safe = backends.map((backend) => backend.stats().crashSafe);
       const isThere = existsSync('/dev/shm/dllogger-0/' + ring);
       for (const backend of backends) backend.close();
       await sleep(1);
       told[how] = { safe, isThere, found: restore?.(), warnings: [...warnings] };
     }
     tell(told);`,
  );
  return pressed?.[change] as Told | undefined;
}

for (const how of GONE) {
  test(`a ring whose log ${how} stays until its room is needed`, { skip }, (context) => {
    const told = pressedBy(how, context);
    if (told === undefined) return;
    const { safe, isThere, warnings } = told;
    assert.deepEqual([safe, isThere], [[true, true, true], false]);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? '',
      /^DLLOGGER_RECOVERY log ".*c": "\/dev\/shm\/dllogger-0\/\.log~.*\.ring" was deleted with the records in it/,
    );
  });
}

for (const how of KEPT) {
  test(`a ring whose log ${how} is never deleted for its room`, { skip }, (context) => {
    const told = pressedBy(how, context);
    if (told === undefined) return;
    const { isThere, found, warnings } = told;
    assert.deepEqual([isThere, found], [true, 500], warnings.join('\n'));
  });
}
