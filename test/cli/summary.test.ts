import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { dllogger, dlloggerProcess } from '../support/cli.js';
import { withLog } from '../support/log.js';
import { isLong } from '../support/long.js';

const path = withLog((logger) => {
  logger.log('PARAMETER', { lr: 0.1, model: 'resnet50', empty: '' });
  logger.log('ENVIRONMENT', { node: 'v20' });
  logger.metadata('loss', { unit: 'nat', format: ':.2f', GOAL: 'MINIMIZE' });
  logger.metadata('acc', { unit: '%', GOAL: 'MAXIMIZE', format: ':d' });
  for (let epoch = 0; epoch < 3; epoch++) {
    for (let i = 0; i < 4; i++) {
      logger.log([epoch, i], { loss: 4 - epoch - i / 4, speed: i === 2 ? Number.NaN : 100 });
    }
    logger.log([epoch], { loss: 4 - epoch, acc: 10.5 * epoch, note: `e${epoch}` });
  }
  logger.log([], { loss: 2 });
});

function lineOf(text: string, ...beginnings: string[]): string {
  const line = text.split('\n').find((one) => beginnings.every((word) => one.includes(word)));
  return line?.trim().replace(/ {2,}/g, ' | ') ?? '';
}

test('summary shows the parameters and metrics of a run', async () => {
  const { code, stdout, stderr } = await dllogger(['summary', path]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^ {2}20 records {2}3 epochs {2}/m);
  assert.match(stdout, /^ {4}lr 0\.1 {2}model resnet50 {2}empty ""$/m);
  assert.match(stdout, /^ {4}node v20$/m);
  assert.equal(
    lineOf(stdout, 'loss', 'iteration'),
    'loss | iteration | 12 | 4.00 | 1.25 nat | 1.25 | (2, 3) | 4.00 | (0, 0) | 2.62 | 1.25',
  );
  assert.equal(
    lineOf(stdout, 'loss', 'epoch'),
    'loss | epoch | 3 | 4.00 | 2.00 nat | 2.00 | (2,) | 4.00 | (0,) | 3.00 | 2.00',
  );
  assert.equal(lineOf(stdout, 'loss', 'run').slice(0, 32), 'loss | run | 1 | 2.00 | 2.00 nat');
  // The format is for integers; floats are shown nevertheless.
  assert.equal(
    lineOf(stdout, 'acc', 'epoch'),
    'acc | epoch | 3 | 0 | 21 % | 0 | (0,) | 21 | (2,) | 10.5 | 21',
  );
  assert.match(lineOf(stdout, 'speed'), /^speed \| iteration \| 9 and 3 NaN \| 100 \| 100 \| 100/);
  assert.equal(lineOf(stdout, 'note'), 'note 3 values, last e2');
});

test('a device without an end is no log: it is not read for ever, and little of it is kept', {
  skip: existsSync('/dev/zero') ? false : 'there is no /dev/zero here',
}, async () => {
  const devices = isLong ? ['/dev/zero', '/dev/urandom'] : ['/dev/zero'];
  for (const device of devices) {
    for (const command of ['summary', 'tail', 'export --to csv']) {
      const { code, stdout, stderr } = await dllogger([...command.split(' '), device]);
      assert.deepEqual([code, stdout], [2, '']);
      const reason = /^dllogger: "(.*)" is not a DLLL log: its first (\d+) bytes hold no record\n$/;
      const [, path, bytes] = reason.exec(stderr) ?? [];
      assert.equal(path, device, stderr);
      assert.ok(Number(bytes) < 20 * 2 ** 20, stderr);
    }
  }
});

test('standard input that is a directory, or a device without an end, is no log', {
  skip: existsSync('/dev/zero') ? false : 'there is no /dev/zero here',
}, async () => {
  for (const [path, reason] of [
    ['/', /^dllogger: cannot read "-": illegal operation on a directory \(EISDIR\)\n$/],
    ['/dev/zero', /^dllogger: "-" is not a DLLL log: its first (\d+) bytes hold no record\n$/],
  ] as const) {
    const stdin = openSync(path, 'r');
    const { code, stdout, stderr } = await dlloggerProcess(['summary', '-'], { stdin });
    closeSync(stdin);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, reason);
    const [, bytes = 0] = reason.exec(stderr) ?? [];
    assert.ok(Number(bytes) < 20 * 2 ** 20, stderr);
  }
});

test('--json gives the same as JSON', async () => {
  const { stdout } = await dllogger(['summary', '--json', path]);
  const [answer] = JSON.parse(stdout);
  assert.deepEqual([answer.path, answer.records, answer.epochs], [path, 20, 3]);
  assert.deepEqual(answer.parameters, { lr: 0.1, model: 'resnet50', empty: '' });
  assert.deepEqual(answer.metadata.loss, { unit: 'nat', format: ':.2f', GOAL: 'MINIMIZE' });
  const loss = answer.metrics.filter(({ metric }: { metric: string }) => metric === 'loss');
  assert.deepEqual(loss[0], {
    ...{ metric: 'loss', depth: 2, count: 12, nans: 0, first: 4, last: 1.25, mean: 2.625 },
    ...{ min: { value: 1.25, step: [2, 3] }, max: { value: 4, step: [0, 0] } },
    best: { value: 1.25, step: [2, 3], goal: 'min' },
  });
  assert.deepEqual(answer.others, { note: { count: 3, last: 'e2' } });
  assert.equal(answer.problems.count, 0);
  assert.equal(answer.sessions.length, 1);
});

