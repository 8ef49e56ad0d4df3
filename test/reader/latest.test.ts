/** Both views of a log whose run was resumed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRun, type RunView } from 'dllogger/reader';
import { epochs, logOf, session } from '../support/sessions.js';

const values = (view: RunView, metric: string, at = 0) =>
  Array.from(view.series.get(metric)?.[at]?.values ?? []);

test('a resumed run has two views: all that was logged, and the records that hold', async () => {
  const run = await loadRun(
    logOf(
      session(0, [
        ['PARAMETER', { lr: 1 }],
        ...epochs(0, 2, 1),
        ['text', { note: 1, words: 'a' }],
        ...epochs(2, 4, 1),
        ['text', { note: 2, words: 'b' }],
        [[3], { words: 'c', only: 5 }],
        [[], { acc: 1 }],
      ]),
      session(1000, [['PARAMETER', { resumed: true }], ...epochs(2, 3, 2), [[], { acc: 2 }]]),
    ),
  );
  assert.equal(values(run, 'loss').length, 15);
  assert.deepEqual(values(run.latest, 'loss'), [1, 1, 1, 1, 1, 1, 2, 2, 2]);
  const [loss] = run.latest.series.get('loss') ?? [];
  assert.deepEqual(
    [loss?.length, loss?.steps[0]?.length, loss?.times.length, loss?.elapsed.at(-1)],
    [9, 9, 9, 3],
  );
  assert.deepEqual(values(run, 'acc'), [1, 1, 1, 1, 2]);
  assert.deepEqual(values(run.latest, 'acc'), [1, 1, 2]);
  assert.deepEqual([values(run, 'acc', 1), values(run.latest, 'acc', 1)], [[1, 2], [2]]);
  assert.deepEqual([values(run, 'note'), values(run.latest, 'note')], [[1, 2], [1]]);
  assert.deepEqual(run.latest.series.get('note')?.[0]?.labels, ['text']);
  assert.deepEqual([run.series.has('only'), run.latest.series.has('only')], [true, false]);
  const words = (view: RunView) => view.others.get('words')?.map(({ value }) => value);
  assert.deepEqual([words(run), words(run.latest)], [['a', 'b', 'c'], ['a']]);
  assert.deepEqual(
    run.latest.summary.map(({ data }) => data),
    [{ acc: 2 }],
  );
  assert.equal(run.summary.length, 2);
  assert.deepEqual(Object.fromEntries(run.latest.parameters), { lr: 1, resumed: true });
  assert.deepEqual(
    run.sessions.map(({ firstStep }) => firstStep),
    [
      [0, 0],
      [2, 0],
    ],
  );
});

test('series without replaced records are shared, not copied', async () => {
  const run = await loadRun(
    logOf(
      session(0, [...epochs(0, 3, 1), ['x', { note: 1 }]]),
      session(1000, [[[9, 0], { loss: 2 }]]),
    ),
  );
  assert.equal(run.latest, run.latest);
  for (const [metric, series] of run.latest.series) {
    for (const [i, one] of series.entries()) assert.equal(one, run.series.get(metric)?.[i]);
  }
});

test('a restarted run has the parameters of its last session only', async () => {
  const run = await loadRun(
    logOf(
      session(0, [
        ['PARAMETER', { dropout: 0.5 }],
        ['ENVIRONMENT', { gpu: 1 }],
        ...epochs(0, 3, 1),
      ]),
      session(1000, [['PARAMETER', { lr: 2 }], ...epochs(0, 1, 2)]),
    ),
  );
  assert.deepEqual(Object.fromEntries(run.latest.parameters), { lr: 2 });
  assert.equal(run.latest.environment.size, 0);
  assert.deepEqual(Object.fromEntries(run.parameters), { dropout: 0.5, lr: 2 });
  assert.deepEqual(values(run.latest, 'loss'), [2, 2, 2]);
});
