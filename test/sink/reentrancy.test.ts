/** User code that runs while a record is built: it may log, throw, close, or be cut short. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Script } from 'node:vm';
import { JSONStreamBackend, Logger, Verbosity } from 'dllogger';
import { newPath, withLog } from '../support/log.js';
import { times } from '../support/long.js';
import { readRecords } from '../support/run.js';

test('a value whose getter logs again neither loses nor mixes records', () => {
  const path = withLog((logger) => {
    let depth = 0;
    const nested = {
      before: 1,
      get again(): string {
        if (++depth < 5) logger.log(['nested', depth], nested);
        logger.log(['inner', depth], { text: 'x'.repeat(depth * 100), loss: depth });
        depth--;
        return 'end';
      },
      after: 2,
    };
    for (let i = 0; i < 200; i++) logger.log(['outer', i], nested);
  });
  const records = readRecords(path);
  assert.equal(records.length, 200 * (1 + 4 + 5));
  for (const record of records) {
    const [kind] = record.step as [string];
    if (kind === 'inner') assert.equal(String(record.data.text).length % 100, 0);
    else assert.deepEqual(record.data, { before: 1, again: 'end', after: 2 });
  }
});

test('a getter that logs the usual record, into its own log and another one, mixes no records', () => {
  const other = newPath();
  const path = withLog((logger) => {
    const beside = new Logger([new JSONStreamBackend(Verbosity.VERBOSE, other)]);
    const usual = (from: number): void => {
      for (let i = from; i < from + 20; i++) {
        logger.log([i], { loss: i });
        beside.log([i], { loss: -i });
      }
    };
    for (let i = 0; i < 100; i++) {
      usual(100 * i);
      // One more record for each log alone, so that its next record is expected to have the same shape.
      for (const one of [beside, logger]) one.log([100 * i + 20], { loss: 0 });
      const data = {
        before: i,
        get again(): string {
          usual(100 * i + 30);
          return 'end';
        },
        get thrown(): number {
          if (i % 10 === 9) throw new Error('outer');
          return i;
        },
      };
      if (i % 10 === 9) assert.throws(() => logger.log(['outer'], data), /^Error: outer$/);
      else logger.log(['outer'], data);
    }
    beside.close();
  });
  const expected = Array.from({ length: 100 }, (_, i) => [
    ...Array.from({ length: 20 }, (_, j) => [[100 * i + j], { loss: 100 * i + j }]),
    [[100 * i + 20], { loss: 0 }],
    ...Array.from({ length: 20 }, (_, j) => [[100 * i + 30 + j], { loss: 100 * i + 30 + j }]),
    ...(i % 10 === 9 ? [] : [[['outer'], { before: i, again: 'end', thrown: i }]]),
  ]).flat();
  assert.deepEqual(
    readRecords(path).map(({ step, data }) => [step, data]),
    expected,
  );
  assert.equal(readRecords(other).length, 100 * 41);
});

test('a getter that logs and then throws loses only its own record', () => {
  const path = withLog((logger) => {
    const data = {
      fine: 1,
      get loss(): number {
        logger.log(['inner'], { loss: 1 });
        throw new Error('outer');
      },
    };
    assert.throws(() => logger.log(['outer'], data), /^Error: outer$/);
    logger.log(['later'], { loss: 2 });
  });
  assert.deepEqual(
    readRecords(path).map((record) => record.step),
    [['inner'], ['later']],
  );
});

test('a loop that a time limit ends again and again loses no record it logged', () => {
  const path = newPath();
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  const logger = new Logger([backend]);
  const global = globalThis as unknown as { step?: number; logger?: Logger };
  global.step = 0;
  global.logger = logger;
  const loop = new Script(`
    for (;;) {
      logger.log([step], { ['k' + step % 97]: step, name: 'a' });
      step++;
    }`);
  for (let i = 0; i < times(20, 200); i++) {
    assert.throws(() => loop.runInThisContext({ timeout: 1 }), /timed out/);
  }
  backend.close();
  const steps = readRecords(path).map((record) => Number((record.step as unknown[])[0]));
  // A record whose log() was cut short may be in the file; the loop then logs the same step again.
  assert.ok(global.step > 0);
  const distinct = [...new Set(steps)].slice(0, global.step);
  const logged = Array.from({ length: global.step }, (_, step) => step);
  assert.deepEqual(distinct, logged);
});

test('a getter that closes the log refuses its own record, and leaves other files alone', () => {
  const path = newPath();
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  const logger = new Logger([backend]);
  logger.log([0], { loss: 1 });
  let other: JSONStreamBackend | undefined;
  const data = {
    get loss(): number {
      backend.close();
      other = new JSONStreamBackend(Verbosity.VERBOSE, `${path}.other`);
      return 1;
    },
  };
  assert.throws(() => logger.log([1], data), { code: 'ERR_DLLOGGER_CLOSED' });
  other?.close();
  assert.deepEqual(readRecords(`${path}.other`), []);
  assert.equal(readRecords(path).length, 1);
});
