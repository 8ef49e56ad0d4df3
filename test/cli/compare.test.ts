import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dllogger } from '../support/cli.js';
import { withLog } from '../support/log.js';
import { temporaryDirectory } from '../support/run.js';
import { epochs, logOf, session } from '../support/sessions.js';

function run(lr: number, offset: number, extra: object): string {
  return withLog((logger) => {
    logger.log('PARAMETER', { lr, epochs: 3, ...extra });
    logger.metadata('loss', { unit: 'nat', format: ':.2f', GOAL: 'MINIMIZE' });
    // Only one of the logs gives the format.
    logger.metadata('acc', { GOAL: 'MAXIMIZE', ...(offset > 0 && { format: ':.2f' }) });
    for (const [epoch, loss] of [3, 1, 2].entries()) {
      logger.log([epoch, 0], { loss: loss - 5 });
      logger.log([epoch], { loss: loss + offset, acc: 0.5, speed: 100 * (1 + offset) });
    }
  });
}

const a = run(0.1, 0, {});
const b = run(0.2, 1, { seed: 7 });

test('compare shows parameters that differ, and metrics side by side with the better value marked', async () => {
  const { code, stdout } = await dllogger(['compare', a, b]);
  assert.equal(code, 0);
  const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
  const row = (...cells: string[]) =>
    rows.find((one) => cells.every((cell, i) => one[i] === cell))?.slice(cells.length);
  assert.deepEqual(row('lr'), ['0.1', '0.2']);
  assert.deepEqual(row('seed'), ['-', '7']);
  assert.equal(row('epochs'), undefined);
  assert.deepEqual(row('loss nat', 'final'), ['2.00*', '3.00']);
  assert.deepEqual(row('loss nat', 'best (min)'), ['1.00*', '2.00']);
  assert.deepEqual(row('acc', 'final'), ['0.50', '0.50']);
  assert.deepEqual(row('speed', 'final'), ['100', '200']);
  assert.equal(row('speed', 'best (max)'), undefined);
});

test('compare --json gives the same, for three runs', async () => {
  const { stdout } = await dllogger(['compare', '--json', b, a, b]);
  const { runs, parameters, metrics } = JSON.parse(stdout);
  assert.deepEqual(
    runs.map((one: { path: string }) => one.path),
    [b, a, b],
  );
  assert.deepEqual(parameters[0], { name: 'lr', values: [0.2, 0.1, 0.2] });
  assert.deepEqual(parameters[1], { name: 'seed', values: [7, null, 7] });
  const [loss] = metrics;
  assert.deepEqual(
    [loss.metric, loss.goal, loss.final, loss.best],
    ['loss', 'min', [3, 2, 3], [2, 1, 2]],
  );
  assert.deepEqual([loss.betterFinal, loss.betterBest], [[1], [1]]);
});

/** A folder of runs whose ranking differs from metric to metric. */
function folderOf(count: number): string {
  const folder = join(temporaryDirectory(), 'runs');
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    const lr = Number(`1e-${i}`);
    const path = withLog((logger) => {
      logger.log('PARAMETER', { lr, model: 'resnet50', seed: (i * 7) % 5 });
      logger.metadata('val.loss', { goal: 'minimise', unit: 'nat' });
      for (let epoch = 0; epoch < 3; epoch++) {
        const acc = ((i * 3) % count) / 10 + epoch / 100;
        logger.log([epoch], { 'val.loss': i + 3 - epoch, acc, same: 1, 'grad.norm': i });
      }
    });
    copyFileSync(path, join(folder, `resnet50-lr${lr}-of-${count}.json`));
  }
  return folder;
}

test('many runs are rows with short names, readable in 80 columns', async () => {
  const args = ['compare', folderOf(5), '--max', 'acc'];
  const { code, stdout } = await dllogger(args, { env: { COLUMNS: '80' } });
  assert.equal(code, 0);
  const lines = stdout.split('\n');
  for (const line of lines) assert.ok(line.length <= 80, line);
  const tables = stdout.split('\n\n').map((table) => table.trimEnd().split('\n'));
  assert.ok(tables.length >= 2);
  for (const [heading = '', ...rows] of tables) {
    assert.match(heading, /^ {2}run /);
    assert.deepEqual(
      rows.map((row) => row.trim().split(/ {2,}/)[0]),
      ['lr0.0001-of-5', 'lr0.001-of-5', 'lr0.01-of-5', 'lr0.1-of-5', 'lr1-of-5'],
    );
  }
  assert.match(stdout, / val\.loss nat best \(min\)/);
  assert.match(stdout, / acc best \(max\)/);
  assert.match(stdout, / 0\.42\* /);
  assert.doesNotMatch(stdout, /model/);
});

