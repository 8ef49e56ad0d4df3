/** Every example does what it shows, as a user runs it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { isLong } from '../support/long.js';
import { ROOT } from '../support/run.js';

interface LogRecord {
  readonly type: 'LOG';
  readonly step: unknown;
  readonly data: Readonly<Record<string, unknown>>;
}

interface MetadataRecord {
  readonly type: 'METADATA';
  readonly metric: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

type LineRecord = LogRecord | MetadataRecord;

/** The value of DLLOGGER_NATIVE: 1 for the native implementation, 0 for that in TypeScript. */
type Native = '0' | '1';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'dllogger-examples-')));
after(() => rmSync(root, { recursive: true }));

function run(name: string, native: Native, place: 'argument' | 'cwd' = 'argument') {
  const directory = mkdtempSync(join(root, `${name}-`));
  const script = join(ROOT, `out/examples/${name}.js`);
  const child = spawnSync(process.execPath, place === 'argument' ? [script, directory] : [script], {
    cwd: place === 'argument' ? root : directory,
    env: { ...process.env, DLLOGGER_NATIVE: native },
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.equal(child.stderr, '');
  assert.equal(child.status, 0);
  const lines = child.stdout.split('\n').slice(0, -1);
  return { directory, files: readdirSync(directory).sort(), lines };
}

const demos = new Map<Native, ReturnType<typeof run>>();

/** The demo, which runs once for all tests. */
function demo(native: Native): ReturnType<typeof run> {
  const done = demos.get(native) ?? run('demo', native);
  demos.set(native, done);
  return done;
}

function read(directory: string, file: string): LineRecord[] {
  const text = readFileSync(join(directory, file), 'utf8');
  assert.ok(text.endsWith('\n'), `${file} ends with a whole line`);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      assert.match(line, /^DLLL \{/);
      return JSON.parse(line.slice('DLLL '.length)) as LineRecord;
    });
}

function logged(records: readonly LineRecord[]): LogRecord[] {
  return records.filter((record) => record.type === 'LOG');
}

function described(records: readonly LineRecord[]): string[] {
  return records.flatMap((record) => (record.type === 'METADATA' ? [record.metric] : []));
}

/** The number of records with each kind of step: `'PARAMETER'`, or a number of components. */
function countSteps(records: readonly LineRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { step } of logged(records)) {
    const kind = Array.isArray(step) ? `${step.length}` : String(step);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** The number of a metric in a record. */
function value(record: LogRecord | undefined, metric: string): number {
  const found = record?.data[metric];
  assert.ok(typeof found === 'number', `${metric} is a number in ${JSON.stringify(record)}`);
  return found;
}

const PREFIX = /^DLL \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})? - /;

function withoutTime(line: string | undefined): string {
  assert.match(line ?? '', PREFIX);
  return (line ?? '').replace(PREFIX, '');
}

