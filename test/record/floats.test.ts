/** The option `floats`: metrics whose whole numbers are floats, wherever they are written. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { implementation, JSONStreamBackend, Logger, recover, StdOutBackend } from 'dllogger';
import { newPath } from '../support/log.js';
import { SHARED, times } from '../support/long.js';
import { FULL_AT, runScript } from '../support/run.js';

const floats = ['loss', 'val.loss'];

/** Logs to a file whose backend has the option. Returns the text of each record's data. */
function dataOf(action: (logger: Logger) => void, path = newPath()): string[] {
  const logger = new Logger([new JSONStreamBackend(1, path, { floats, append: true })]);
  action(logger);
  logger.close();
  return textsIn(path);
}

function textsIn(path: string): string[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => /"data": (.*)\}$/.exec(line)?.[1] ?? '');
}

test('whole numbers of these metrics are written as floats, and those of others as ints', () => {
  const texts = dataOf((logger) => {
    logger.log([0, 1], { loss: 130, lr: 1, 'val.loss': 2.5, n: -0 });
    logger.log('PARAMETER', new Map([['lr', 1] as const, ['loss', 0] as const]));
    logger.log([], { loss: Number.NaN, 'val.loss': Number.NEGATIVE_INFINITY });
    logger.log([], { loss: 1e16, 'val.loss': 2 ** 53 });
    logger.log([0], { step: 1, loss: -3 });
  });
  assert.deepEqual(texts, [
    '{"loss": 130.0, "lr": 1, "val.loss": 2.5, "n": -0.0}',
    '{"lr": 1, "loss": 0.0}',
    '{"loss": NaN, "val.loss": -Infinity}',
    '{"loss": 1e+16, "val.loss": 9007199254740992.0}',
    '{"step": 1, "loss": -3.0}',
  ]);
});

test('values that are no numbers stay as they are, and so do numbers in lists and objects', () => {
  const texts = dataOf((logger) => {
    logger.log([0], { loss: 10n, 'val.loss': true });
    logger.log([0], { loss: [1, 2], 'val.loss': { loss: 1 } });
    logger.log([0], { loss: null, 'val.loss': '1' });
    logger.log([0], { loss: { toJSON: () => 1 }, 'val.loss': Object(2) } as never);
  });
  assert.deepEqual(texts, [
    '{"loss": 10, "val.loss": true}',
    '{"loss": [1, 2], "val.loss": {"loss": 1}}',
    '{"loss": null, "val.loss": "1"}',
    '{"loss": 1.0, "val.loss": 2.0}',
  ]);
});

test('these metrics are floats in every record of a long run, and in records of every size', () => {
  const count = times(5000, 30_000);
  const long = 'x'.repeat(300_000);
  const texts = dataOf((logger) => {
    for (let i = 0; i < count; i++) logger.log([0, i], { loss: i, lr: 1 });
    logger.log([1], { loss: 1, text: long });
    logger.log([2], { loss: 1, lr: 1 });
  });
  for (let i = 0; i < count; i++) assert.equal(texts[i], `{"loss": ${i}.0, "lr": 1}`);
  assert.equal(texts[count], `{"loss": 1.0, "text": "${long}"}`);
  assert.equal(texts[count + 1], '{"loss": 1.0, "lr": 1}');
});

test('records that are recovered after a kill have floats, too', {
  skip: (implementation !== 'native' || process.platform !== 'linux') && 'fills a ring of Linux',
}, async () => {
  const path = newPath();
  const script = `${FULL_AT}
    import { JSONStreamBackend, Logger } from 'dllogger';
    const backend = new JSONStreamBackend(1, process.argv[1], { floats: ['loss'] });
    fullAt(4096);
    for (let i = 0; i < 1000; i++) new Logger([backend]).log([i], { loss: i, n: i });
    process.kill(process.pid, 'SIGKILL');
  `;
  const { signal, stderr } = await runScript(script, { args: [path] });
  assert.equal(signal, 'SIGKILL', stderr);
  assert.ok(recover(path).records > 900);
  const expected = Array.from({ length: 1000 }, (_, i) => `{"loss": ${i}.0, "n": ${i}}`);
  assert.deepEqual(textsIn(path), expected);
});

test(
  'standard output prints floats as Python does; formats and formatters get the number',
  SHARED,
  async () => {
    const { stdout, stderr } = await runScript(`
    import { Logger, StdOutBackend, format } from 'dllogger';
    const floats = ['loss', 'lr'];
    const logger = new Logger([new StdOutBackend(1, { floats, prefixFormat: () => '' })]);
    logger.metadata('lr', { format: ':.2e' });
    logger.log([0], { loss: 130, lr: 1, n: 1 });
    const metricFormat = (metric, metadata, value) => metric + '=' + String(value) + ',' + format(value, ':.1f');
    new Logger([new StdOutBackend(1, { floats, metricFormat })]).log([1], { loss: 2, n: 2 });
  `);
    assert.equal(stderr, '');
    const [first, second] = stdout.split('\n');
    assert.equal(first, '(0,) loss : 130.0  lr : 1.00e+00  n : 1 ');
    assert.match(second ?? '', / - \(1,\) loss=2\.0,2\.0 n=2,2\.0$/);
  },
);

test('the option is an array of names', () => {
  const make = (value: unknown) => () =>
    new JSONStreamBackend(1, newPath(), { floats: value as string[] });
  assert.throws(make('loss'), /the option floats is an array .*, not a string/);
  assert.throws(make([1]), /the option floats is an array .*, not one of other values/);
  make([])().close();
  make(undefined)().close();
  assert.throws(() => new StdOutBackend(1, { floats: true as never }), /floats .* not a boolean/);
});
