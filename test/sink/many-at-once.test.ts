/** Many loggers at once in one process: at each limit of the system, open logs lose nothing. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { recover } from 'dllogger';
import { openLog } from '../support/log.js';
import { isLong, times } from '../support/long.js';
import { readRecords, run, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const IS_NATIVE = process.env.DLLOGGER_NATIVE !== '0';
const LINUX_ONLY = { skip: process.platform === 'linux' ? false : 'needs prlimit and /proc' };
const THREADS = {
  skip: LINUX_ONLY.skip || (IS_NATIVE ? false : 'only the native implementation has threads'),
};

/** Beside the log, the native implementation opens a second file: either may be the one that is refused. */
const LIMITS = IS_NATIVE ? [80, 81] : [80];

/** Opens logs until one cannot be opened, and prints which one and why. Then logs one record to each. */
const OPEN_UNTIL_REFUSED = `
  import { spawnSync } from 'node:child_process';
  import { readFileSync } from 'node:fs';
  import { JSONStreamBackend, Logger } from 'dllogger';
  const [, folder, kind, value] = process.argv;
  // Loaded and compiled before the limit holds, since the engine ends a process in which it finds no memory.
  new JSONStreamBackend(1, folder + '/first.json').close();
  try { new JSONStreamBackend(1, folder); } catch {}
  // Its memory is for the engine when there is no other.
  const reserve = new JSONStreamBackend(1, folder + '/reserve.json');
  if (kind === 'as') {
    const used = Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
    spawnSync('prlimit', ['--pid', String(process.pid), '--as=' + (used + Number(value))]);
  }
  const loggers = [];
  let refusal;
  for (let i = 0; refusal === undefined && i < 10_000; i++) {
    try {
      loggers.push(new Logger([new JSONStreamBackend(1, folder + '/' + i + '.json')]));
      loggers.at(-1).log([0], { i });
    } catch (error) {
      refusal = error;
      reserve.close();
    }
  }
  for (const [i, logger] of loggers.entries()) logger.log([1], { i });
  const { code, message } = refusal ?? {};
  for (const logger of loggers.slice(0, -1)) logger.close();
  console.log(JSON.stringify({ count: loggers.length, code, message }));
`;

interface Refused {
  readonly count: number;
  readonly code: string;
  readonly message: string;
}

/** Logs with a record each, which a truncating open empties. */
function folderOf(name: string, logs: number): string {
  const folder = join(directory, name);
  mkdirSync(folder);
  for (let i = 0; i < logs; i++) writeFileSync(join(folder, `${i}.json`), 'before\n');
  return folder;
}

/** Checks that every opened log has all its records, and that the log that could not be opened is unchanged. */
function check(folder: string, { count, message }: Refused): void {
  assert.ok(count > 5, `${count}`);
  assert.ok(message.startsWith(`cannot open log "${folder}/${count}.json": `), message);
  for (let i = 0; i < count; i++) {
    const found = readRecords(join(folder, `${i}.json`)).map(({ step, data }) => [step, data.i]);
    assert.deepEqual(found, [
      [[0], i],
      [[1], i],
    ]);
  }
  assert.equal(readFileSync(join(folder, `${count}.json`), 'utf8'), 'before\n');
  assert.deepEqual(hidden(folder), []);
}

function hidden(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('.'));
}

/**
 * Opens the logs again that were closed while there was no memory, the refused one and the reserve: their links to a ring
 * may be left, for want of the memory that names take.
 */
function openLinked(folder: string, { count }: Refused): void {
  for (const name of ['reserve.json', `${count}.json`]) {
    const path = join(folder, name);
    if (hidden(folder).includes(`.ring-${statSync(path).ino}`)) openLog(path, true).close();
  }
}

for (const limit of LIMITS) {
  test(`at the limit of ${limit} open files, open logs lose nothing`, LINUX_ONLY, async () => {
    const folder = folderOf(`files${limit}`, limit);
    const args = ['--input-type=module', '-e', OPEN_UNTIL_REFUSED, '--', folder];
    const script = `ulimit -n ${limit}; exec "$@"`;
    const result = await run('sh', ['-c', script, 'sh', process.execPath, ...args]);
    assert.equal(result.code, 0, result.stderr);
    const refused = JSON.parse(result.stdout) as Refused;
    assert.equal(refused.code, 'EMFILE');
    assert.match(
      refused.message,
      /close logs that are no longer used, or raise the limit on open files/,
    );
    check(folder, refused);
  });
}

test('without memory for another thread, open logs lose nothing', THREADS, async () => {
  const folder = folderOf('threads', 200);
  const result = await runScript(OPEN_UNTIL_REFUSED, {
    args: [folder, 'as', String(256 * 2 ** 20)],
    // Otherwise the C library reserves 64 MB for some of the threads, for which ones depends on chance.
    env: { MALLOC_ARENA_MAX: '1' },
  });
  assert.equal(result.code, 0, result.stderr);
  const refused = JSON.parse(result.stdout) as Refused;
  // Whether the thread's stack or the ring meets the limit depends on the other memory of the process.
  const advice: Record<string, RegExp> = {
    EAGAIN: /each log has a thread: close logs .*raise the limit on threads/,
    ENOMEM: /close logs that are no longer used, or allow more memory/,
  };
  assert.match(refused.message, advice[refused.code] ?? /^$/);
  openLinked(folder, refused);
  check(folder, refused);
});

test(
  'loggers that are open at once all have their records, also when they are killed',
  LINUX_ONLY,
  async () => {
    // DLLOGGER_LOGGERS=5000 tests the number that the documentation names.
    const count = Number(process.env.DLLOGGER_LOGGERS ?? times(60, 3000));
    const script = `
    import { JSONStreamBackend, Logger } from 'dllogger';
    const [, folder, how] = process.argv;
    const open = (_, i) => new Logger([new JSONStreamBackend(1, folder + '/' + i + '.json')]);
    const loggers = Array.from({ length: ${count} }, open);
    for (let step = 0; step < 5; step++) for (const logger of loggers) logger.log([step], {});
    if (how === 'kill') process.kill(process.pid, 'SIGKILL');
    if (how === 'close') for (const logger of loggers) logger.close();
  `;
    // The TypeScript implementation has each record in its file before log() returns.
    for (const how of IS_NATIVE || isLong ? ['end', 'close', 'kill'] : ['kill']) {
      const folder = folderOf(how, 0);
      const result = await runScript(script, { args: [folder, how] });
      assert.equal(result.stderr, '');
      if (how === 'kill') for (let i = 0; i < count; i++) recover(join(folder, `${i}.json`));
      for (let i = 0; i < count; i++) {
        const steps = readRecords(join(folder, `${i}.json`)).map(({ step }) => step);
        assert.deepEqual(steps, [[0], [1], [2], [3], [4]]);
      }
      assert.equal(readdirSync(folder).length, count);
    }
  },
);
