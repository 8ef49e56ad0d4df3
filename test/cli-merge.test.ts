import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { dllogger } from './support/cli.js';
import { withLog } from './support/log.js';
import { readRecords, temporaryDirectory } from './support/run.js';

const directory = temporaryDirectory();
const ranks = [0, 1, 2].map((rank) =>
  withLog((logger) => {
    logger.log('PARAMETER', { rank, lr: 0.1 });
    logger.metadata('loss', { unit: 'nat' });
    for (let i = 0; i < 4; i++) {
      if (rank === 1 && i === 2) continue;
      logger.log([0, i], { loss: rank + 10 * i, lr: 0.1 });
      logger.log([0, i], { loss: 100 * rank });
      if (rank === 2) logger.log([0, i], { extra: i });
    }
    logger.log([], { host: `node${rank}`, loss: rank });
  }),
);

async function merged(...options: string[]) {
  const target = join(directory, 'merged.json');
  const run = await dllogger(['merge', ...ranks, '-o', target, ...options]);
  const records = readRecords(target);
  return { ...run, target, records, steps: records.map(({ step, data }) => [step, data]) };
}

test('one log with the mean of the ranks, in the order of their steps', async () => {
  const { code, stdout, records, steps, target } = await merged();
  assert.equal(code, 1);
  assert.deepEqual([records[0]?.metric, records[0]?.metadata], ['loss', { unit: 'nat' }]);
  assert.deepEqual(steps.slice(1), [
    ['PARAMETER', { rank: 0, lr: 0.1 }],
    [[0, 0], { loss: 1, lr: 0.1 }],
    [[0, 0], { loss: 100 }],
    [[0, 0], { extra: 0 }],
    [[0, 1], { loss: 11, lr: 0.1 }],
    [[0, 1], { loss: 100 }],
    [[0, 1], { extra: 1 }],
    [[0, 2], { loss: 21, lr: 0.1 }],
    [[0, 2], { loss: 100 }],
    [[0, 2], { extra: 2 }],
    [[0, 3], { loss: 31, lr: 0.1 }],
    [[0, 3], { loss: 100 }],
    [[0, 3], { extra: 3 }],
    [[], { host: 'node0', loss: 1 }],
  ]);
  assert.ok(stdout.includes(`14 records of 3 logs in ${target}\n`));
  assert.match(stdout, /^taken from the first log, as they differ: rank, host$/m);
  assert.match(stdout, /^ {2}\S+ {2}loss +2 {2}\(0, 2\), \(0, 2\)$/m);
});

test('other ways to reduce', async () => {
  for (const [how, loss] of [
    ['min', 10],
    ['max', 12],
    ['sum', 33],
    ['first', 10],
  ] as const) {
    const { steps } = await merged('--reduce', how);
    assert.deepEqual(
      steps.find((step) => JSON.stringify(step).startsWith('[[0,1],{"loss"')),
      [[0, 1], { loss, lr: how === 'sum' ? 0.1 + 0.1 + 0.1 : 0.1 }],
    );
  }
});

test('what was missing where, as JSON', async () => {
  const { stdout } = await merged('--json');
  const { records, missing, differing } = JSON.parse(stdout);
  assert.equal(records, 14);
  assert.deepEqual(differing, ['rank', 'host']);
  assert.deepEqual(missing, [
    {
      path: ranks[0],
      metric: 'extra',
      count: 4,
      steps: [
        [0, 0],
        [0, 1],
        [0, 2],
      ],
    },
    {
      path: ranks[1],
      metric: 'extra',
      count: 4,
      steps: [
        [0, 0],
        [0, 1],
        [0, 2],
      ],
    },
    {
      path: ranks[1],
      metric: 'loss',
      count: 2,
      steps: [
        [0, 2],
        [0, 2],
      ],
    },
    { path: ranks[1], metric: 'lr', count: 1, steps: [[0, 2]] },
  ]);
});

test('nothing missing is exit code 0', async () => {
  const target = join(directory, 'same.json');
  const [rank = ''] = ranks;
  const { code, stdout } = await dllogger(['merge', rank, rank, '-o', target]);
  assert.deepEqual([code, stdout], [0, `10 records of 2 logs in ${target}\n`]);
});
