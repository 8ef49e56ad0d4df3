/**
 * Many records of one shape, for which the native encoder makes a reader, and among them records that only resemble
 * these.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Script } from 'node:vm';
import { JSONStreamBackend, Logger, Verbosity } from 'dllogger';
import { newPath, type Untyped, withLog } from '../support/log.js';
import { times } from '../support/long.js';
import { type LogRecord, readRecords, runScript } from '../support/run.js';

/** Number of records after which a reader is in use. Twice as many as needed, since a reader that fails pauses. */
const HABIT = 2500;
/** The same for the only shape of a log. */
const FIRST_HABIT = times(400, HABIT);
const usual = (i: number) => ({ loss: i + 0.5, lr: 1 / (i + 1), ips: 1000 - i });

function repeat(logger: Untyped, from = 0): void {
  for (let i = from; i < from + FIRST_HABIT; i++) logger.log([i >> 8, i], usual(i));
}

/** Step and data of each line, as written. */
function textsOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.slice(line.indexOf('"step": ')));
}

class Prototyped {
  loss = 1.5;
  lr = 0.5;
  ips = 2.5;
  readonly inherited = true;
}

const inherits: unknown = Object.setPrototypeOf({ loss: 1, lr: 2 }, { ips: 3 });
const hidden: unknown = Object.defineProperty({ loss: 1, lr: 2 }, 'ips', { value: 3 });

/** A NaN with the bits of a tag of the wire format, that of a string of three bytes. */
const tagLike = new Float64Array(new BigUint64Array([0xfff9000700000003n]).buffer)[0];

/** Steps and data that are logged in place of the usual ones, with their text in the file. */
const LOOKALIKES: readonly [step: unknown, data: unknown, expected: string][] = [
  [[0, 1], { loss: Number.NaN, lr: 1, ips: 2 }, '[0, 1], "data": {"loss": NaN, "lr": 1, "ips": 2}'],
  [[0, 1], { loss: tagLike, lr: 1, ips: 2 }, '[0, 1], "data": {"loss": NaN, "lr": 1, "ips": 2}'],
  [
    [0, 1],
    { loss: -0, lr: 1e21, ips: -1 / 0 },
    '[0, 1], "data": {"loss": -0.0, "lr": 1e+21, "ips": -Infinity}',
  ],
  [
    [0, 1],
    { loss: 'high', lr: true, ips: null },
    '[0, 1], "data": {"loss": "high", "lr": true, "ips": null}',
  ],
  [[0, 1], { loss: 1, lr: undefined, ips: 2 }, '[0, 1], "data": {"loss": 1, "ips": 2}'],
  [
    [0, 1],
    { loss: [1, 2], lr: { a: 1 }, ips: 5n },
    '[0, 1], "data": {"loss": [1, 2], "lr": {"a": 1}, "ips": 5}',
  ],
  [[0, 1], { loss: 1, lr: 2 }, '[0, 1], "data": {"loss": 1, "lr": 2}'],
  [
    [0, 1],
    { loss: 1, lr: 2, ips: 3, more: 4 },
    '[0, 1], "data": {"loss": 1, "lr": 2, "ips": 3, "more": 4}',
  ],
  [[0, 1], { lr: 2, loss: 1, ips: 3 }, '[0, 1], "data": {"lr": 2, "loss": 1, "ips": 3}'],
  [[0, 1], { loss: 1, lr: 2, IPS: 3 }, '[0, 1], "data": {"loss": 1, "lr": 2, "IPS": 3}'],
  [[0, 1], {}, '[0, 1], "data": {}'],
  [[0, 1], new Map([['loss', 1]]), '[0, 1], "data": {"loss": 1}'],
  [
    [0, 1],
    new Prototyped(),
    '[0, 1], "data": {"loss": 1.5, "lr": 0.5, "ips": 2.5, "inherited": true}',
  ],
  [[0, 1], inherits, '[0, 1], "data": {"loss": 1, "lr": 2}'],
  [[0, 1], hidden, '[0, 1], "data": {"loss": 1, "lr": 2}'],
  [[0, 1], new Proxy(usual(0), {}), '[0, 1], "data": {"loss": 0.5, "lr": 1, "ips": 1000}'],
  [
    [0, 1],
    Object.assign(Object.create(null), usual(0)),
    '[0, 1], "data": {"loss": 0.5, "lr": 1, "ips": 1000}',
  ],
  [[0, 1], { ...usual(0), toJSON: () => 1 }, ''],
  [[], usual(0), '[], "data": {"loss": 0.5, "lr": 1, "ips": 1000}'],
  [[0], usual(0), '[0], "data": {"loss": 0.5, "lr": 1, "ips": 1000}'],
  [[0, 1, 2], usual(0), '[0, 1, 2], "data": {"loss": 0.5, "lr": 1, "ips": 1000}'],
  [[0, '1'], usual(0), '[0, "1"], "data": {"loss": 0.5, "lr": 1, "ips": 1000}'],
  [[0, 5n], usual(0), '[0, 5], "data": {"loss": 0.5, "lr": 1, "ips": 1000}'],
  [[0, Number.NaN], usual(0), '[0, NaN], "data": {"loss": 0.5, "lr": 1, "ips": 1000}'],
  // biome-ignore lint/suspicious/noSparseArray: a hole is undefined, and stands for null.
  [[0, ,], usual(0), '[0, null], "data": {"loss": 0.5, "lr": 1, "ips": 1000}'],
  [
    Object.assign([0, 1], { toJSON: () => 'warm-up' }),
    usual(0),
    '"warm-up", "data": {"loss": 0.5, "lr": 1, "ips": 1000}',
  ],
  [5, usual(0), '5, "data": {"loss": 0.5, "lr": 1, "ips": 1000}'],
  ['PARAMETER', usual(0), '"PARAMETER", "data": {"loss": 0.5, "lr": 1, "ips": 1000}'],
];

