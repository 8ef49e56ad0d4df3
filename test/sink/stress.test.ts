/** JavaScript and C++ share the ring: it is filled many times, by several workers, with writers that fall asleep. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { isLong, times } from '../support/long.js';
import { temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();

/** Of so many records, one is followed by a pause; of so many, one has a large text. */
const PAUSES = times(2000, 20_000);
const TEXTS = times(1500, 10_000);

/** The records of a worker, from a generator of random numbers that its seed starts. */
const MAKE = `
  function* records(seed, count) {
    let state = seed;
    const next = (n) => {
      state = (state + 0x9e3779b9) | 0;
      const mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
      return (Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 8) % n;
    };
    for (let i = 0; i < count; i++) {
      const data = { index: i, loss: next(1e7) / 128 };
      for (let k = next(6); k > 0; k--) {
        data['metric ' + next(200)] = next(2) ? next(1e6) / 64 : 'é'.repeat(next(40));
      }
      if (next(${TEXTS}) === 0) data.text = 'x'.repeat(next(600000));
      yield [data, next(${PAUSES}) === 0 ? next(60) : 0];
    }
  }`;

const LOG = `
  ${MAKE}
  import('dllogger').then(async ({ JSONStreamBackend, Logger }) => {
    const { workerData } = require('node:worker_threads');
    const { createHash } = require('node:crypto');
    const hash = createHash('sha256');
    const logger = new Logger([new JSONStreamBackend(1, workerData.path)]);
    for (const [data, pause] of records(workerData.seed, workerData.count)) {
      logger.log([workerData.seed], data);
      hash.update(JSON.stringify(data));
      // Long enough at times that the writer naps, and falls asleep.
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause * 10));
    }
    logger.close();
    require('node:worker_threads').parentPort.postMessage(hash.digest('hex'));
  });`;

/** The hash of the data of all lines, a piece of the file at a time. */
function hashOfFile(path: string): [hash: string, records: number] {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(2 ** 22);
  let rest = '';
  let records = 0;
  for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer)) {
    const lines = (rest + buffer.toString('latin1', 0, size)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const record = JSON.parse(line.slice('DLLL '.length)) as { data: unknown };
      hash.update(JSON.stringify(record.data));
      records++;
    }
  }
  closeSync(file);
  assert.equal(rest, '');
  return [hash.digest('hex'), records];
}

test('workers at once, each with a log of its own, lose and change nothing', async () => {
  const count = times(5000, 120_000);
  const workers = (isLong ? [1, 2, 3, 4] : [1, 2]).map(async (seed) => {
    const path = join(directory, `${seed}.json`);
    const worker = new Worker(LOG, {
      eval: true,
      execArgv: [],
      workerData: { path, seed, count },
    });
    const [hash] = (await once(worker, 'message')) as [string];
    assert.deepEqual(hashOfFile(path), [hash, count]);
  });
  await Promise.all(workers);
});
