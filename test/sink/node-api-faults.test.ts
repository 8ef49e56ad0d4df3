/**
 * Failures of Node-API: buffers over the addon's memory are forbidden, as in Electron; after a worker is terminated,
 * every call fails. test/addon has the code that causes these failures, in copies of the addon that are compiled here.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementation, recover } from 'dllogger';
import { installLoggers } from '../support/installed.js';
import { isLong } from '../support/long.js';
import { ROOT, readRecords, run, runScript, temporaryDirectory } from '../support/run.js';

const NATIVE = { skip: implementation === 'native' ? false : 'tests the binary' };

/**
 * A directory from which `dllogger` resolves to a copy of the package with such a binary. All tests that build
 * a binary are in this file, since the tests of a file run in turn: two builds at a time would disturb each other.
 */
async function packageWith(binary: 'no_external_buffers' | 'ended_worker'): Promise<string> {
  const args = ['--build', join(ROOT, 'build'), '--config', 'Release'];
  const built = await run('cmake', [...args, '--target', binary]);
  assert.equal(built.code, 0, built.stdout + built.stderr);
  const home = temporaryDirectory();
  installLoggers(home, `${binary}.node`);
  return home;
}

test(
  'without external buffers the TypeScript implementation serves, says why, and survives a kill',
  NATIVE,
  async () => {
    const home = await packageWith('no_external_buffers');
    const script = `
    import { implementation, JSONStreamBackend, Logger } from 'dllogger';
    const backend = new JSONStreamBackend(1, 'log.json');
    console.log(implementation, backend.stats().crashSafe);
    const logger = new Logger([backend]);
    for (let i = 0; i < 1000; i++) logger.log([i], { loss: i / 7 });
    // The notice is printed when the event loop turns.
    setImmediate(() => process.kill(process.pid, 'SIGKILL'));
  `;
    const env = { ...process.env, DLLOGGER_NATIVE: undefined };
    const result = await runScript(script, { cwd: home, env });
    assert.equal(result.stdout, 'typescript true\n', result.stderr);
    assert.match(
      result.stderr,
      /DLLOGGER_NO_BINARY.*this runtime does not let JavaScript see the addon's memory, as Electron does not; the TypeScript/,
    );
    assert.equal(readRecords(join(home, 'log.json')).length, 1000);
  },
);

test('a worker that is ended at its Nth call of Node-API loses no record that it logged', {
  skip: NATIVE.skip || (isLong ? false : 'npm run test:long has it: hundreds of workers'),
}, async () => {
  const home = await packageWith('ended_worker');
  const script = `
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    // Every kind of call into the binary, in one process.
    const code = \`
      import { workerData } from 'node:worker_threads';
      import { JSONStreamBackend, Logger, recover } from 'dllogger';
      const { path, taken } = workerData;
      const backend = new JSONStreamBackend(1, path);
      const logger = new Logger([backend]);
      const log = (data) => {
        logger.log([taken[0]], data);
        taken[0]++;
      };
      for (let i = 0; i < 6; i++) log({ loss: i / 3 });
      log({ text: 'text', list: [1, null] });
      log({ large: 'x'.repeat(300000) });
      logger.metadata('loss', { unit: 's' });
      backend.flush({ sync: true });
      backend.reopen();
      backend.stats();
      log({ loss: 1 });
      new JSONStreamBackend(1, path, { append: true }).close();
      backend.close();
      recover(path);
      taken[1] = 1;
    \`;
    const counts = [];
    for (let number = 1, isDone = false; !isDone; number++) {
      process.env.DLLOGGER_END_AT = number;
      const taken = new Int32Array(new SharedArrayBuffer(8));
      const worker = new Worker(code, { eval: true, workerData: { path: number + '.json', taken } });
      await once(worker, 'exit');
      counts.push([number, taken[0]]);
      isDone = taken[1] === 1;
    }
    console.log(JSON.stringify(counts));
  `;
  const result = await runScript(script, { cwd: home });
  assert.equal(result.code, 0, result.stderr);
  assert.equal(result.stderr, '');
  const counts = JSON.parse(result.stdout) as [number: number, count: number][];
  const [last] = counts.slice(-1);
  assert.ok(last !== undefined && last[0] > 200, `${last}`);
  assert.equal(last[1], 9);
  const logs = new Set(readdirSync(home));
  for (const [number, count] of counts) {
    const name = `${number}.json`;
    if (count === 0 && !logs.has(name)) continue;
    const path = join(home, name);
    recover(path);
    const steps = readRecords(path)
      .filter((record) => record.type === 'LOG')
      .map(({ step }) => step);
    // One more record may be in the log: the end may have come between its publication and the return of its log().
    const expected = Array.from({ length: count }, (_, step) => [step]);
    assert.deepEqual(steps.slice(0, count), expected, name);
    assert.ok(steps.length <= count + 1, name);
  }
});
