/** A process is stopped (a debugger, Ctrl-Z) in the middle of a write; other processes use its log. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** The output or the error of an action on the log. */
async function attempt(action: string, path: string): Promise<string> {
  const script = `
    import { JSONStreamBackend, recover } from 'dllogger';
    import { readLog } from 'dllogger/reader';
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
  import { parentPort, workerData } from 'node:worker_threads';
  import { JSONStreamBackend } from 'dllogger';
  parentPort.postMessage('opening');
  new JSONStreamBackend(1, workerData, { append: true });
  parentPort.postMessage('open');
`;

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
        attempt('recover(path);', path),
        attempt(
          'let count = 0; for await (const record of readLog(path)) count++; console.log(count);',
          path,
        ),
        // The waiting process can be ended.
        attempt(
          `const { Worker } = await import('node:worker_threads');
        const worker = new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(WORKER.replace("'dllogger'", JSON.stringify(import.meta.resolve('dllogger'))))}`)}), { workerData: path });
        const said = [];
        worker.on('message', (message) => said.push(message));
        await new Promise((resolve) => worker.once('message', resolve));
        await new Promise((resolve) => setTimeout(resolve, 300));
        await worker.terminate();
        console.log(said.join());`,
          path,
        ),
      ]);
      const stuck =
        `ERR_DLLOGGER_LOG_IN_USE cannot open log "${path}": process ${child.pid} has begun to write ` +
        'to it and does not finish; it may be stopped, or its disk may hang: let it go on, end it, or ' +
        'choose another file';
      assert.equal(append, stuck);
      assert.equal(recovered, stuck);
      assert.equal(
        truncate,
        `ERR_DLLOGGER_LOG_IN_USE cannot truncate log "${path}": process ${child.pid} is writing it: ` +
          'wait for its end, choose another file, or open it with { append: true }',
      );
      // The writer decides how many records the first write takes; the file shows how many.
      assert.equal(read, String(readRecords(path).length));
      assert.notEqual(read, '20');
      assert.equal(worker, 'opening');
    } finally {
      child.kill('SIGCONT');
    }
    if (child.exitCode === null) await once(child, 'close');
    assert.equal(child.exitCode, 0);
    assert.equal(
      await attempt('new JSONStreamBackend(1, path, { append: true }).close();', path),
      '',
    );
    assert.deepEqual(
      readRecords(path).map((record) => (record.step as number[])[0]),
      [...Array(20).keys()],
    );
  },
);
