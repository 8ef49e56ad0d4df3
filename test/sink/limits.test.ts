/** Large records and many loggers: no record is lost, and nothing is left behind. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { JSONStreamBackend, Logger, Verbosity } from 'dllogger';
import { SHARED, times } from '../support/long.js';
import { readRecords, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const LINUX_ONLY = { skip: process.platform === 'linux' ? false : 'reads /proc' };
const ADDON = { skip: LINUX_ONLY.skip || SHARED.skip };

test('records from one byte to dozens of megabytes, in their order', () => {
  const path = join(directory, 'sizes.json');
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  const logger = new Logger([backend]);
  const sizes = [1, 100, 2 ** 16, 2 ** 18 - 100, 2 ** 18, 2 ** 20, 2 ** 22, times(36, 64) << 20];
  for (const size of sizes) {
    logger.log([size], { text: 'x'.repeat(size) });
    logger.log([-size], {});
  }
  backend.close();
  // Compared as bytes, since such long strings take long.
  let rest = readFileSync(path);
  const assertNext = (...parts: readonly (string | Buffer)[]) => {
    const end = rest.indexOf('\n');
    assert.equal(rest.toString('latin1', 0, 'DLLL {"timestamp": '.length), 'DLLL {"timestamp": ');
    const expected = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const found = rest.subarray(end - expected.length, end);
    assert.ok(found.equals(expected), found.toString('latin1', 0, 100));
    rest = rest.subarray(end + 1);
  };
  for (const size of sizes) {
    const text = Buffer.alloc(size, 'x');
    assertNext(`"type": "LOG", "step": [${size}], "data": {"text": "`, text, '"}}');
    assertNext(`"type": "LOG", "step": [${-size}], "data": {}}`);
  }
  assert.equal(rest.length, 0);
  rmSync(path);
});

test('a record of hundreds of thousands of values is written like any other', () => {
  const path = join(directory, 'values.json');
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  const logger = new Logger([backend]);
  const values = Float64Array.from({ length: times(2 ** 18, 2 ** 20) }, (_, i) => (i % 1000) / 8);
  logger.log([0], { values });
  logger.log([1], {});
  backend.close();
  const [record, next] = readRecords(path);
  assert.deepEqual(Float64Array.from(record?.data.values as number[]), values);
  assert.deepEqual(next?.step, [1]);
});

/** Some that end by themselves, by process.exit() and by terminate(), and as many that are counted before. */
const WORKERS = times(6, 100);
const COUNTED = 3;

/** The descriptors, threads, mapped rings and memory that a process holds. */
function held(): Record<string, number> {
  const status = readFileSync('/proc/self/status', 'utf8');
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    rings: readFileSync('/proc/self/maps', 'utf8').match(/\.ring/g)?.length ?? 0,
    kibibytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]),
  };
}

test('loggers opened and closed in turn leave nothing behind', LINUX_ONLY, () => {
  // DLLOGGER_LOGGERS=100000 tests the full number, which takes minutes.
  const count = Number(process.env.DLLOGGER_LOGGERS ?? times(150, 500));
  const place = join(directory, 'turns');
  mkdirSync(place);
  const path = join(place, 'log.json');
  const turn = (step: number) => {
    const backend = new JSONStreamBackend(Verbosity.VERBOSE, path, { append: true });
    new Logger([backend]).log([step], { loss: step });
    backend.close();
  };
  for (let i = 0; i < 100; i++) turn(i);
  const before = held();
  for (let i = 100; i < count; i++) turn(i);
  const after = held();
  assert.equal(after.descriptors, before.descriptors);
  assert.equal(after.threads, before.threads);
  assert.equal(after.rings, before.rings);
  assert.ok((after.kibibytes ?? 0) < (before.kibibytes ?? 0) + 64 * 1024, JSON.stringify(after));
  assert.deepEqual(readdirSync(place), ['log.json']);
  assert.equal(readRecords(path).length, count);
});

test(
  'workers that start and end, each with the only copy of the addon, leave nothing behind',
  ADDON,
  async () => {
    const place = join(directory, 'workers');
    mkdirSync(place);
    const script = `
    import { once } from 'node:events';
    import { readdirSync, readlinkSync } from 'node:fs';
    import { Worker } from 'node:worker_threads';
    const [, place] = process.argv;
    const code = \`
      import { workerData } from 'node:worker_threads';
      import { JSONStreamBackend, Logger } from 'dllogger';
      const { place, number } = workerData;
      const logger = new Logger([new JSONStreamBackend(1, place + '/' + number + '.json')]);
      for (let i = 0; i < 100; i++) logger.log([number, i], { loss: i });
      if (number % 3 === 1) process.exit();
      if (number % 3 === 2) setInterval(() => {}, 1000);
    \`;
    // Only descriptors of logs: a worker that is ended during an import leaves descriptors of Node itself.
    const isLog = (descriptor) => {
      try {
        return readlinkSync('/proc/self/fd/' + descriptor).startsWith(place);
      } catch {
        return false;
      }
    };
    const held = () => [
      readdirSync('/proc/self/fd').filter(isLog).length,
      readdirSync('/proc/self/task').length,
    ];
    let before;
    for (let number = 0; number < ${WORKERS}; number++) {
      const worker = new Worker(code, { eval: true, workerData: { place, number } });
      if (number % 3 === 2) {
        await once(worker, 'online');
        await new Promise((resolve) => setTimeout(resolve, 30));
        await worker.terminate();
      } else {
        await once(worker, 'exit');
      }
      if (number === ${COUNTED - 1}) before = held();
    }
    console.log(JSON.stringify(before) === JSON.stringify(held()) || [before, held()]);
  `;
    const result = await runScript(script, { args: [place] });
    assert.equal(result.stdout, 'true\n', result.stderr);
    assert.equal(result.code, 0);
    const names = readdirSync(place);
    assert.ok(
      names.every((name) => /^\d+\.json$/.test(name)),
      names.join(),
    );
    for (let number = 0; number < WORKERS; number++) {
      // A worker that was terminated may have logged nothing.
      if (number % 3 === 2) continue;
      assert.equal(readRecords(join(place, `${number}.json`)).length, 100);
    }
  },
);

const DROPPED = times(50, 300);

test(
  'loggers that are dropped without close() leave nothing open, and all records',
  LINUX_ONLY,
  async () => {
    const folder = join(directory, 'dropped');
    mkdirSync(folder);
    const script = `
    import { readdirSync } from 'node:fs';
    import { JSONStreamBackend, Logger } from 'dllogger';
    const held = () =>
      readdirSync('/proc/self/fd').length + readdirSync('/proc/self/task').length;
    const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
    const open = (i) => new Logger([new JSONStreamBackend(1, process.argv[1] + '/' + i + '.json')]);
    open('first').close();
    const before = held();
    for (let i = 0; i < ${DROPPED}; i++) open(i).log([i], {});
    const kept = open('kept');
    kept.log([0], {});
    let after = held();
    for (let i = 0; i < 1000 && after > before + 4; i++) {
      gc();
      await turn();
      after = held();
    }
    console.log(after <= before + 4, readdirSync(process.argv[1]).filter((name) => name.endsWith('.ring')).length <= 1);
    kept.log([1], {});
  `;
    const result = await runScript(script, { args: [folder], flags: ['--expose-gc'] });
    assert.equal(result.stdout, 'true true\n', result.stderr);
    for (let i = 0; i < DROPPED; i++) {
      assert.deepEqual(
        readRecords(join(folder, `${i}.json`)).map(({ step }) => step),
        [[i]],
      );
    }
    assert.equal(readRecords(join(folder, 'kept.json')).length, 2);
  },
);
