/** What is stored, however odd: keys, strings, numbers, objects, and records of every size. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import * as dllogger from 'dllogger';
import { Float, float, repr, str } from 'dllogger';
import { newPath, refused, stored, type Untyped, withLog } from '../support/log.js';
import { isLong, SHARED, times } from '../support/long.js';
import { readRecords, runScript } from '../support/run.js';

test('keys that mean something to objects are names like any other', () => {
  const data = JSON.parse(
    '{"__proto__": 1, "constructor": 2, "": 3, "toString": 4, "hasOwnProperty": 5}',
  );
  const text = '{"__proto__": 1, "constructor": 2, "": 3, "toString": 4, "hasOwnProperty": 5}';
  stored(data, text);
  stored({ nested: data }, `{"nested": ${text}}`);
  stored(new Map(Object.entries(data)), text);
});

test(
  "Python's text of a long value has every character, whatever alphabet it is of",
  SHARED,
  () => {
    // Together longer than the text that is gathered in one string.
    const count = times(2 ** 17, 2 ** 19);
    const texts = [
      '日'.repeat(count),
      'ä',
      '\u{1f4c9}'.repeat(count),
      'x'.repeat(3 * 2 ** 18),
      'λ',
    ];
    const expected = `[${texts.map((text) => `'${text}'`).join(', ')}]`;
    assert.ok(repr({ 日: texts }) === `{'日': ${expected}}`);
    if (isLong) assert.ok(str(texts) === expected);
  },
);

test('only own enumerable string keys count', () => {
  const inherited = Object.create({ inherited: 1 });
  inherited.own = 2;
  Object.defineProperty(inherited, 'hidden', { value: 3, enumerable: false });
  inherited[Symbol('symbol')] = 4;
  stored(inherited, '{"own": 2}');
  stored({ nested: inherited }, '{"nested": {"own": 2}}');
  class Parameters {
    lr = 0.1;
    get rate(): number {
      return this.lr;
    }
  }
  stored(new Parameters(), '{"lr": 0.1}');
});

test('a polluted Object.prototype adds nothing to records', () => {
  const prototype = Object.prototype as Record<string, unknown>;
  // Enough for a reader to be made for the shape.
  const count = 100;
  const path = withLog((logger) => {
    for (let i = 0; i < count; i++) logger.log([0], { loss: i, polluted: 2 });
    Object.assign(prototype, { polluted: 1 });
    try {
      for (const data of [{ polluted: 2 }, {}, { loss: 3 }]) logger.log([1], data);
    } finally {
      delete prototype.polluted;
    }
  });
  const texts = readFileSync(path, 'utf8').match(/"data": \{.*?\}/g);
  assert.deepEqual(texts?.slice(count), [
    '"data": {"polluted": 2}',
    '"data": {}',
    '"data": {"loss": 3}',
  ]);
});

test('undefined is left out of objects and null in lists', () => {
  stored({ a: undefined, b: [undefined, 1], c: { d: undefined } }, '{"b": [null, 1], "c": {}}');
  stored({ a: { toJSON: () => undefined }, b: 1 }, '{"b": 1}');
  const sparse = [0, 1];
  delete sparse[0];
  stored({ a: sparse }, '{"a": [null, 1]}');
});

test('what JSON.stringify unwraps is unwrapped', () => {
  const values = {
    date: new Date(0),
    invalid: new Date(Number.NaN),
    boxed: [Object(1), Object('s'), Object(true), Object(5n)],
    json: { toJSON: (key: string) => `key ${key}` },
    list: [{ toJSON: (key: string) => key }],
  };
  stored(
    values,
    '{"date": "1970-01-01T00:00:00.000Z", "invalid": null, "boxed": [1, "s", true, 5], ' +
      '"json": "key json", "list": ["0"]}',
  );
});

test('typed arrays are lists, those of floats of floats', () => {
  const values = {
    f64: new Float64Array([1, 0.5, Number.NaN, -0, Number.POSITIVE_INFINITY]),
    f32: new Float32Array([1, 0.1]),
    u8: new Uint8Array([1, 255]),
    clamped: new Uint8ClampedArray([300]),
    i64: new BigInt64Array([-1n, 2n ** 62n]),
    buffer: Buffer.from('ab'),
    empty: new Int32Array(0),
    bare: Object.setPrototypeOf(new Float32Array([1]), null),
  };
  stored(
    values,
    '{"f64": [1.0, 0.5, NaN, -0.0, Infinity], "f32": [1.0, 0.10000000149011612], "u8": [1, 255], ' +
      '"clamped": [255], "i64": [-1, 4611686018427387904], "buffer": [97, 98], "empty": [], "bare": [1.0]}',
  );
});

test('every NaN is NaN, whatever its bits', () => {
  const words = new BigUint64Array([0xfff9000200000000n, 0xfff90009ffffffffn, 0x7ff8dead0000beefn]);
  const nans = new Float64Array(words.buffer);
  const values = { a: nans[0], b: nans[1], c: [nans[2], nans[0]], d: nans, e: float(nans[1] ?? 0) };
  stored(values, '{"a": NaN, "b": NaN, "c": [NaN, NaN], "d": [NaN, NaN, NaN], "e": NaN}');
});

test('strings of every kind keep their code units', () => {
  const units = Array.from({ length: 0x1_0000 }, (_, unit) => String.fromCharCode(unit)).join('');
  const texts = [
    '',
    'é',
    '\ud800',
    '\udc00\ud800',
    '日本',
    '\u{1f680}',
    units,
    'x'.repeat(100),
    '日'.repeat(100),
  ];
  const path = withLog((logger) => {
    for (const text of texts) logger.log(text, { [text]: text, list: [text] });
  });
  assert.match(readFileSync(path, 'latin1'), /^[ -~\n]*$/);
  assert.deepEqual(
    readRecords(path).map((record) => [record.step, record.data]),
    texts.map((text) => [text, { [text]: text, list: [text] }]),
  );
});

test('a record of tens of thousands of keys is stored, and so is the next', () => {
  const data = Object.fromEntries(
    Array.from({ length: times(40_000, 100_000) }, (_, i) => [`parameter ${i}`, i / 3]),
  );
  const path = withLog((logger) => {
    logger.log([0], data);
    logger.log([1], { loss: 1 });
    logger.log([2], data);
  });
  // Texts, since a comparison of objects with so many keys takes long.
  const pairs = Object.entries(data).map(([name, value]) => `"${name}": ${value}`);
  const large = `{${pairs.join(', ')}}`;
  const expected = [large, '{"loss": 1}', large];
  const lines = readFileSync(path, 'latin1').split('\n');
  assert.equal(lines.length, expected.length + 1);
  for (const [index, text] of expected.entries()) {
    assert.ok(lines[index]?.endsWith(`"step": [${index}], "data": ${text}}`), `${index}`);
  }
});

test('tens of thousands of different shapes are stored', () => {
  const count = times(10_000, 100_000);
  const path = withLog((logger) => {
    for (let i = 0; i < count; i++) logger.log([i], { [`metric ${i}`]: i, loss: 0.5 });
  });
  const records = readRecords(path);
  assert.equal(records.length, count);
  for (const [i, record] of records.entries()) {
    assert.equal(JSON.stringify(record.data), `{"metric ${i}":${i},"loss":0.5}`);
  }
});

test('records around the size of the ring and its parts are stored in order', () => {
  const ROUNDS = times(1, 3);
  const sizes = [2 ** 18 - 200, 2 ** 18 - 100, 2 ** 18, 2 ** 19, 2 ** 20 - 50, 2 ** 20, 2 ** 21, 7];
  const path = withLog((logger) => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const size of sizes) {
        logger.log([round, size], { text: 'x'.repeat(size), wide: '日'.repeat(size / 2) });
        logger.log([round, size, 0], { loss: size });
      }
    }
  });
  const records = readRecords(path);
  const expected = [...Array(ROUNDS).keys()].flatMap((round) =>
    sizes.flatMap((size) => [
      [round, size],
      [round, size, 0],
    ]),
  );
  assert.deepEqual(
    records.map((record) => record.step),
    expected,
  );
  for (const record of records) {
    const [, size] = record.step as [number, number];
    if ('text' in record.data) assert.equal(record.data.text, 'x'.repeat(size));
  }
});

test('values that lie about themselves are stored as they are, or refused', () => {
  class Short extends Float64Array {
    override get length(): number {
      return 2;
    }
  }
  class Lying extends Map<string, unknown> {
    override keys(): MapIterator<string> {
      return new Map<string, unknown>().keys();
    }
    override [Symbol.iterator](): MapIterator<[string, unknown]> {
      return new Map<string, unknown>([['other', 2]])[Symbol.iterator]();
    }
  }
  const other = runInNewContext('({ map: new Map([["a", 1]]), big: new BigInt64Array(2) })');
  const named = new Float64Array([1, fromBits(0xfff9000900000005n)]);
  Object.defineProperty(named, Symbol.toStringTag, { value: 'Uint8Array' });
  const array = (length: number) =>
    new Proxy([1, 2, 3], {
      get: (target, key, self) => (key === 'length' ? length : Reflect.get(target, key, self)),
    });
  const list = Object.assign([1, 2], { [Symbol.iterator]: () => [9].values() });
  const detached = new Float64Array(2);
  structuredClone(detached, { transfer: [detached.buffer] });
  const growing: unknown[] = [{ toJSON: () => growing.push(5) }, 2];
  stored(
    {
      short: new Short([1, 2, 3]),
      lying: new Lying([['a', 1]]),
      map: other.map,
      big: other.big,
      named,
      half: array(2.5),
      none: array(-1),
      list,
      detached,
      growing,
    },
    '{"short": [1.0, 2.0, 3.0], "lying": {"a": 1}, "map": {"a": 1}, "big": [0, 0], ' +
      '"named": [1.0, NaN], "half": [1, 2], "none": [], "list": [1, 2], "detached": [], ' +
      '"growing": [3, 2]}',
  );
  stored(other.map, '{"a": 1}');
  for (const value of [[1].values(), 'a'.matchAll(/a/g), new Headers(), new WeakRef({})]) {
    refused([2], { loss: value }, /^metric "loss" is an? [A-Z].*, which cannot be logged$/);
  }
  assert.throws(
    () => new Float('12' as never),
    /^TypeError: float\(\) takes a number, not a string/,
  );
});

function fromBits(bits: bigint): number {
  return new Float64Array(new BigUint64Array([bits]).buffer)[0] ?? 0;
}

test('a Float whose valueOf is overridden is its number', () => {
  class Odd extends Float {
    override valueOf(): number {
      return 'x' as never;
    }
  }
  stored({ odd: new Odd(7) }, '{"odd": 7.0}');
});

test('a Float prints as Python does, and converts to its number', SHARED, () => {
  assert.deepEqual(
    [1, -0, 1e22, 0.5, 8.5e-5].map((value) => String(float(value))),
    [...['1.0', '-0.0', '1e+22', '0.5', '8.5e-05']],
  );
  assert.equal(`${float(3)}`, '3.0');
  assert.equal(Number(float(3)) + 1, 4);
});

test('a key that is deleted while its record is read is left out, also where a prototype has the key', () => {
  const removing = (record: Record<string, unknown>) => ({
    toJSON: () => {
      for (const key of ['later', 'valueOf']) Reflect.deleteProperty(record, key);
      return 1;
    },
  });
  class Base {
    get later(): string {
      return 'inherited';
    }
    set later(value: unknown) {
      Object.defineProperty(this, 'later', { value, enumerable: true, configurable: true });
    }
  }
  for (const record of [{}, new Base()] as Record<string, unknown>[]) {
    const fill = () => Object.assign(record, { first: removing(record), later: 2, valueOf: 3 });
    stored(fill(), '{"first": 1}');
    stored({ nested: fill() }, '{"nested": {"first": 1}}');
  }
});

/** Logs plain data, nested data, odd prototypes and metadata. Prints the error of a bad record. */
function logOdd(
  { JSONStreamBackend, Logger, float }: typeof import('dllogger'),
  path: string,
  print: (message: string) => void,
): void {
  const logger = new Logger([new JSONStreamBackend(1, path)]) as unknown as Untyped & {
    close(): void;
  };
  class Parameters {
    lr = 0.1;
  }
  const odd = JSON.parse('{"__proto__": 1, "constructor": 2}');
  const bare = Object.assign(Object.create(null), { a: 1 });
  const map = new Map([['a', 1]]);
  const values = [{ loss: 1 }, odd, bare, new Parameters(), map, { n: { odd, bare } }];
  for (const value of values) logger.log([0, 1], value);
  const list = [1, { a: [null, 'x'] }];
  logger.log([0, 1], { list, f: float(1), t: new Float64Array(2), d: new Date(0) });
  // Enough for a reader to be made for the shape.
  for (let i = 0; i < 300; i++) logger.log([i], { loss: i, lr: i / 2 });
  logger.metadata('loss', { unit: 'nat' });
  try {
    logger.log([0], { a: () => 1 });
  } catch (error) {
    print((error as Error).message);
  }
  logger.close();
}

