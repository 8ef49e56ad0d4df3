/** What cannot be logged: a clear error, not one byte of the record, and later records unharmed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInNewContext, Script } from 'node:vm';
import {
  Float,
  float,
  JSONStreamBackend,
  Logger,
  StdOutBackend,
  Timestamp,
  Verbosity,
} from 'dllogger';
import { readRecords, temporaryDirectory } from './support/run.js';

const directory = temporaryDirectory();
let files = 0;

type ErrorType = abstract new (...args: never[]) => Error;

/** A logger to a new file, without the types that would refuse what these tests log. */
interface Untyped {
  log(step: unknown, data: unknown, verbosity?: number): void;
  metadata(metric: unknown, metadata: unknown): void;
}

function withLog(action: (logger: Untyped) => void): string {
  const path = join(directory, `${files++}.json`);
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  action(new Logger([backend]) as unknown as Untyped);
  backend.close();
  return path;
}

/** Logs the value between two good records; the file holds just those. */
function refused(step: unknown, data: unknown, message: RegExp, type: ErrorType = TypeError): void {
  const path = withLog((logger) => {
    logger.log([0], { before: 1 });
    for (let i = 0; i < 3; i++) {
      assert.throws(
        () => logger.log(step, data),
        (error: unknown) => {
          assert.ok(error instanceof type, String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    }
    logger.log([1], { after: 1 });
  });
  assert.deepEqual(
    readRecords(path).map((record) => record.data),
    [{ before: 1 }, { after: 1 }],
  );
}

/** Logs data that is to be stored; what comes back is `expected`. */
function stored(data: unknown, expected: string, step: unknown = []): void {
  const path = withLog((logger) => logger.log(step, data));
  const line = readFileSync(path, 'utf8');
  assert.equal(line.slice(line.indexOf('"data": ') + '"data": '.length), `${expected}}\n`);
}

const circular: unknown[] = [1];
circular.push({ again: circular });

const UNLOGGABLE: readonly [name: string, value: unknown, message: RegExp][] = [
  ['a function', () => 1, /^metric "loss" is a function, which cannot be logged$/],
  ['a class', class Model {}, /^metric "loss" is the function Model/],
  ['a symbol', Symbol('s'), /^metric "loss" is a symbol, which cannot be logged$/],
  ['a Promise', Promise.resolve(1), /^metric "loss" is a Promise, .* \(did you forget await\?\)$/],
  ['a thenable', Object.fromEntries([['then', () => {}]]), /did you forget await\?/],
  ['an Error', new Error('e'), /^metric "loss" is an Error, .* \(log its message\)$/],
  ['a Set', new Set([1]), /^metric "loss" is a Set, .* \(spread it: \[\.\.\.set\]\)$/],
  ['a RegExp', /x/, /is a RegExp/],
  ['a WeakMap', new WeakMap(), /is a WeakMap/],
  ['a WeakRef', new WeakRef({}), /is a WeakRef/],
  ['an ArrayBuffer', new ArrayBuffer(8), /is an ArrayBuffer/],
  ['a DataView', new DataView(new ArrayBuffer(8)), /is a DataView/],
  ['a generator', (function* () {})(), /is a Generator/],
  ['an iterator of a Map', new Map().keys(), /is a Map Iterator/],
  ['a boxed symbol', Object(Symbol('s')), /is a symbol/],
  ['a circular value', circular, /^metric "loss"\[1\]\.again is circular/],
  ['a Map with other keys', new Map([[1, 2]]), /is a Map with a number as a key; only string keys/],
  ['a function in a list', [1, [() => 1]], /^metric "loss"\[1\]\[0\] is a function/],
  ['a symbol in an object', { a: { b: Symbol('s') } }, /^metric "loss"\.a\.b is a symbol/],
  ['a Promise in a Map', new Map([['k', Promise.resolve()]]), /^metric "loss"\.k is a Promise/],
  ['what toJSON returns', { toJSON: () => () => 1 }, /^metric "loss" is a function/],
];

for (const [name, value, message] of UNLOGGABLE) {
  test(`${name} is refused`, () => {
    refused([2], { fine: 1, loss: value }, message);
    refused(['a', value], { loss: 1 }, /^step\[1\]/);
  });
}

test('a value that throws while it is read throws its own error', () => {
  class Broken extends Error {}
  const getter = {
    get loss(): number {
      throw new Broken('getter');
    },
  };
  refused([2], getter, /^getter$/, Broken);
  refused([2], { fine: 'x', nested: getter }, /^getter$/, Broken);
  const toJSON = () => {
    throw new Broken('toJSON');
  };
  refused([2], { fine: 1, loss: { toJSON } }, /^toJSON$/, Broken);
  refused([{ toJSON }], { fine: 1 }, /^toJSON$/, Broken);
  const proxy = new Proxy({}, { ownKeys: () => assert.fail('trap') });
  refused([2], proxy, /^trap$/, assert.AssertionError);
});

test('data that is not an object with names is refused', () => {
  const message = (type: string) => new RegExp(`^data is ${type}; it must be an object such as`);
  refused([2], undefined, message('undefined'));
  refused([2], null, message('null'));
  refused([2], 0.5, message('a number'));
  refused([2], 'loss', message('a string'));
  refused([2], [0.5], message('an array'));
  refused([2], new Float64Array(2), message('a Float64Array'));
  refused([2], new Date(), message('a Date'));
  refused([2], float(1), message('an Object'));
  refused([2], Promise.resolve({}), /^data is a Promise, which cannot be logged \(did you forget/);
  refused([2], new Set(['a']), /^data is a Set/);
});

test('metadata that cannot be logged is refused', () => {
  const path = withLog((logger) => {
    assert.throws(() => logger.metadata('loss', null), /^TypeError: metadata is null; it must be/);
    assert.throws(
      () => logger.metadata('loss', { unit: () => 1 }),
      /^TypeError: metadata of "loss"\.unit is/,
    );
    assert.throws(() => logger.metadata(5, {}), /^TypeError: the name of a metric is a string/);
    logger.metadata('loss', { unit: 'nat' });
  });
  assert.deepEqual(
    readRecords(path).map((record) => record.metadata),
    [{ unit: 'nat' }],
  );
});

test('values nested deeper than a thousand levels are refused, a thousand are stored', () => {
  const nest = (levels: number) => {
    let value: unknown = 1;
    for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { v: value };
    return value;
  };
  refused([2], { loss: nest(1001) }, /^metric "loss" is nested deeper than 1000 levels/);
  refused([2], { loss: nest(50_000) }, /nested deeper/);
  const path = withLog((logger) => logger.log([0], { loss: nest(1000) }));
  assert.deepEqual(readRecords(path)[0]?.data, { loss: nest(1000) });
});

test('wherever a logger prints too, a bad value prints nothing', (context) => {
  const lines: unknown[] = [];
  context.mock.method(process.stdout, 'write', (line: unknown) => lines.push(line));
  const logger = new Logger([new StdOutBackend(0), new StdOutBackend(0)]) as unknown as Untyped;
  assert.throws(() => logger.log([0], { fine: 1, loss: () => 1 }, 0), TypeError);
  assert.throws(() => logger.log([() => 1], { fine: 1 }, 0), TypeError);
  context.mock.restoreAll();
  assert.deepEqual(lines, []);
});

test('keys that mean something to objects are names like any other', () => {
  const data = JSON.parse(
    '{"__proto__": 1, "constructor": 2, "": 3, "toString": 4, "hasOwnProperty": 5}',
  );
  const text = '{"__proto__": 1, "constructor": 2, "": 3, "toString": 4, "hasOwnProperty": 5}';
  stored(data, text);
  stored({ nested: data }, `{"nested": ${text}}`);
  stored(new Map(Object.entries(data)), text);
});

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
  Object.defineProperty(prototype, 'polluted', { value: 1, enumerable: true, configurable: true });
  try {
    const path = withLog((logger) => {
      logger.log([0], { polluted: 2 });
      logger.log([1], {});
    });
    assert.deepEqual(readFileSync(path, 'utf8').match(/"data": \{.*?\}/g), [
      '"data": {"polluted": 2}',
      '"data": {}',
    ]);
  } finally {
    delete prototype.polluted;
  }
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
  };
  stored(
    values,
    '{"f64": [1.0, 0.5, NaN, -0.0, Infinity], "f32": [1.0, 0.10000000149011612], "u8": [1, 255], ' +
      '"clamped": [255], "i64": [-1, 4611686018427387904], "buffer": [97, 98], "empty": []}',
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

test('a record of 100,000 keys is stored, and so is the next', () => {
  const data = Object.fromEntries(
    Array.from({ length: 100_000 }, (_, i) => [`parameter ${i}`, i / 3]),
  );
  const path = withLog((logger) => {
    logger.log([0], data);
    logger.log([1], { loss: 1 });
    logger.log([2], data);
  });
  assert.deepEqual(
    readRecords(path).map((record) => record.data),
    [data, { loss: 1 }, data],
  );
});

test('100,000 different shapes are stored', () => {
  const path = withLog((logger) => {
    for (let i = 0; i < 100_000; i++) logger.log([i], { [`metric ${i}`]: i, loss: 0.5 });
  });
  const records = readRecords(path);
  assert.equal(records.length, 100_000);
  for (const [i, record] of records.entries()) {
    assert.equal(JSON.stringify(record.data), `{"metric ${i}":${i},"loss":0.5}`);
  }
});

test('a string of 64 MiB is stored', () => {
  const text = 'x'.repeat(2 ** 26);
  const path = withLog((logger) => {
    logger.log([0], { text });
    logger.log([1], { loss: 1 });
  });
  const [first, second] = readRecords(path);
  assert.equal(first?.data.text, text);
  assert.deepEqual(second?.data, { loss: 1 });
});

test('records around the size of the ring and its parts are stored in order', () => {
  const sizes = [2 ** 18 - 200, 2 ** 18 - 100, 2 ** 18, 2 ** 19, 2 ** 20 - 50, 2 ** 20, 2 ** 21, 7];
  const path = withLog((logger) => {
    for (let round = 0; round < 3; round++) {
      for (const size of sizes) {
        logger.log([round, size], { text: 'x'.repeat(size), wide: '日'.repeat(size / 2) });
        logger.log([round, size, 0], { loss: size });
      }
    }
  });
  const records = readRecords(path);
  const expected = [0, 1, 2].flatMap((round) =>
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

test('times that a backend is handed are checked before anything is stored', () => {
  const path = join(directory, `${files++}.json`);
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  const now = new Timestamp(1.7e15);
  for (let i = 0; i < 100; i++) {
    backend.log(now, i, [i], {});
    for (const elapsed of [Number.NaN, Number.POSITIVE_INFINITY, 1e20, undefined as never]) {
      assert.throws(
        () => backend.log(now, elapsed, [], {}),
        /^TypeError: the elapsed time of a rec/,
      );
    }
    for (const moment of [Number.NaN, -62135596800e6, 253402300800e6]) {
      const timestamp = new Timestamp(moment);
      assert.throws(
        () => backend.log(timestamp, 0, [], {}),
        /^TypeError: the timestamp of a record/,
      );
      assert.throws(() => backend.metadata(timestamp, 0, 'm', {}), TypeError);
    }
    assert.throws(() => backend.log(new Date() as never, 0, [], {}), TypeError);
    assert.throws(() => backend.metadata(now, 0, 5 as never, {}), /name of a metric is a string/);
  }
  backend.log(new Timestamp(-62e15), 0, [], { old: true });
  backend.close();
  assert.equal(readRecords(path).length, 101);
});

test('a loop that a time limit ends again and again loses no record it logged', () => {
  const path = join(directory, `${files++}.json`);
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
  for (let i = 0; i < 200; i++) {
    assert.throws(() => loop.runInThisContext({ timeout: 1 }), /timed out/);
  }
  backend.close();
  const steps = readRecords(path).map((record) => Number((record.step as unknown[])[0]));
  // A record whose log() was cut short may be there, and is logged again then.
  assert.deepEqual(
    [...new Set(steps)],
    Array.from({ length: global.step }, (_, step) => step),
  );
});

test('a getter that closes the log refuses its own record, and leaves other files alone', () => {
  const path = join(directory, `${files++}.json`);
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
