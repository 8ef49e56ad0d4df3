/** What a step means, and what is a number: the same to `loadRun` and every command. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRun } from 'dllogger/reader';
import { dllogger } from '../support/cli.js';
import { withLog } from '../support/log.js';

interface Curve {
  readonly metric: string;
  readonly x: number[];
  readonly y: number[];
}

async function answer(...args: string[]): Promise<unknown> {
  return JSON.parse((await dllogger([...args, '--json'])).stdout);
}

const plot = async (path: string) => (await answer('plot', path)) as Curve[];

async function summary(path: string): Promise<[string, number, number][]> {
  const [{ metrics }] = (await answer('summary', path)) as [
    { metrics: { metric: string; depth: number; count: number }[] },
  ];
  return metrics.map(({ metric, depth, count }) => [metric, depth, count]);
}

test('a metric of booleans has numbers in a summary, a run and a chart', async () => {
  const path = withLog((logger) => {
    for (let i = 0; i < 4; i++) logger.log([i], { converged: i > 1 });
  });
  assert.deepEqual(await summary(path), [['converged', 1, 4]]);
  const [series] = (await loadRun(path)).series.get('converged') ?? [];
  assert.deepEqual(Array.from(series?.values ?? []), [0, 0, 1, 1]);
  assert.deepEqual(
    (await plot(path)).map(({ metric, y }) => [metric, y]),
    [['converged', [0, 0, 1, 1]]],
  );
});

test('steps of four components are not mixed with those of three', async () => {
  const path = withLog((logger) => {
    for (let i = 0; i < 3; i++) {
      logger.log([0, 0, i], { loss: i });
      logger.log([0, 0, i, 0], { loss: 100 + i, deep: i });
    }
  });
  assert.deepEqual(await summary(path), [
    ['loss', 4, 3],
    ['loss', 3, 3],
    ['deep', 4, 3],
  ]);
  const { series } = await loadRun(path);
  assert.deepEqual(
    series.get('loss')?.map(({ depth, length }) => [depth, length]),
    [
      [3, 3],
      [4, 3],
    ],
  );
  const curves = new Map((await plot(path)).map(({ metric, y }) => [metric, y]));
  assert.deepEqual(curves.get('loss'), [0, 1, 2]);
  assert.deepEqual(curves.get('deep'), [0, 1, 2]);
});

test('a step with a component that is no number has that many components all the same', async () => {
  const path = withLog((logger) => {
    for (let i = 0; i < 3; i++) {
      logger.log([i], { loss: i });
      logger.log([i, 'best'], { loss: 100 + i });
    }
  });
  assert.deepEqual(await summary(path), [
    ['loss', 2, 3],
    ['loss', 1, 3],
  ]);
  const depths = (await loadRun(path)).series.get('loss')?.map(({ depth }) => depth);
  assert.deepEqual(depths, [1, 2]);
  const [curve] = await plot(path);
  assert.deepEqual(curve?.y, [100, 101, 102]);
});

test('text is a step without components: * stands for a component', async () => {
  const path = withLog((logger) => {
    logger.log([3], { loss: 1 });
    logger.log(4, { loss: 2 });
    logger.log('best', { loss: 3 });
  });
  const { stdout } = await dllogger(['tail', path, '-s', '*', '--json']);
  const steps = stdout.trim().split('\n');
  assert.deepEqual(
    steps.map((line) => JSON.parse(line).step),
    [[3], 4],
  );
  assert.match((await dllogger(['tail', path, '-s', 'best'])).stdout, /loss 3/);
});

test('later metadata of a metric is merged into earlier metadata', async () => {
  const path = withLog((logger) => {
    logger.metadata('loss', { unit: 'nat', GOAL: 'MAXIMIZE' });
    logger.metadata('loss', { GOAL: 'MINIMIZE', ['__proto__']: 'a key' });
    logger.log([1], { loss: 1 });
  });
  const expected = { unit: 'nat', GOAL: 'MINIMIZE', ['__proto__']: 'a key' };
  assert.deepEqual((await loadRun(path)).metadata.get('loss'), expected);
  const [{ metadata }] = (await answer('summary', path)) as [{ metadata: unknown }];
  assert.deepEqual(metadata, { loss: expected });
  assert.match((await dllogger(['tail', path])).stdout, /loss 1 nat/);
});
