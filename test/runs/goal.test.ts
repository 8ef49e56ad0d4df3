import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Goals, goalNamed, goalOf } from '#dist/runs/goal.js';

test('a goal is known in any case and spelling', () => {
  for (const text of ['MINIMIZE', 'minimise', 'Min', ' lower is better', 'descending', 'DOWN']) {
    assert.equal(goalNamed(text), 'min', text);
  }
  for (const text of ['MAXIMIZE', 'maximise', 'Max', 'higher is better', 'ascending', 'up']) {
    assert.equal(goalNamed(text), 'max', text);
  }
  for (const text of ['', 'none', 'TARGET', '0.5']) assert.equal(goalNamed(text), undefined, text);
});

test('the key is GOAL in any case; a value that names no goal is ignored', () => {
  assert.equal(goalOf({ unit: 's', GOAL: 'MINIMIZE' }), 'min');
  assert.equal(goalOf({ goal: 'maximize' }), 'max');
  assert.equal(goalOf({ Goal: 'MIN', format: ':.2f' }), 'min');
  assert.equal(goalOf({ GOAL: 3, goal: 'max' }), 'max');
  for (const metadata of [undefined, {}, { GOAL: null }, { GOALS: 'min' }, { GOAL: 'reach 0.5' }]) {
    assert.equal(goalOf(metadata), undefined);
  }
});

test("the user's directions take precedence over those of the log", () => {
  const goals = new Goals(
    (name) => name === 'acc',
    (name) => name.startsWith('speed'),
  );
  assert.equal(goals.of('acc', { GOAL: 'MAXIMIZE' }), 'min');
  assert.equal(goals.of('speed.gpu', undefined), 'max');
  assert.equal(goals.of('loss', { GOAL: 'MINIMIZE' }), 'min');
  assert.equal(goals.of('loss', undefined), undefined);
});