test('a log that cannot be read does not hide the others', async () => {
  const { code, stdout, stderr } = await dllogger(['summary', path, '/nowhere', path]);
  assert.equal(code, 2);
  assert.equal(stdout.match(/^ {2}20 records /gm)?.length, 2);
  assert.match(
    stderr,
    /^dllogger: cannot read "\/nowhere": no such file or directory \(ENOENT\)\n$/,
  );
});

test('problems are counted by reason, and the first of them shown', async () => {
  const record =
    'DLLL {"timestamp": "1.5", "type": "LOG", "step": ["a"], "data": {"loss": 1, "b": true}}\n';
  const { code, stdout } = await dllogger(['summary', '-'], {
    input: `${record}oops\n\n${'x\n'.repeat(10)}${record}${record.slice(0, 20)}`,
  });
  assert.equal(code, 1);
  assert.match(stdout, /^ {2}13 problems: 11 foreign, 1 blank, 1 unfinished$/m);
  assert.match(stdout, /^ {4}line 2, offset \d+, 4 bytes: text that is not a record: oops$/m);
  assert.match(stdout, /^ {4}and 8 more: dllogger repair lists them all$/m);
});

test('a log without records has a summary', async () => {
  const { code, stdout } = await dllogger(['summary', '-'], { input: '' });
  assert.equal(code, 0);
  assert.match(stdout, /^-\n {2}0 records\n/);
  const json = await dllogger(['summary', '--json', '-'], { input: '' });
  assert.equal(JSON.parse(json.stdout)[0].duration, null);
});

test('columns are aligned by what a terminal shows of names', async () => {
  const names = ['损失', 'loss', '👩‍🔬 acc', 'e\u0301cart'];
  const wide = withLog((logger) => {
    for (const name of names) logger.log([0, 0], { [name]: 1 });
  });
  const { stdout } = await dllogger(['summary', wide]);
  const rows = stdout.split('\n').filter((line) => line.includes('iteration'));
  assert.deepEqual(
    rows.map((line) => line.slice(0, line.indexOf('iteration'))),
    // Two characters are wide; an emoji of three characters is two columns; an accent is none.
    ['  损失    ', '  loss    ', '  👩‍🔬 acc  ', '  e\u0301cart   '],
  );
});

test('a run that diverged shows how it ended, and is marked', async () => {
  const log = withLog((logger) => {
    logger.metadata('loss', { GOAL: 'MINIMIZE', format: ':.2f' });
    for (let i = 0; i < 4; i++) {
      logger.log([0, i], { loss: i < 2 ? 1 : Number.NaN, norm: 10 ** i, all: Number.NaN });
    }
    logger.log([0, 4], { norm: Number.POSITIVE_INFINITY });
  });
  const { stdout } = await dllogger(['summary', log]);
  assert.match(
    lineOf(stdout, 'loss'),
    /^loss \| iteration \| 2 and 2 NaN \| 1\.00 \| NaN \(diverged\) \|/,
  );
  assert.match(lineOf(stdout, 'norm'), /\| Infinity \(diverged\) \|/);
  assert.match(lineOf(stdout, 'all'), /\| NaN \(diverged\)$/);
  const [answer] = JSON.parse((await dllogger(['summary', '--json', log])).stdout);
  for (const metric of answer.metrics)
    assert.deepEqual([metric.last, metric.diverged], [null, true]);
  const good = withLog((logger) => logger.log([0, 0], { loss: 3 }));
  const compared = await dllogger(['compare', log, good]);
  assert.match(lineOf(compared.stdout, 'loss', 'final'), /^loss \| final \| NaN \| 3\.00$/);
  assert.match(lineOf(compared.stdout, 'loss', 'best'), /1\.00\* \| 3\.00$/);
});

test('a metric whose only value is infinite has its least and largest there', async () => {
  const infinite = withLog((logger) => {
    logger.log([3, 1], { up: Number.POSITIVE_INFINITY, down: Number.NEGATIVE_INFINITY });
  });
  const { stdout } = await dllogger(['summary', infinite]);
  const row = (name: string) => lineOf(stdout, name, 'iteration').split(' | ');
  assert.deepEqual(row('up').slice(3, 9), [
    ...['Infinity', 'Infinity (diverged)', 'Infinity', '(3, 1)', 'Infinity', '(3, 1)'],
  ]);
  assert.deepEqual(row('down').slice(5, 9), ['-Infinity', '(3, 1)', '-Infinity', '(3, 1)']);
});
