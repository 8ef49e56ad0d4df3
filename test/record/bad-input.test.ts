/** What cannot be logged: a clear error, not one byte of the record, later records unharmed. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import * as DLLogger from 'dllogger';
import {
  DLLoggerError,
  float,
  JSONStreamBackend,
  Logger,
  StdOutBackend,
  Timestamp,
  Verbosity,
} from 'dllogger';
import { newPath, refused, type Untyped, withLog } from '../support/log.js';
import { readRecords } from '../support/run.js';

const circular: unknown[] = [1];
circular.push({ again: circular });

/** Objects like those of TensorFlow.js, of other tensor libraries and of Long: their own fields tell what they are. */
class Tensor {
  readonly dataId = {};
  readonly dtype = 'float32';
  readonly shape = [];
  dataSync(): Float32Array {
    return new Float32Array(1);
  }
}
class OtherTensor {
  readonly dims = [];
  item(): number {
    return 1;
  }
}
class Long {
  readonly low = 1;
  readonly high = 0;
  toNumber(): number {
    return this.low;
  }
}

/** An array whose `length` is this number. */
function arrayOf(length: number): unknown {
  return new Proxy([], {
    get: (target, key, self) => (key === 'length' ? length : Reflect.get(target, key, self)),
  });
}

const UNLOGGABLE: readonly [name: string, value: unknown, message: RegExp][] = [
  ['a function', () => 1, /^metric "loss" is a function, which cannot be logged$/],
  ['a class', class Model {}, /^metric "loss" is the function Model/],
  ['a symbol', Symbol('s'), /^metric "loss" is a symbol, which cannot be logged$/],
  ['a Promise', Promise.resolve(1), /^metric "loss" is a Promise, .* \(did you forget await\?\)$/],
  ['a thenable', Object.fromEntries([['then', () => {}]]), /did you forget await\?/],
  ['an Error', new Error('e'), /^metric "loss" is an Error, .* \(log its message\)$/],
  ['a Set', new Set([1]), /^metric "loss" is a Set, .* \(spread it: \[\.\.\.set\]\)$/],
  ['a tensor', new Tensor(), /^metric "loss" is an Object, .* \(did you forget dataSync\(\)\?\)$/],
  ['another tensor', [new OtherTensor()], /"\[0\] is an Object, .* \(did you forget item\(\)\?\)$/],
  ['a wrapped integer', new Long(), /\(did you forget toNumber\(\)\?\)$/],
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

test('common wrong calls get an error that says what the arguments are', () => {
  const order = 'the arguments are log\\(step, data, verbosity\\)';
  refused(
    { loss: 0.5 },
    undefined,
    new RegExp(`^the step is missing: ${order}, such as log\\(\\[epoch`),
  );
  refused(new Map([['loss', 1]]), undefined, /^the step is missing: /);
  refused(
    'starting',
    undefined,
    new RegExp(`^data is undefined: ${order}; .* log\\('NOTE', \\{ text:`),
  );
  refused('loss', 0.5, new RegExp(`^data is a number; it must be an object .*: ${order}, such as`));
  refused(
    'loss',
    '0.5',
    new RegExp(`^data is a string; it must be an object .*: ${order}, such as`),
  );
  refused({ loss: 0.5 }, [0], /^data is an array; it must be an object such as \{ loss: 0\.5 \}/);
});

test('a backend without an array, or made without new, gets an error with the right call', () => {
  const path = newPath();
  for (const make of [DLLogger.init, (list: never) => new Logger(list)]) {
    assert.throws(
      () => make(new StdOutBackend(0) as never),
      /^TypeError: a logger takes an array of backends: \[new StdOutBackend\(\.\.\.\)\]$/,
    );
    assert.throws(
      () => make([StdOutBackend] as never),
      /the function StdOutBackend, .* forget new\?/,
    );
  }
  const call = (type: unknown, ...args: unknown[]) =>
    (type as (...args: unknown[]) => unknown)(...args);
  assert.throws(() => call(StdOutBackend, 0), /^TypeError: .*StdOutBackend .*without 'new'/);
  assert.throws(() => call(JSONStreamBackend, 0, path), /^TypeError: .* without 'new'/);
  assert.ok(!existsSync(path));
  assert.throws(() => DLLogger.log([0], { loss: 1 }), DLLogger.DLLoggerNotInitialized);
});

test('an array that no record can hold is refused at once, and named', () => {
  const tooLong = (length: string) =>
    new RegExp(
      `^metric "loss"\\.a is an array of ${length} elements: a record holds at most 134217728 `,
    );
  for (const length of [2 ** 40, Number.POSITIVE_INFINITY, 2 ** 27 + 1]) {
    refused([2], { loss: { a: arrayOf(length) } }, tooLong(String(length)), DLLoggerError);
    refused(arrayOf(length), { loss: 1 }, /^step is an array of /, DLLoggerError);
  }
  refused([2], { loss: { a: new Array(2 ** 32 - 1) } }, tooLong('4294967295'), DLLoggerError);
  // The three arrays together have too many elements.
  const three = [arrayOf(0), [1, 2], arrayOf(2 ** 27 - 2)];
  refused(
    [2],
    { loss: three },
    /^metric "loss"\[2\] is an array of 134217726 elements/,
    DLLoggerError,
  );
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

test('of a record with a bad value nothing is printed', (context) => {
  const lines: unknown[] = [];
  context.mock.method(process.stdout, 'write', (line: unknown) => lines.push(line));
  const logger = new Logger([new StdOutBackend(0), new StdOutBackend(0)]) as unknown as Untyped;
  assert.throws(() => logger.log([0], { fine: 1, loss: () => 1 }, 0), TypeError);
  assert.throws(() => logger.log([() => 1], { fine: 1 }, 0), TypeError);
  context.mock.restoreAll();
  assert.deepEqual(lines, []);
});

test('times that a backend gets are checked before anything is stored', () => {
  const path = newPath();
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