test('a record that only resembles the usual one is logged as it is', () => {
  const around = Array.from({ length: 2 * FIRST_HABIT }, (_, i) => {
    const { loss, lr, ips } = usual(i);
    return `"step": [${i >> 8}, ${i}], "data": {"loss": ${loss}, "lr": ${lr}, "ips": ${ips}}}`;
  });
  for (const [step, data, expected] of LOOKALIKES) {
    let error: unknown;
    const path = withLog((logger) => {
      repeat(logger);
      for (let i = 0; i < 2; i++) {
        try {
          logger.log(step, data);
        } catch (thrown) {
          error = thrown;
        }
        logger.log([0, 0], usual(0));
      }
      repeat(logger, FIRST_HABIT);
    });
    const last = '"step": [0, 0], "data": {"loss": 0.5, "lr": 1, "ips": 1000}}';
    const one = `"step": ${expected}}`;
    const between = expected === '' ? [last, last] : [one, last, one, last];
    const lines = textsOf(path);
    assert.deepEqual(lines.slice(FIRST_HABIT, -FIRST_HABIT), between);
    assert.equal(error instanceof TypeError, expected === '', String(error));
    assert.deepEqual([...lines.slice(0, FIRST_HABIT), ...lines.slice(-FIRST_HABIT)], around);
  }
});

test('shapes that take turns are told apart', () => {
  const COUNT = times(10_000, 40_000);
  const forms = Array.from({ length: 12 }, (_, form) => (i: number) => {
    const data: Record<string, number> = { epoch: i };
    for (let key = 0; key <= form; key++) data[`metric ${form} "${key}" \u2028`] = i + key / 8;
    return data;
  });
  const pick = (i: number) => forms[i < COUNT / 2 ? i % 12 : (i * i) % 12];
  const path = withLog((logger) => {
    for (let i = 0; i < COUNT; i++) logger.log([i], pick(i)?.(i));
  });
  const records = readRecords(path);
  assert.equal(records.length, COUNT);
  for (const [i, record] of records.entries()) {
    assert.equal(JSON.stringify([record.step, record.data]), JSON.stringify([[i], pick(i)?.(i)]));
  }
});

test('records with any number of metrics, and names of any kind, are logged', () => {
  for (const count of [0, 1, 100, 253, 254, 255, 400]) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: must not become one.
    const names = ['__proto__', '', 'a"b\\c', '`${1}`', 'constructor', 'data', 'keys', '\ud800'];
    const entries = Array.from({ length: count }, (_, i) => [names[i] ?? `metric${i}`, i / 4]);
    const data: unknown = Object.fromEntries(entries);
    const path = withLog((logger) => {
      for (let i = 0; i < FIRST_HABIT; i++) logger.log([1, i], data);
    });
    const lines = textsOf(path);
    assert.equal(lines.length, FIRST_HABIT);
    const first = lines[0]?.replace('[1, 0]', '');
    for (const [i, line] of lines.entries()) assert.equal(line.replace(`[1, ${i}]`, ''), first);
  }
});