// What both implementations write is compared in tests of its own.
for (const native of isLong ? (['1', '0'] as const) : (['1'] as const)) {
  describe(`with DLLOGGER_NATIVE=${native}`, () => {
    test('the demo learns the irises and logs all of it', () => {
      const { directory, files, lines } = demo(native);
      assert.deepEqual(files, ['demo.log.json']);
      const records = read(directory, 'demo.log.json');

      const metrics = ['loss', 'speed', 'lr', 'val.loss', 'val.accuracy'];
      assert.deepEqual(described(records), metrics);
      // 105 flowers in batches of 10, and 45 to validate, 20 times.
      assert.deepEqual(countSteps(records), { PARAMETER: 1, 2: 20 * 11, 3: 20 * 5, 1: 20, 0: 1 });
      assert.equal(records.length, 347);

      const epochs = logged(records).filter(({ step }) => Array.isArray(step) && step.length === 1);
      const summary = logged(records).at(-1);
      assert.deepEqual(summary?.step, []);
      assert.deepEqual(Object.keys(summary?.data ?? {}), metrics);
      assert.ok(value(summary, 'val.accuracy') > 0.9);
      assert.ok(value(summary, 'val.loss') < value(epochs[0], 'val.loss'));
      assert.ok(value(summary, 'speed') > 0);

      assert.equal(lines.length, 24);
      assert.match(withoutTime(lines[0]), /^PARAMETER seed : 42 {2}epochs : 20 /);
      const epoch =
        /^\(0,\) loss : \d\.\d{4} nat speed : \d+ samples\/s lr : 0\.300 {2}val\.loss : \d\.\d{4} nat val\.accuracy : \d+\.\d% $/;
      assert.match(withoutTime(lines[1]), epoch);
      assert.match(withoutTime(lines[21]), /^\(\) loss : .* val\.accuracy : (9\d|100)\.\d% $/);
      assert.equal(lines[22], '');
      const file = join(directory, 'demo.log.json');
      const implementation = native === '1' ? 'native' : 'typescript';
      assert.equal(
        lines[23],
        `347 records in ${file}, written by the ${implementation} implementation`,
      );
    });

    test('the quick start logs iterations to the file and epochs to both', () => {
      // Without an argument the log is in the current directory.
      const { directory, files, lines } = run('quick-start', native, 'cwd');
      assert.deepEqual(files, ['quick-start.log.json']);
      const records = read(directory, 'quick-start.log.json');
      assert.deepEqual(described(records), ['loss', 'weight']);
      assert.deepEqual(countSteps(records), { PARAMETER: 1, 2: 15, 1: 3, 0: 1 });
      assert.ok(Math.abs(value(logged(records).at(-1), 'probability') - 0.7) < 0.05);
      assert.deepEqual(lines.map(withoutTime), [
        'PARAMETER epochs : 3  iterations : 5  learningRate : 0.05  heads : 7  tails : 3 ',
        '(0,) loss : 6.4054 nat weight : 0.390 ',
        '(1,) loss : 6.1963 nat weight : 0.595 ',
        '(2,) loss : 6.1357 nat weight : 0.706 ',
        '() loss : 6.1357 nat weight : 0.706  probability : 0.6694171072697745 ',
      ]);
    });

    test('two loggers keep their records apart', () => {
      const { directory, files, lines } = run('two-loggers', native);
      assert.deepEqual(files, ['eval.log.json', 'train.log.json']);
      const train = read(directory, 'train.log.json');
      assert.deepEqual(described(train), ['loss', 'lr']);
      assert.deepEqual(countSteps(train), { 2: 20 });
      const evaluation = read(directory, 'eval.log.json');
      assert.deepEqual(described(evaluation), ['error', 'gravity']);
      assert.deepEqual(countSteps(evaluation), { 1: 5 });
      assert.equal(lines.length, 5);
      assert.equal(lines[0], 'eval (0,) error : 0.074 m gravity : 9.96 m/s^2');
      assert.equal(lines[4], 'eval (4,) error : 0.000 m gravity : 9.81 m/s^2');
    });

    test('a custom backend gets the records that the others get', () => {
      const { directory, files, lines } = run('custom-backend', native);
      assert.deepEqual(files, ['custom-backend.log.json']);
      const records = read(directory, 'custom-backend.log.json');
      assert.deepEqual(countSteps(records), { 1: 12 });
      const losses = logged(records).map((record) => value(record, 'loss'));
      assert.equal(losses.indexOf(Math.min(...losses)), 10);
      assert.equal(lines.length, 13);
      assert.equal(withoutTime(lines[0]), '(0,) loss : 9.0000  x : 0 ');
      assert.equal(lines[12], 'best loss: 0.0002 at step [10]');
    });

    test('a callback logs what fit() passes to it', () => {
      const { directory, files, lines } = run('fit-callback', native);
      assert.deepEqual(files, ['fit.log.json']);
      const records = read(directory, 'fit.log.json');
      assert.deepEqual(described(records), ['loss', 'slope', 'offset']);
      assert.deepEqual(countSteps(records), { 2: 8 * 5, 1: 8, 0: 1 });
      // Least squares give a slope of 0.416 (the textbook's line through these flowers).
      assert.ok(Math.abs(value(logged(records).at(-1), 'slope') - 0.416) < 0.02);
      assert.equal(lines.length, 9);
      assert.match(
        withoutTime(lines[8]),
        /^\(\) loss : 0\.0\d{3} cm\^2 slope : 0\.4\d\d cm\/cm offset/,
      );
    });
  });
}

test('both implementations log the same training', () => {
  const [native, typescript] = (['1', '0'] as const).map((choice) => {
    const { directory } = demo(choice);
    return read(directory, 'demo.log.json').map((record) =>
      record.type === 'LOG' ? [record.step, { ...record.data, speed: 0 }] : record.metadata,
    );
  });
  assert.deepEqual(native, typescript);
});