/** The lines of a log without their times. */
const recordsOf = (path: string) =>
  readFileSync(path, 'latin1').replaceAll(/^DLLL .*?"type"/gm, 'DLLL "type"');

test('records are the same without __proto__ (node --disable-proto)', SHARED, async () => {
  const expected = newPath();
  const messages: string[] = [];
  logOdd(dllogger, expected, (message) => messages.push(message));
  assert.match(messages.join(), /^metric "a" is the function a, which/);
  assert.equal(readRecords(expected).length, 308);
  const script = `
    import * as dllogger from 'dllogger';
    (${logOdd})(dllogger, process.argv[1], console.log);`;
  for (const mode of ['throw', 'delete']) {
    const path = newPath();
    const result = await runScript(script, { args: [path], flags: [`--disable-proto=${mode}`] });
    assert.match(result.stdout, /^metric "a" is the function a, which/, result.stderr);
    assert.equal(recordsOf(path), recordsOf(expected));
  }
});

test('long strings are stored, whichever characters are escaped', () => {
  const escaped = ['é', '"', '日', '\ud83d\ude80', '\ud800', '\\', '\n', '\x7f', '\0', 'x'];
  const texts = escaped.flatMap((text, index) => {
    // Strings are escaped in pieces of 4096 and 16384 units, and in another way from 2 ** 20 units on.
    const size = isLong || index < 2 ? 2 ** 20 : 2 ** 16;
    return [
      text.repeat(size / text.length + 1),
      `${'x'.repeat(4095)}${text.repeat(2)}${'x'.repeat(size - 4097)}${text.repeat(2)}`,
    ];
  });
  const path = withLog((logger) => {
    for (const text of texts) logger.log([0], { text });
  });
  for (const [index, { data }] of readRecords(path).entries()) {
    assert.ok(data.text === texts[index], `${index}`);
  }
});

test('each value is read once, in the order of the keys', () => {
  const values = [1, 0.5, 'text', true, null, undefined, [1, 'a'], { a: 1 }, float(2), 10n];
  const path = withLog((logger) => {
    for (let i = 0; i < 200; i++) {
      const reads: number[] = [];
      const record = {};
      for (const [index, value] of values.entries()) {
        const get = () => {
          reads.push(index);
          return values[(index + i) % values.length] ?? value;
        };
        Object.defineProperty(record, `v${index}`, { get, enumerable: true });
      }
      const step = Object.defineProperty([0, 0], 1, {
        get: () => reads.push(-1),
        enumerable: true,
      });
      logger.log(step, record);
      assert.deepEqual(reads, [-1, ...values.keys()]);
    }
  });
  assert.equal(readRecords(path).length, 200);
});
