/** Logger and the singleton: which backend gets which record, and the errors of wrong calls. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import * as DLLogger from 'dllogger';
import { JSONStreamBackend, Logger, type Timestamp, Verbosity } from 'dllogger';
import { SHARED } from './support/long.js';
import { kinds, Recorder } from './support/recorder.js';
import { readRecords, runScript, temporaryDirectory } from './support/run.js';

const directory = temporaryDirectory();

afterEach(() => DLLogger.close());

test('the constant implementation names the implementation that serves', () => {
  const wish = process.env.DLLOGGER_NATIVE;
  assert.equal(DLLogger.implementation, wish === '0' ? 'typescript' : 'native');
});

test('use before init says what to do', () => {
  for (const use of [
    () => DLLogger.log([0], {}),
    () => DLLogger.metadata('loss', {}),
    () => DLLogger.flush(),
  ]) {
    assert.throws(use, (error: unknown) => {
      assert.ok(error instanceof DLLogger.DLLoggerNotInitialized);
      assert.ok(error instanceof DLLogger.DLLoggerError);
      assert.equal(error.code, 'ERR_DLLOGGER_NOT_INITIALIZED');
      assert.match(error.message, /before DLLogger\.init\(\): call init\(backends\) first/);
      return true;
    });
  }
});

test('a second init says what to do, and the first logger continues', () => {
  const recorder = new Recorder();
  DLLogger.init([recorder]);
  assert.throws(
    () => DLLogger.init([]),
    (error: unknown) => {
      assert.ok(error instanceof DLLogger.DLLoggerAlreadyInitialized);
      assert.equal(error.code, 'ERR_DLLOGGER_ALREADY_INITIALIZED');
      assert.match(error.message, /call close\(\) first to start over, or use new Logger/);
      return true;
    },
  );
  DLLogger.log([0], {});
  assert.deepEqual(kinds(recorder), ['log']);
});

test('after close init may be called again', () => {
  const recorder = new Recorder();
  DLLogger.close();
  DLLogger.init([recorder]);
  DLLogger.close();
  DLLogger.close();
  assert.throws(() => DLLogger.log([0], {}), DLLogger.DLLoggerNotInitialized);
  DLLogger.init([]);
  DLLogger.log([0], {});
  assert.deepEqual(kinds(recorder), ['close']);
});

test('an init that fails leaves the module as it was', () => {
  assert.throws(
    () => DLLogger.init(5 as never),
    /a logger takes an array of backends, not a number/,
  );
  assert.throws(
    () => DLLogger.init([{} as never]),
    /backends\[0\] is an Object, not a Backend: use/,
  );
  assert.throws(() => DLLogger.init([Recorder as never]), /did you forget new\?/);
  DLLogger.init([]);
});

test('a wrong call in plain JavaScript gets an error with the right call, and reaches no backend', () => {
  const recorder = new Recorder();
  const logger = new Logger([recorder]) as unknown as {
    log(...args: unknown[]): void;
    metadata(...args: unknown[]): void;
  };
  assert.throws(
    () => logger.log(undefined, {}),
    /^TypeError: the step is undefined: log\(step, data\)/,
  );
  assert.throws(
    () => logger.log({ step: [0], data: {} }),
    /^TypeError: the step is missing: the arguments are log\(step, data, verbosity\)/,
  );
  assert.throws(() => logger.log([0], null), /^TypeError: data is null/);
  assert.throws(
    () => logger.log([0], {}, 'VERBOSE'),
    /^TypeError: the verbosity of a record is a num/,
  );
  assert.throws(
    () => logger.metadata('loss', null),
    /^TypeError: metadata is null; .* unit: 'nat'/,
  );
  assert.throws(() => logger.metadata('loss'), /^TypeError: metadata is undefined/);
  assert.deepEqual(recorder.calls, []);
});

test('a backend gets records up to its verbosity, and all metadata', () => {
  const off = new Recorder(Verbosity.OFF);
  const plain = new Recorder(Verbosity.DEFAULT);
  const verbose = new Recorder(Verbosity.VERBOSE);
  const chatty = new Recorder(7);
  const logger = new Logger([off, plain, verbose, chatty]);
  logger.metadata('loss', { unit: 'nat' });
  logger.log('a', {}, Verbosity.DEFAULT);
  logger.log('b', {}, Verbosity.VERBOSE);
  logger.log('c', {}, 5);
  const steps = (recorder: Recorder) => recorder.calls.slice(1).map((call) => call[3]);
  for (const recorder of [off, plain, verbose, chatty])
    assert.equal(kinds(recorder)[0], 'metadata');
  assert.deepEqual([off, plain, verbose, chatty].map(steps), [
    [],
    ['a'],
    ['a', 'b'],
    ['a', 'b', 'c'],
  ]);
});

test('the default verbosity is VERBOSE for the method and DEFAULT for the function', () => {
  const plain = new Recorder(Verbosity.DEFAULT);
  new Logger([plain]).log([0], {});
  assert.deepEqual(kinds(plain), []);
  DLLogger.init([plain]);
  DLLogger.log([0], {});
  assert.deepEqual(kinds(plain), ['log']);
});

test('backends of a call get the same time stamp, in list order', () => {
  const first = new Recorder();
  const second = new Recorder();
  const path = join(directory, 'mixed.json');
  const logger = new Logger([first, new JSONStreamBackend(1, path), second]);
  logger.log([1], { loss: 0.5 });
  logger.metadata('loss', { unit: 'nat' });
  logger.close();
  for (const [index, call] of first.calls.slice(0, 2).entries()) {
    const record = readRecords(path)[index];
    const [, timestamp, elapsedtime] = call as [string, Timestamp, number];
    assert.equal(second.calls[index]?.[1], timestamp, 'one object for all');
    assert.equal(second.calls[index]?.[2], elapsedtime);
    assert.equal(Number(record?.elapsedtime), elapsedtime);
    assert.equal(Math.round(Number(record?.timestamp) * 1e6), timestamp.epochMicroseconds);
    assert.ok(timestamp instanceof Date);
  }
});

test('backends is a list that may be changed while logging', () => {
  const first = new Recorder();
  const second = new Recorder();
  const logger = new Logger([first]);
  logger.log([0], {});
  logger.backends.push(second);
  logger.log([1], {});
  logger.backends = [second];
  logger.log([2], {});
  assert.deepEqual([first.calls.length, second.calls.length], [2, 2]);
});

test('a logger keeps the array that it was given: a backend pushed to it later gets records', () => {
  const backends = [new Recorder()];
  const logger = new Logger(backends);
  const late = new Recorder();
  backends.push(late);
  logger.log([0], {});
  assert.equal(logger.backends, backends);
  assert.equal(late.calls.length, 1);
});

test('the backends of the module’s own logger can be listed and changed', () => {
  assert.throws(() => DLLogger.globalLogger(), DLLogger.DLLoggerNotInitialized);
  const backends = [new Recorder()];
  DLLogger.init(backends);
  try {
    const late = new Recorder();
    backends.push(late);
    DLLogger.log([0], {});
    assert.deepEqual([...DLLogger.globalLogger().backends], backends);
    assert.equal(late.calls.length, 1);
    DLLogger.globalLogger().backends = [];
    DLLogger.log([1], {});
    assert.equal(late.calls.length, 1);
  } finally {
    DLLogger.close();
  }
  assert.throws(() => DLLogger.globalLogger(), DLLogger.DLLoggerNotInitialized);
});

test('use after close says what to do', () => {
  const path = join(directory, 'closed.json');
  const backend = new JSONStreamBackend(1, path);
  const logger = new Logger([backend]);
  logger.log([0], {});
  logger.close();
  logger.close();
  logger.flush();
  backend.close();
  assert.throws(() => logger.log([1], {}), {
    code: 'ERR_DLLOGGER_CLOSED',
    message: /this logger is/,
  });
  assert.throws(() => logger.metadata('loss', {}), { code: 'ERR_DLLOGGER_CLOSED' });
  const other = new Logger([backend]);
  assert.throws(() => other.log([1], {}), {
    code: 'ERR_DLLOGGER_CLOSED',
    message:
      /log ".*closed\.json" is closed: .* open a new JSONStreamBackend with \{ append: true \}/,
  });
  assert.equal(readRecords(path).length, 1);
});

test('a logger and a backend close with their scope', () => {
  const recorder = new Recorder();
  const logger = new Logger([recorder]);
  logger[Symbol.dispose]();
  recorder[Symbol.dispose]();
  assert.deepEqual(kinds(recorder), ['close', 'close']);
});

test('a verbosity that is no integer is a TypeError, and no file is made', () => {
  const path = join(directory, 'verbosity.json');
  assert.throws(
    () => new JSONStreamBackend('1' as never, path),
    /verbosity of a backend is an integer/,
  );
  assert.throws(() => new JSONStreamBackend(Number.NaN, path), TypeError);
  assert.ok(!existsSync(path));
});

test('several loggers share a file, and a logger writes several', () => {
  const path = join(directory, 'shared.json');
  const shared = new JSONStreamBackend(1, path);
  const own = new JSONStreamBackend(1, `${path}.own`);
  const one = new Logger([shared]);
  const two = new Logger([shared, own]);
  for (let i = 0; i < 1000; i++) (i % 2 === 0 ? one : two).log([i], { loss: i });
  two.close();
  assert.deepEqual(
    readRecords(path).map((record) => record.step),
    Array.from({ length: 1000 }, (_, i) => [i]),
  );
  assert.equal(readRecords(`${path}.own`).length, 500);
});

test('require() and import give the same module', SHARED, async () => {
  const script = `
    import { createRequire } from 'node:module';
    import * as imported from 'dllogger';
    const required = createRequire(process.cwd() + '/')('dllogger');
    required.init([]);
    imported.log([0], {});
    console.log(required.Logger === imported.Logger, Object.keys(imported).join(' '));
  `;
  const result = await runScript(script, { env: { NODE_NO_WARNINGS: '1' } });
  assert.equal(
    result.stdout,
    'true Backend DLLoggerAlreadyInitialized DLLoggerError DLLoggerNotInitialized Float ' +
      'JSONStreamBackend Logger StdOutBackend Timestamp Verbosity close defaultMetricFormat ' +
      'defaultPrefixFormat defaultStepFormat float flush format globalLogger implementation init log metadata rank recover repr stats stepFormatter str\n',
    result.stderr,
  );
});
