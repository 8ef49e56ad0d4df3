/** A worker can be terminated at any moment, and then every call of the engine fails under our feet. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementation, recover } from 'dllogger';
import { packageWith } from './support/addon.js';
import { readRecords, runScript } from './support/run.js';

const NATIVE = { skip: implementation === 'native' ? false : 'it is about the binary' };

test('a worker that is ended at its Nth call of Node-API harms nobody', NATIVE, async () => {
  const home = await packageWith('ended_worker');
  const script = `
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    // Everything that crosses to the binary, in one life.
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
      counts.push(taken[0]);
      isDone = taken[1] === 1;
    }
    console.log(JSON.stringify(counts));
  `;
  const result = await runScript(script, { cwd: home });
  assert.equal(result.code, 0, result.stderr);
  assert.equal(result.stderr, '');
  const counts = JSON.parse(result.stdout) as number[];
  assert.ok(counts.length > 200, `${counts.length}`);
  assert.equal(counts.at(-1), 9);
  const logs = new Set(readdirSync(home));
  for (const [index, count] of counts.entries()) {
    const name = `${index + 1}.json`;
    if (count === 0 && !logs.has(name)) continue;
    const path = join(home, name);
    recover(path);
    const steps = readRecords(path)
      .filter((record) => record.type === 'LOG')
      .map(({ step }) => step);
    // One more is in it when the end came between its publication and the return of its log().
    const expected = Array.from({ length: count }, (_, step) => [step]);
    assert.deepEqual(steps.slice(0, count), expected, name);
    assert.ok(steps.length <= count + 1, name);
  }
});
