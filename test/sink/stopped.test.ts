/** A process is stopped (a debugger, Ctrl-Z) in the middle of a write; other processes use its log. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { readLog } from 'dllogger/reader';
import { openLog } from '../support/log.js';
import { isLong } from '../support/long.js';
import { compileLibrary, NATIVE_LINUX } from '../support/preload.js';
import { ROOT, readRecords, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();

const STOPPED = `
  import { JSONStreamBackend, Logger } from 'dllogger';
  const backend = new JSONStreamBackend(1, process.argv[1]);
  const logger = new Logger([backend]);
  for (let i = 0; i < 20; i++) {
    logger.log([i], { loss: i });
    if (i % 10 === 9) logger.flush();
  }
  backend.close();
`;

/** Starts a process that stops at its second write, by a plan of faults.h. */
async function startAndStop(library: string, path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', STOPPED, '--', path], {
    cwd: ROOT,
    env: { ...process.env, LD_PRELOAD: library, DLLOGGER_FAULTS: `3 2 6 0 0 ${directory}/` },
    stdio: 'inherit',
  });
  const state = () => /\) (\S)/.exec(readFileSync(`/proc/${child.pid}/stat`, 'utf8'))?.[1];
  while (child.exitCode === null && state() !== 'T') await sleep(20);
  return child;
}

/** The error of an action on the log in a process of its own. */
async function attempt(action: string, path: string): Promise<string> {
  const script = `
    import { JSONStreamBackend, recover } from 'dllogger';
    const path = process.argv[1];
    try {
      ${action}
    } catch (error) {
      console.log(error.code, error.message);
    }
  `;
  const result = await runScript(script, { args: [path] });
  assert.equal(result.code, 0, result.stderr);
  return result.stdout.trim();
}

const WORKER = `
  const { parentPort, workerData: { entry, path } } = require('node:worker_threads');
  import(entry).then(({ JSONStreamBackend }) => {
    parentPort.postMessage('opening');
    new JSONStreamBackend(1, path, { append: true });
    parentPort.postMessage('open');
  });
`;

/** What a worker that opens the log has said when it is ended while it waits. */
async function endWaiting(path: string): Promise<string> {
  const workerData = { entry: import.meta.resolve('dllogger'), path };
  const worker = new Worker(WORKER, { eval: true, workerData });
  const said: string[] = [];
  worker.on('message', (message: string) => said.push(message));
  await once(worker, 'message');
  await sleep(300);
  await worker.terminate();
  return said.join();
}

async function countRecords(path: string): Promise<number> {
  let count = 0;
  for await (const _ of readLog(path)) count++;
  return count;
}

test(
  'no open, recovery or reader waits for ever for a stopped process',
  NATIVE_LINUX,
  async (context) => {
    const library = await compileLibrary('test/native/linux/faults.cc', directory);
    if ('reason' in library) return context.skip(library.reason);
    const path = join(directory, 'log.json');
    const child = await startAndStop(library.path, path);
    try {
      const [append, truncate, recovered, read, worker] = await Promise.all([
        attempt('new JSONStreamBackend(1, path, { append: true });', path),
        attempt('new JSONStreamBackend(1, path);', path),
        // recover() waits for the same lock in the same way.
        isLong ? attempt('recover(path);', path) : undefined,
        countRecords(path),
        endWaiting(path),
      ]);
      const stuck =
        `ERR_DLLOGGER_LOG_IN_USE cannot open log "${path}": process ${child.pid} has begun to write ` +
        'to it and does not finish; it may be stopped, or its disk may hang: let it go on, end it, or ' +
        'choose another file';
      assert.equal(append, stuck);
      if (isLong) assert.equal(recovered, stuck);
      assert.equal(
        truncate,
        `ERR_DLLOGGER_LOG_IN_USE cannot truncate log "${path}": process ${child.pid} is writing it: ` +
          'wait for its end, choose another file, or open it with { append: true }',
      );
      // The writer decides how many records the first write takes; the file shows how many.
      assert.equal(read, readRecords(path).length);
      assert.notEqual(read, 20);
      assert.equal(worker, 'opening');
    } finally {
      child.kill('SIGCONT');
    }
    if (child.exitCode === null) await once(child, 'close');
    assert.equal(child.exitCode, 0);
    openLog(path, true).close();
    assert.deepEqual(
      readRecords(path).map((record) => (record.step as number[])[0]),
      [...Array(20).keys()],
    );
  },
);