test('a getter is called once for a record, and may log, throw, change the step and close', () => {
  const path = newPath();
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  const logger = new Logger([backend]);
  let asked = 0;
  let action = (_step: number[]): number | string => asked;
  const log = (i: number) => {
    const step = [7, i];
    const data = {
      before: 1,
      get loss() {
        asked++;
        return action(step);
      },
      after: 2,
    };
    logger.log(step, data as { loss: number });
  };
  for (let i = 0; i < HABIT; i++) log(i);
  assert.equal(asked, HABIT);

  action = (step) => step.push(9);
  log(HABIT);
  action = () => 'text';
  log(HABIT + 1);
  action = () => {
    logger.log([8], { before: 3, loss: 4, after: 5 });
    return 0.25;
  };
  for (let i = 0; i < HABIT; i++) log(HABIT + 2 + i);
  action = () => {
    assert.throws(() => logger.log([8], { bad: Symbol('bad') } as never), TypeError);
    throw new RangeError('in a getter');
  };
  assert.throws(() => log(-1), RangeError);
  action = () => 0.5;
  for (let i = 0; i < HABIT; i++) log(2 * HABIT + 2 + i);
  action = () => {
    backend.close();
    return 1;
  };
  assert.throws(() => log(-1), { code: 'ERR_DLLOGGER_CLOSED' });
  assert.equal(asked, 3 * HABIT + 4);

  const records = readRecords(path);
  assert.equal(records.length, 4 * HABIT + 2);
  const outer = records.filter(({ step }) => (step as number[])[0] === 7);
  for (const [i, record] of outer.entries()) {
    const loss = [i + 1, 3, 'text', 0.25, 0.5][
      i < HABIT ? 0 : i - HABIT < 2 ? i - HABIT + 1 : i < 2 * HABIT + 2 ? 3 : 4
    ];
    const expected = [[7, i], { before: 1, loss, after: 2 }];
    assert.equal(JSON.stringify([record.step, record.data]), JSON.stringify(expected));
  }
  const inner = records.filter(({ step }) => (step as number[])[0] === 8);
  assert.equal(inner.length, HABIT);
  for (const kind of [inner, outer]) {
    const times = kind.map((record) => Number(record.elapsedtime));
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  }
});

test('a getter that logs elsewhere, or tries to, leaves the record its own times', () => {
  const paths = [newPath(), newPath(), newPath()];
  const [first, second, other] = paths.map(
    (path) => new JSONStreamBackend(Verbosity.VERBOSE, path),
  );
  assert.ok(first !== undefined && second !== undefined && other !== undefined);
  const logger = new Logger([first, second]);
  const wait = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(wait, 0, 0, 1100);
  const young = new Logger([other]);
  for (let i = 0; i < HABIT; i++) {
    const data = {
      get loss() {
        if (i % 2 === 0) young.log([i], { loss: i });
        else assert.throws(() => young.log([i], { loss: Symbol('refused') as unknown as number }));
        return i;
      },
    };
    logger.log([i], data);
  }
  for (const backend of [first, second, other]) backend.close();
  const [firsts = [], seconds = [], others = []] = paths.map((path) => readRecords(path));
  assert.equal(firsts.length, HABIT);
  for (const record of firsts) assert.ok(Number(record.elapsedtime) >= 1);
  // Both have the record's one stamp.
  const timesOf = (record: LogRecord) => [record.timestamp, record.elapsedtime];
  assert.deepEqual(seconds.map(timesOf), firsts.map(timesOf));
  for (const record of others) assert.ok(Number(record.elapsedtime) < 60);
});

test('a loop that a time limit ends again and again loses no record it logged', () => {
  const path = newPath();
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  const global = globalThis as unknown as { step?: number; logger?: Logger };
  global.step = 0;
  global.logger = new Logger([backend]);
  const loop = new Script('for (;;) { logger.log([step], { loss: step, lr: 0.5 }); step++; }');
  for (let i = 0; i < 200 && (i < times(40, 200) || global.step <= HABIT); i++) {
    assert.throws(() => loop.runInThisContext({ timeout: 1 }), /timed out/);
  }
  assert.ok(global.step > HABIT);
  backend.close();
  const steps = readRecords(path).map((record) => Number((record.step as unknown[])[0]));
  // A record whose log() was cut short may be in the file; the loop then logs the same step again.
  const distinct = [...new Set(steps)].slice(0, global.step);
  assert.deepEqual(
    distinct,
    Array.from({ length: global.step }, (_, step) => step),
  );
});

test('where code may not be made from strings, every record is logged without a reader', async () => {
  const path = newPath();
  const script = `
    import { JSONStreamBackend, Logger } from 'dllogger';
    const logger = new Logger([new JSONStreamBackend(1, ${JSON.stringify(path)})]);
    for (let i = 0; i < ${FIRST_HABIT}; i++) logger.log([0, i], { loss: i / 2, lr: 0.5 });
    logger.close();
    try { new Function('1'); } catch (error) { console.log(error.name); }`;
  const { stdout, stderr } = await runScript(script, {
    flags: ['--disallow-code-generation-from-strings'],
  });
  assert.deepEqual([stdout, stderr], ['EvalError\n', '']);
  for (const [i, record] of readRecords(path).entries()) {
    assert.deepEqual([record.step, record.data], [[0, i], { loss: i / 2, lr: 0.5 }]);
  }
});
