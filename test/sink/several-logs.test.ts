/** Several logs of one thread, and of several threads, share parts of the encoder and mix no records. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Logger } from 'dllogger';
import { newPath, openLog } from '../support/log.js';
import { times } from '../support/long.js';

/** Enough for readers, and for several halves of the ring. */
const COUNT = times(12_000, 20_000);
const SHAPES = 3;

/** Records of numbers alone, of some shapes in turn. */
function logNumbers(logger: Logger, log: number, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const shape = (i >> 4) % SHAPES;
    if (shape === 0) logger.log([log, i], { loss: i, log });
    else if (shape === 1) logger.log([log, i, 0], { loss: i, log });
    else logger.log([log, i], { other: i, more: 0.5, log });
  }
}

function check(path: string, log: number): void {
  const lines = readFileSync(path, 'latin1').split('\n');
  assert.equal(lines.pop(), '');
  assert.equal(lines.length, COUNT);
  for (const [i, line] of lines.entries()) {
    const shape = (i >> 4) % SHAPES;
    const step = shape === 1 ? `[${log}, ${i}, 0]` : `[${log}, ${i}]`;
    const data = shape === 2 ? `"other": ${i}, "more": 0.5` : `"loss": ${i}`;
    const wanted = `"type": "LOG", "step": ${step}, "data": {${data}, "log": ${log}}}`;
    assert.ok(line.startsWith('DLLL {"timestamp": ') && line.endsWith(wanted), line);
  }
}

test('records of logs that take turns get into their own log, whatever is opened and closed', () => {
  const paths = [newPath(), newPath(), newPath()];
  const [first, second, third] = paths.map((path) => new Logger([openLog(path)]));
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  // Alone, then beside others, and alone again.
  logNumbers(first, 0, 0, COUNT / 4);
  for (let i = 0; i < COUNT; i += 10) {
    if (i >= COUNT / 4) logNumbers(first, 0, i, i + 10);
    logNumbers(second, 1, i, i + 10);
    logNumbers(third, 2, i, i + 10);
  }
  second.close();
  third.close();
  first.close();
  for (const [log, path] of paths.entries()) check(path, log);
});

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

test('logs of two threads stay separate, also when one thread has logged alone before', async () => {
  const paths = [newPath(), newPath()];
  const [path = '', other = ''] = paths;
  const logger = new Logger([openLog(path)]);
  logNumbers(logger, 0, 0, COUNT / 4);
  // Both threads log half of their records, wait for each other, and log the rest: they certainly log at the same time.
  const halves = new Int32Array(new SharedArrayBuffer(8));
  const script = `
    const { workerData: { entry, path, halves } } = require('node:worker_threads');
    import(entry).then(({ JSONStreamBackend, Logger }) => {
      const logger = new Logger([new JSONStreamBackend(1, path)]);
      const SHAPES = ${SHAPES};
      (${logNumbers})(logger, 1, 0, ${COUNT / 2});
      Atomics.store(halves, 1, 1);
      Atomics.wait(halves, 0, 0);
      (${logNumbers})(logger, 1, ${COUNT / 2}, ${COUNT});
      logger.close();
    });`;
  const entry = import.meta.resolve('dllogger');
  const worker = new Worker(script, { eval: true, workerData: { entry, path: other, halves } });
  const ended = once(worker, 'exit');
  for (let i = COUNT / 4; i < COUNT; i += 10) {
    if (i === COUNT / 2) while (Atomics.load(halves, 1) === 0) await turn();
    logNumbers(logger, 0, i, i + 10);
    if (i === COUNT / 2) {
      Atomics.store(halves, 0, 1);
      Atomics.notify(halves, 0);
    }
    if (i % 1000 === 0) await turn();
  }
  assert.deepEqual(await ended, [0]);
  logger.close();
  for (const [log, file] of paths.entries()) check(file, log);
});

test('a closed log takes no record, also while another log is open', () => {
  const paths = [newPath(), newPath()];
  const [path = '', other = ''] = paths;
  const first = new Logger([openLog(path)]);
  logNumbers(first, 0, 0, COUNT);
  const [backend] = first.backends;
  backend?.close();
  const second = new Logger([openLog(other)]);
  for (let i = 0; i < COUNT; i += 100) {
    logNumbers(second, 1, i, i + 100);
    assert.throws(() => first.log([0, i], { loss: i, log: 0 }), { code: 'ERR_DLLOGGER_CLOSED' });
  }
  second.close();
  for (const [log, file] of paths.entries()) check(file, log);
});