test('--sort, --top, --differing and -m choose runs and metrics; --min says what is better', async () => {
  const folder = folderOf(6);
  const runsOf = async (...args: string[]) => {
    const { stdout, stderr } = await dllogger(['compare', '--json', folder, ...args]);
    assert.equal(stderr, '');
    const { runs, metrics } = JSON.parse(stdout);
    return {
      runs: runs.map(({ run }: { run: string }) => Number(/lr([^-]+)/.exec(run)?.[1])),
      metrics: metrics.map(({ metric }: { metric: string }) => metric),
    };
  };
  const top = await runsOf('--top', '2', '--differing');
  assert.deepEqual(top, { runs: [1, 0.1], metrics: ['val.loss', 'acc', 'grad.norm'] });
  assert.deepEqual((await runsOf('--sort', 'lr', '--top', '3')).runs, [0.00001, 0.0001, 0.001]);
  const grad = await runsOf(
    '--sort',
    'grad.norm',
    '--max',
    'grad*',
    '--top',
    '1',
    '-m',
    '^val,acc',
  );
  assert.deepEqual(grad, { runs: [0.00001], metrics: ['val.loss', 'acc'] });
  assert.deepEqual((await runsOf('-m', '-grad.norm,-same')).metrics, ['val.loss', 'acc']);
  // An option's direction takes precedence over the log's.
  assert.deepEqual((await runsOf('--max', 'val.loss', '--top', '1')).runs, [0.00001]);
});

test('as CSV and Markdown each run is a row, with unformatted figures', async () => {
  const args = ['compare', a, b, '-m', 'loss', '--to'];
  const csv = (await dllogger([...args, 'csv'])).stdout.split('\n');
  assert.equal(csv[0], 'run,loss final,loss best (min),lr,seed');
  assert.match(csv[2] ?? '', /^[^,]+,3,2,0\.2,7$/);
  const markdown = (await dllogger([...args, 'markdown'])).stdout.split('\n');
  assert.equal(markdown[1], '| --- | ---: | ---: | ---: | ---: |');
  assert.match(markdown[3] ?? '', /^\| [^|]+ \| 3 \| 2 \| 0\.2 \| 7 \|$/);
});

test('the runs that processes wrote side by side into one log are compared', async () => {
  const log = logOf(session(0, epochs(0, 3, 1)), session(3, epochs(0, 3, 2)));
  const { runs, metrics } = JSON.parse((await dllogger(['compare', '--json', log])).stdout);
  assert.deepEqual(
    runs.map(({ path }: { path: string }) => path),
    [log, log],
  );
  assert.deepEqual(metrics[0].final, [1, 2]);
});

test('wrong arguments are an error that says what is wrong, with near names', async () => {
  for (const [args, message] of [
    [[a], /^dllogger: compare needs two runs: name another log\n$/],
    [[a, b, '-m', 'los'], /^dllogger: -m: no metric is "los"; did you mean "loss"\?\n$/],
    [[a, b, '--min', 'acx'], /^dllogger: --min: no metric is "acx"; did you mean "acc"\?\n$/],
    [[a, b, '--sort', 'epoch'], /no metric or parameter is "epoch"; did you mean "epochs"\?\n$/],
    [[a, b, '--json', '--to', 'csv'], /^dllogger: compare is either --json or --to csv\n$/],
    [[a, b, '-m', '/(/'], /^dllogger: -m: "\(" is not a regular expression\n$/],
    [
      [logOf(session(0, [[[0], { x: 1 }]])), logOf(session(0, [[[0], { x: 2 }]])), '--top', '1'],
      /--top needs an order/,
    ],
  ] as const) {
    const { code, stderr } = await dllogger(['compare', ...args]);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});
