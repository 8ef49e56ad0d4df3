/** Several writers of one log: in this process, and in others. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { DLLoggerError, implementation } from 'dllogger';
import { logOnce, openLog, stepsOf } from '../support/log.js';
import { times } from '../support/long.js';
import { ROOT, readRecords, runScript, temporaryDirectory } from '../support/run.js';
import { STAGES, Stages } from '../support/stages.js';

const directory = temporaryDirectory();

test('truncating a log that this process is writing says to close it; appending is allowed', () => {
  const path = join(directory, 'own.json');
  const first = openLog(path);
  logOnce(first, 0);
  const start = performance.now();
  assert.throws(
    () => openLog(path),
    (error: unknown) => {
      assert.ok(error instanceof DLLoggerError);
      assert.equal(error.code, 'ERR_DLLOGGER_LOG_IN_USE');
      assert.match(error.message, /another backend of this process.*close\(\) that one first/);
      return true;
    },
  );
  // There is no wait of two seconds as for another process: within this process no writer can end meanwhile.
  assert.ok(performance.now() - start < 1500);
  const second = openLog(path, true);
  logOnce(second, 1);
  first.flush();
  second.flush();
  assert.equal(stepsOf(path).length, 2);
  first.close();
  second.close();
  openLog(path).close();
  assert.equal(readFileSync(path, 'utf8'), '');
});

test('a link to a log that is being written is recognised', () => {
  const path = join(directory, 'linked.json');
  const first = openLog(path);
  logOnce(first, 0);
  symlinkSync(path, `${path}.link`);
  assert.throws(() => openLog(`${path}.link`), { code: 'ERR_DLLOGGER_LOG_IN_USE' });
  first.close();
  assert.equal(stepsOf(path).length, 1);
});

const HOLD = `
  import { JSONStreamBackend, Logger } from 'dllogger';
  const logger = new Logger([new JSONStreamBackend(1, process.argv[1])]);
  logger.log([0], {});
  logger.flush();
  console.log('open');
  setInterval(() => {}, 1000);
`;

const NO_LOCKS = {
  skip:
    implementation === 'typescript'
      ? 'JavaScript has no file locks: the TypeScript implementation knows its own process only'
      : false,
};

test('truncating a log of a live process is refused with its pid', NO_LOCKS, async () => {
  const path = join(directory, 'other.json');
  const args = ['--input-type=module', '-e', HOLD, '--', path];
  const holder = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  assert.throws(
    () => openLog(path),
    (error: unknown) => {
      assert.ok(error instanceof DLLoggerError);
      assert.equal(error.code, 'ERR_DLLOGGER_LOG_IN_USE');
      assert.ok(error.message.includes(`process ${holder.pid} is writing it`), error.message);
      return true;
    },
  );
  const appender = openLog(path, true);
  logOnce(appender, 1);
  appender.close();
  assert.deepEqual(stepsOf(path), [[0], [1]]);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  openLog(path).close();
  assert.equal(readFileSync(path, 'utf8'), '');
});

test('truncating waits for a predecessor that is about to end', NO_LOCKS, async () => {
  const path = join(directory, 'predecessor.json');
  const stages = new Stages();
  const ends = "reached('opening'); setTimeout(() => {}, 300)";
  const script = STAGES + HOLD.replace('setInterval(() => {}, 1000)', ends);
  const args = ['--input-type=module', '-e', script, '--', path, stages.place];
  const holder = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  stages.reach('opening');
  const backend = openLog(path);
  logOnce(backend, 1);
  backend.close();
  assert.deepEqual(stepsOf(path), [[1]]);
});

test('two runs on one path leave no hole: both append, wherever the end is', () => {
  const path = join(directory, 'two.json');
  const first = openLog(path, true);
  const second = openLog(path, true);
  for (let i = 0; i < 1000; i++) {
    logOnce(i % 2 === 0 ? first : second, i);
    if (i % 100 === 0) second.flush();
  }
  // As Python's "w" does to a log that is being written: no NUL bytes where it was longer.
  writeFileSync(path, '');
  logOnce(first, 1000);
  logOnce(second, 1001);
  first.close();
  second.close();
  assert.ok(!readFileSync(path, 'latin1').includes('\0'));
  assert.ok(stepsOf(path).length >= 2);
});

test('two processes append whole lines to one log', async () => {
  const count = times(4000, 20_000);
  const path = join(directory, 'ranks.json');
  const stages = new Stages();
  // Each rank goes on until the other has written, and logs a last record after that.
  const script = `${STAGES}
    import { JSONStreamBackend, Logger } from 'dllogger';
    const [, path, rank] = process.argv;
    const logger = new Logger([new JSONStreamBackend(1, path, { append: true })]);
    reach('ready ' + rank);
    reached('start');
    let i = 0;
    for (let isLast = false; !isLast; i++) {
      isLast = i + 1 >= ${count} && isReached('rank ' + (1 - rank) + ' writes');
      logger.log([Number(rank), i], { loss: i / 3 });
      if (i !== 100) continue;
      logger.flush();
      reach('rank ' + rank + ' writes');
    }
    console.log(i);
  `;
  const ranks = ['0', '1'].map((rank) => runScript(script, { args: [path, rank, stages.place] }));
  await stages.reached(['ready 0', 'ready 1'], ranks);
  stages.reach('start');
  const ends = await Promise.all(ranks);
  for (const result of ends) assert.equal(result.code, 0, result.stderr);
  const all = readRecords(path).map((record) => record.step as [number, number]);
  // They wrote at the same time: the first record of each comes before the last one of the other.
  const order = all.map(([rank]) => rank);
  for (const rank of [0, 1]) assert.ok(order.indexOf(rank) < order.lastIndexOf(1 - rank));
  for (const [rank, { stdout }] of ends.entries()) {
    const own = all.filter((step) => step[0] === rank).map((step) => step[1]);
    assert.deepEqual(
      own,
      Array.from({ length: Number(stdout) }, (_, index) => index),
    );
  }
});

test('an open leaves alone the lines that another process is writing', {
  skip:
    implementation === 'native'
      ? 'processes of the native implementation take turns by a lock'
      : false,
}, async () => {
  const path = join(directory, 'busy.json');
  const count = times(30_000, 200_000);
  writeFileSync(path, '');
  const stages = new Stages();
  const script = `${STAGES}
      import { openSync, writeSync } from 'node:fs';
      const log = openSync(process.argv[1], 'a');
      // Where a line crosses a page, it is for a moment half in the file.
      const data = '{"text": "' + 'x'.repeat(100) + '"}';
      let i = 0;
      for (; i < ${count} || !isReached('opens'); i++) {
        writeSync(log, 'DLLL {"type": "LOG", "step": [' + i + '], "data": ' + data + '}\\n');
        if (i === 100) reach('writes');
      }
      console.log(i);
    `;
  let hasEnded = false;
  const writer = runScript(script, { args: [path, stages.place] }).finally(() => {
    hasEnded = true;
  });
  await stages.reached(['writes'], [writer]);
  while (!hasEnded) {
    for (let i = 0; i < 50; i++) openLog(path, true).close();
    stages.reach('opens');
    await setImmediate();
  }
  const { code, stdout, stderr } = await writer;
  assert.equal(code, 0, stderr);
  const steps = stepsOf(path) as number[][];
  assert.equal(steps.length, Number(stdout));
  for (const [index, step] of steps.entries()) assert.equal(step[0], index);
});

test('lines that others append stay where they are', () => {
  const path = join(directory, 'others.json');
  const backend = openLog(path);
  logOnce(backend, 0);
  backend.flush();
  appendFileSync(path, 'a note\n');
  logOnce(backend, 1);
  backend.close();
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.equal(lines[1], 'a note');
  assert.match(lines[2] ?? '', /"step": \[1\]/);
});
