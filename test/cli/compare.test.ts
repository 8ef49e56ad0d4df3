import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dllogger } from '../support/cli.js';
import { withLog } from '../support/log.js';

function run(lr: number, offset: number, extra: object): string {
  return withLog((logger) => {
    logger.log('PARAMETER', { lr, epochs: 3, ...extra });
    logger.metadata('loss', { unit: 'nat', format: ':.2f', GOAL: 'MINIMIZE' });
    logger.metadata('acc', { GOAL: 'MAXIMIZE' });
    for (const [epoch, loss] of [3, 1, 2].entries()) {
      logger.log([epoch, 0], { loss: loss - 5 });
      logger.log([epoch], { loss: loss + offset, acc: 0.5, speed: 100 * (1 + offset) });
    }
  });
}

const a = run(0.1, 0, {});
const b = run(0.2, 1, { seed: 7 });

test('parameters that differ, and metrics side by side with the better one marked', async () => {
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
  assert.deepEqual(row('acc', 'final'), ['0.5', '0.5']);
  assert.deepEqual(row('speed', 'final'), ['100', '200']);
  assert.equal(row('speed', 'best (max)'), undefined);
});

test('the same as JSON, for three runs', async () => {
  const { stdout } = await dllogger(['compare', '--json', b, a, b]);
  const { runs, parameters, metrics } = JSON.parse(stdout);
  assert.deepEqual(runs, [b, a, b]);
  assert.deepEqual(parameters[0], { name: 'lr', values: [0.2, 0.1, 0.2] });
  assert.deepEqual(parameters[1], { name: 'seed', values: [7, null, 7] });
  const [loss] = metrics;
  assert.deepEqual(
    [loss.metric, loss.goal, loss.final, loss.best],
    ['loss', 'min', [3, 2, 3], [2, 1, 2]],
  );
  assert.deepEqual([loss.betterFinal, loss.betterBest], [[1], [1]]);
});
