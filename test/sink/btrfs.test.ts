/** A btrfs that is full, and its snapshots, while the ring lies in shared memory. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { implementation, recover } from 'dllogger';
import { loadRun } from 'dllogger/reader';
import { ringsOf } from '#dist/sink/ring-place.js';
import { isLong, times } from '../support/long.js';
import { LoopDisk } from '../support/loop-disk.js';
import { FULL_AT, readRecords, runScript, temporaryDirectory } from '../support/run.js';
import { SmallDisk } from '../support/small-disk.js';

const skip =
  implementation === 'native' && process.platform === 'linux'
    ? false
    : 'only the native implementation on Linux has rings that survive a kill';

const HEAD = `${FULL_AT}
  import { writeSync } from 'node:fs';
  import { JSONStreamBackend, Logger } from 'dllogger';
  import { SmallDisk } from './out/test/support/small-disk.js';
  const [, path] = process.argv;
  const logger = new Logger([new JSONStreamBackend(1, path, { append: true })]);
  const log = (from, to) => {
    for (let i = from; i < to; i++) logger.log([i], { loss: i });
  };
  const die = () => process.kill(process.pid, 'SIGKILL');
`;

function withBtrfs(
  context: TestContext,
  action: (disk: LoopDisk) => Promise<void>,
): Promise<void> | void {
  const disk = LoopDisk.mount(temporaryDirectory(), 'btrfs');
  if (typeof disk === 'string') return context.skip(disk);
  return action(disk).finally(() => disk.unmount());
}

async function killed(script: string, ...args: readonly string[]): Promise<string> {
  const { signal, stdout, stderr } = await runScript(HEAD + script, { args });
  assert.equal(signal, 'SIGKILL', stderr);
  return stdout;
}

const btrfs = (...args: readonly string[]) => execFileSync('btrfs', args, { stdio: 'pipe' });
const between = (from: number, to: number) => [...Array(to).keys()].slice(from);

function stepsOf(path: string): unknown[] {
  return readRecords(path).map((record) => (record.step as number[])[0]);
}

test('a run that is killed on a full btrfs is recovered when there is room', { skip }, (context) =>
  withBtrfs(context, async (disk) => {
    const path = join(disk.directory, 'run.json');
    const told = await killed(
      `log(0, 500);
       logger.flush();
       SmallDisk.at(process.argv[2]).fill();
       log(500, 3000);
       try { logger.flush(); } catch (error) { writeSync(1, error.code); }
       die();`,
      path,
      disk.directory,
    );
    assert.equal(told, 'ENOSPC');
    assert.equal(ringsOf(path).length, 1);
    assert.equal((await loadRun(path)).counts.LOG, 3000);
    for (let i = 0; i < 2; i++) assert.throws(() => recover(path), { code: 'ENOSPC' });
    assert.equal((await loadRun(path)).counts.LOG, 3000);
    SmallDisk.at(disk.directory).free();
    // The room of a deleted file comes back with the next transaction.
    btrfs('filesystem', 'sync', disk.directory);
    recover(path);
    assert.deepEqual(stepsOf(path), between(0, 3000));
    assert.deepEqual(recover(path), { records: 0, unfinished: 0, left: [] });
    assert.deepEqual(ringsOf(path), []);
  }),
);

test(
  'a snapshot has what was written when it was taken; a log rolled back to it gets what is in the ring, and no other record',
  { skip },
  (context) =>
    withBtrfs(context, async (disk) => {
      const place = (name: string) => join(disk.directory, name);
      for (const run of ['kept', 'rolled-back']) btrfs('subvolume', 'create', place(run));
      // Two runs of 3,000 records, of which the last 1,000 are only in the rings. Snapshots were taken after 1,000.
      await killed(
        `const rolledBack = new Logger([new JSONStreamBackend(1, process.argv[2])]);
         const logBoth = (from, to) => {
           log(from, to);
           for (let i = from; i < to; i++) rolledBack.log([i], { loss: i });
         };
         const flushBoth = () => [logger, rolledBack].map((one) => one.flush());
         logBoth(0, 1000);
         flushBoth();
         for (const run of process.argv.slice(3)) {
           runNow('btrfs', ['subvolume', 'snapshot', run, run + '.1'], { stdio: 'pipe' });
         }
         logBoth(1000, 2000);
         flushBoth();
         fullAt(0);
         logBoth(2000, 3000);
         die();`,
        ...[place('kept/log'), place('rolled-back/log'), place('kept'), place('rolled-back')],
      );
      const [kept, copy, rolledBack] = ['kept/log', 'kept.1/log', 'rolled-back/log'].map(place);
      assert.ok(kept !== undefined && copy !== undefined && rolledBack !== undefined);
      assert.deepEqual(ringsOf(copy), []);
      assert.equal((await loadRun(copy)).counts.LOG, 1000);
      assert.deepEqual(recover(copy), { records: 0, unfinished: 0, left: [] });
      assert.deepEqual(stepsOf(copy), between(0, 1000));
      assert.equal((await loadRun(kept)).counts.LOG, 3000);
      assert.equal(recover(kept).records, 1000);
      assert.deepEqual(stepsOf(kept), between(0, 3000));

      btrfs('subvolume', 'delete', place('rolled-back'));
      btrfs('subvolume', 'snapshot', place('rolled-back.1'), place('rolled-back'));
      assert.equal((await loadRun(rolledBack)).counts.LOG, 2000);
      assert.equal(recover(rolledBack).records, 1000);
      assert.deepEqual(stepsOf(rolledBack), [...between(0, 1000), ...between(2000, 3000)]);
      assert.deepEqual(ringsOf(rolledBack), []);
    }),
);

test(
  'snapshots in a burst hold whole records in order, and at most one unfinished line',
  {
    skip,
  },
  (context) =>
    withBtrfs(context, async (disk) => {
      const run = join(disk.directory, 'run');
      btrfs('subvolume', 'create', run);
      const path = join(run, 'log');
      const copies = [...(isLong ? 'abcdefgh' : 'abcd')].map((name) => join(disk.directory, name));
      await killed(
        `import { spawn } from 'node:child_process';
       import { setImmediate } from 'node:timers/promises';
       const [, , run, ...copies] = process.argv;
       const script = 'run=$1; shift; for copy; do btrfs subvolume snapshot "$run" "$copy"; done';
       let isEnded = false;
       spawn('sh', ['-c', script, 'sh', run, ...copies]).on('exit', () => (isEnded = true));
       // The bound keeps room on the disk, however long the snapshots take.
       for (let i = 0; !isEnded; await setImmediate()) {
         if (i < ${times(40_000, 500_000)}) log(i, (i += 100));
       }
       die();`,
        path,
        run,
        ...copies,
      );
      const sizes = copies.map((copy) => {
        const { records, unfinished } = recover(join(copy, 'log'));
        assert.equal(records, 0);
        const lines = readFileSync(join(copy, 'log'), 'utf8').split('\n');
        assert.equal(lines.pop(), '');
        if (unfinished > 0) assert.equal(lines.pop()?.length, unfinished);
        const steps = lines.map((line) => JSON.parse(line.slice('DLLL '.length)).step[0]);
        assert.equal(String(steps), String(between(0, steps.length)));
        return steps.length;
      });
      recover(path);
      const steps = stepsOf(path);
      assert.equal(String(steps), String(between(0, steps.length)));
      assert.deepEqual(
        [...sizes, steps.length],
        [...sizes, steps.length].sort((a, b) => a - b),
      );
    }),
);
