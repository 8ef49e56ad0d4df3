/** Logs that grow: nothing is missed, over rotation and truncation, until the signal says stop. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { JSONStreamBackend, Logger } from 'dllogger';
import { type LogEntry, type ProblemReason, type Restart, readLog } from 'dllogger/reader';
import { times } from '../support/long.js';
import { run, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
let files = 0;

function line(step: number, timestamp = 1.5): string {
  return `DLLL {"timestamp": "${timestamp}", "datetime": "", "elapsedtime": "0.5", "type": "LOG", "step": [${step}], "data": {"loss": 1}}\n`;
}

/** Overwrites the content of a file with a text that is at least as long. */
function overwrite(path: string, text: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, text, 0);
  closeSync(file);
}

/** Follows a new file, and returns its records and problems as they come. */
function follow(content: string) {
  const path = join(directory, `${files++}.json`);
  writeFileSync(path, content);
  const stop = new AbortController();
  const restarts: Restart[] = [];
  const problems: ProblemReason[] = [];
  const reader = readLog(path, {
    follow: true,
    signal: stop.signal,
    onRestart: (reason) => restarts.push(reason),
    onProblem: ({ reason }) => problems.push(reason),
  });
  const iterator = reader[Symbol.asyncIterator]();
  const next = async (): Promise<LogEntry> => {
    const { value, done } = await iterator.next();
    assert.ok(done !== true && value !== undefined);
    return value;
  };
  const step = async () => {
    const entry = await next();
    assert.ok(entry.kind === 'LOG' && Array.isArray(entry.step));
    return entry.step[0];
  };
  const end = async () => {
    stop.abort();
    assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  };
  return { path, stop, restarts, problems, next, step, end };
}

