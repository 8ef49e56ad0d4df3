/** Custom backends, subclasses of the package's backends, and backends that throw. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import * as DLLogger from 'dllogger';
import {
  type Data,
  float,
  JSONStreamBackend,
  Logger,
  type Step,
  type Timestamp,
  Verbosity,
} from 'dllogger';
import { kinds, Recorder } from './support/recorder.js';
import { readRecords, temporaryDirectory } from './support/run.js';

const directory = temporaryDirectory();

afterEach(() => DLLogger.close());

test('a custom backend sees the values as they were logged', () => {
  const recorder = new Recorder();
  const data = { loss: 1, list: new Float32Array(2) };
  new Logger([recorder]).log([1, 2], data);
  const [, , , step, seen] = recorder.calls[0] ?? [];
  assert.deepEqual(step, [1, 2]);
  assert.equal(seen, data);
});

test('a backend that throws keeps no record from the others', () => {
  const path = join(directory, 'throwing.json');
  const before = new Recorder();
  const after = new Recorder();
  const logger = new Logger([
    before,
    new Recorder(1, 'log'),
    new JSONStreamBackend(1, path),
    after,
  ]);
  assert.throws(() => logger.log([0], { loss: 1 }), /^Error: log failed$/);
  logger.flush();
  assert.equal(readRecords(path).length, 1);
  assert.deepEqual(
    [kinds(before), kinds(after)],
    [
      ['log', 'flush'],
      ['log', 'flush'],
    ],
  );
  logger.close();
});

test('several backends that throw different errors give one AggregateError', () => {
  const bad = (message: string) => {
    const backend = new Recorder();
    backend.log = () => {
      throw new RangeError(message);
    };
    return backend;
  };
  assert.throws(
    () => new Logger([bad('one'), new Recorder(), bad('two')]).log([0], {}),
    (error: unknown) => {
      assert.ok(error instanceof AggregateError);
      assert.equal(error.message, '2 backends failed: one; two');
      assert.equal(error.errors.length, 2);
      return true;
    },
  );
  // Two errors with the same message are reported as one.
  assert.throws(() => new Logger([bad('one'), bad('one')]).log([0], {}), /^RangeError: one$/);
});

test('flush, metadata and close reach every backend, too, whichever throws', () => {
  for (const method of ['flush', 'metadata', 'close'] as const) {
    const after = new Recorder();
    const logger = new Logger([new Recorder(1, method), after]);
    const call = () => (method === 'metadata' ? logger.metadata('loss', {}) : logger[method]());
    assert.throws(call, new RegExp(`^Error: ${method} failed$`));
    assert.deepEqual(kinds(after), [method]);
  }
});

test('a subclass of JSONStreamBackend that overrides log gets its calls', () => {
  const path = join(directory, 'subclass.json');
  class Prefixed extends JSONStreamBackend {
    override log(timestamp: Timestamp, elapsedtime: number, step: Step, data: Data): void {
      super.log(timestamp, elapsedtime, step, { run: 'a', ...data });
    }
  }
  const logger = new Logger([new Prefixed(1, path)]);
  logger.log([0], { loss: 1 });
  logger.metadata('loss', {});
  logger.close();
  assert.deepEqual(readRecords(path)[0]?.data, { run: 'a', loss: 1 });
});

test('log and metadata as class fields, or replaced on the instance, get their calls', () => {
  const path = join(directory, 'fields.json');
  const calls: string[] = [];
  class Fields extends JSONStreamBackend {
    override log = (timestamp: Timestamp, elapsedtime: number, step: Step, data: Data): void => {
      calls.push('log');
      super.log(timestamp, elapsedtime, step, { run: 'a', ...data });
    };
    override metadata = (): void => {
      calls.push('metadata');
    };
  }
  const backend = new JSONStreamBackend(1, `${path}.own`);
  const logger = new Logger([new Fields(1, path), backend]);
  logger.log([0], { loss: 1 });
  logger.metadata('loss', {});
  assert.deepEqual(calls, ['log', 'metadata']);
  backend.log = () => calls.push('replaced');
  logger.log([1], { loss: 2 });
  assert.deepEqual(calls.slice(2), ['log', 'replaced']);
  logger.close();
  assert.deepEqual(
    readRecords(path).map((record) => record.data),
    [
      { run: 'a', loss: 1 },
      { run: 'a', loss: 2 },
    ],
  );
  assert.equal(readRecords(`${path}.own`).length, 2);
});

test('custom backends get plain numbers where float() marked some', () => {
  const recorder = new Recorder();
  const logger = new Logger([recorder]);
  const data = { loss: float(1), list: [1, float(2)], map: new Map([['a', float(3)]]), name: 'x' };
  logger.log([0, float(1)], data);
  logger.metadata('loss', { threshold: float(4) });
  const [logged, metadata] = recorder.calls;
  assert.deepEqual(logged?.slice(3), [
    [0, 1],
    { loss: 1, list: [1, 2], map: new Map([['a', 3]]), name: 'x' },
  ]);
  assert.deepEqual(metadata?.[4], { threshold: 4 });
  assert.ok(data.loss instanceof DLLogger.Float);
  // Data without marks is passed on as it is, even if it cannot be logged.
  const circular: Record<string, unknown> = { a: 1 };
  circular.b = [circular, circular];
  const endless = new Proxy([], { get: () => Number.POSITIVE_INFINITY });
  const throws = Object.defineProperty({}, 'a', {
    get: () => assert.fail('read'),
    enumerable: true,
  });
  for (const value of [{ a: 1, b: [2] }, circular, { endless }, throws, new Map([['a', 1]])]) {
    logger.log([0], value as never);
    assert.equal(recorder.calls.at(-1)?.[4], value);
  }
});

test('a subclass that passes its record to super.log() keeps what float() marked', () => {
  class Filter extends JSONStreamBackend {
    sum = 0;
    override log(timestamp: Timestamp, elapsedtime: number, step: Step, data: Data): void {
      for (const value of Object.values(data)) if (typeof value === 'number') this.sum += value;
      super.log(timestamp, elapsedtime, step, data);
    }
  }
  const path = join(directory, 'handed-on.json');
  const backend = new Filter(Verbosity.VERBOSE, path);
  const logger = new Logger([backend]);
  logger.log([float(1)], { loss: float(1), other: 2 });
  logger.metadata('loss', { threshold: float(4) });
  backend.close();
  assert.equal(backend.sum, 3);
  const text = readFileSync(path, 'latin1');
  assert.match(text, /"step": \[1\.0\], "data": \{"loss": 1\.0, "other": 2\}/);
  assert.match(text, /"metadata": \{"threshold": 4\.0\}/);
});