// At once, since each test waits for the reader to look at its log again.
describe('a log that grows', { concurrency: true }, () => {
  test('appended records are read, also in pieces and after an empty beginning', async () => {
    const { path, step, end, problems } = follow('');
    const third = line(3);
    setTimeout(() => appendFileSync(path, line(1) + line(2) + third.slice(0, 30)), 20);
    assert.deepEqual([await step(), await step()], [1, 2]);
    setTimeout(() => appendFileSync(path, third.slice(30, 60)), 20);
    setTimeout(() => appendFileSync(path, third.slice(60)), 200);
    assert.equal(await step(), 3);
    await end();
    // An unfinished line whose writer may still be writing it is not a problem.
    assert.deepEqual(problems, []);
  });

  test('lines and offsets continue over many appends', async () => {
    const { path, next, end } = follow(line(0));
    let offset = 0;
    for (let i = 0; i < 20; i++) {
      if (i > 0) appendFileSync(path, line(i));
      const entry = await next();
      assert.deepEqual([entry.line, entry.offset], [i + 1, offset]);
      offset += line(i).length;
    }
    await end();
  });

  test('a rotated log is read to its end, then its successor from the beginning', async () => {
    const { path, next, step, end, restarts, problems } = follow(line(1));
    assert.equal(await step(), 1);
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, line(2));
    assert.equal(await step(), 2);
    appendFileSync(`${path}.1`, `${line(3)}DLLL {"half`);
    writeFileSync(path, line(4));
    assert.equal(await step(), 3);
    const entry = await next();
    assert.deepEqual([entry.line, entry.offset], [1, 0]);
    assert.deepEqual(restarts, ['rotated']);
    assert.deepEqual(problems, ['unfinished']);
    appendFileSync(path, line(5));
    assert.equal(await step(), 5);
    await end();
  });

  test('a truncated log is read from its beginning', async () => {
    const { path, next, step, end, restarts } = follow(line(1) + line(2));
    assert.deepEqual([await step(), await step()], [1, 2]);
    truncateSync(path);
    appendFileSync(path, line(7));
    const entry = await next();
    assert.deepEqual([entry.kind === 'LOG' && entry.step, entry.line, entry.offset], [[7], 1, 0]);
    assert.deepEqual(restarts, ['truncated']);
    await end();
  });

  for (const [what, again] of [
    ['longer', [5, 6, 7, 8, 9]],
    ['as long', [5, 6, 7]],
    ['shorter', [5, 6]],
  ] as const) {
    for (const [how, write] of [
      ['in place', writeFileSync],
      [
        'by a copy',
        (path: string, text: string) => {
          writeFileSync(`${path}.new`, text);
          copyFileSync(`${path}.new`, path);
        },
      ],
      ['without a truncation', overwrite],
    ] as const) {
      // An overwrite that makes the file shorter takes two calls; between them the file is a mixture.
      if (write === overwrite && what === 'shorter') continue;
      test(`a log that was rewritten ${how}, and is ${what}, is read from its beginning`, async () => {
        const { path, step, end, restarts, problems } = follow(line(1) + line(2) + line(3));
        assert.deepEqual([await step(), await step(), await step()], [1, 2, 3]);
        write(path, again.map((number) => line(number, 2.5)).join(''));
        for (const number of again) assert.equal(await step(), number);
        assert.deepEqual([restarts, problems], [['truncated'], []]);
        appendFileSync(path, line(10));
        assert.equal(await step(), 10);
        await end();
      });
    }
  }

  test('a directory or FIFO that takes the name of a followed log for a while does no harm', {
    skip: process.platform === 'win32' ? 'Windows has no FIFOs in directories' : false,
  }, async () => {
    const logs = Array.from({ length: 6 }, () => follow(line(1)));
    for (const { step } of logs) assert.equal(await step(), 1);
    for (const [i, { path }] of logs.entries()) {
      renameSync(path, `${path}.1`);
      if (i === 0) mkdirSync(path);
      else execFileSync('mkfifo', [path]);
    }
    // Long enough for each reader to look at the path again.
    await sleep(1000);
    for (const { path } of logs) {
      rmSync(path, { recursive: true });
      writeFileSync(path, line(2));
    }
    for (const { step } of logs) assert.equal(await step(), 2);
    for (const { end } of logs) await end();
  });

  test('a FIFO is followed from writer to writer, and waiting for one can be ended', {
    skip: process.platform === 'win32' ? 'Windows has no FIFOs in directories' : false,
  }, async () => {
    const path = join(directory, `${files++}.fifo`);
    execFileSync('mkfifo', [path]);
    const follow = () => {
      const stop = new AbortController();
      const log = readLog(path, { follow: true, signal: stop.signal });
      return { stop, reader: log[Symbol.asyncIterator]() };
    };
    const { stop: stopFirst, reader: first } = follow();
    const withoutWriter = first.next();
    await sleep(100);
    stopFirst.abort();
    assert.equal((await withoutWriter).done, true);

    const { stop, reader } = follow();
    for (const step of [1, 2]) {
      const next = reader.next();
      const writing = run('sh', ['-c', 'printf "%s" "$1" > "$2"', 'sh', line(step), path]);
      const { value } = await next;
      await writing;
      assert.ok(value?.kind === 'LOG');
      assert.deepEqual(value.step, [step]);
    }
    // A writer that has written nothing yet.
    const writer = openSync(path, 'r+');
    const withoutData = reader.next();
    await sleep(100);
    stop.abort();
    assert.equal((await withoutData).done, true);
    closeSync(writer);
  });

  test('a logger that is at work is followed record by record', async () => {
    const { path, step, end } = follow('');
    const logger = new Logger([new JSONStreamBackend(1, path, { append: true })]);
    for (let i = 0; i < times(10, 50); i++) {
      logger.log([i], { loss: 1 });
      assert.equal(await step(), i);
    }
    logger.close();
    await end();
  });

  test('the signal ends a wait at once, and a loop may be left early', async () => {
    const { next, end } = follow(line(1));
    await next();
    await end();
    const { path } = follow(line(1));
    for await (const _ of readLog(path, { follow: true })) break;
  });

  test('a compressed log cannot be followed, and says so', async () => {
    const path = join(directory, 'log.gz');
    writeFileSync(path, Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]));
    await assert.rejects(
      async () => {
        for await (const _ of readLog(path, { follow: true }));
      },
      {
        code: 'ERR_DLLOGGER_COMPRESSED',
        message: `"${path}" is compressed: such a log cannot be followed`,
      },
    );
  });
});
