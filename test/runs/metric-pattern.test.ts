/** The patterns of `-m` and of the page's filters. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nameFilter, nameTerm, termTexts, typedFilter } from '#dist/runs/metric-pattern.js';

const NAMES = [
  ...['loss', 'val.loss', 'val.top1', 'train/Loss', 'train/grad.norm', 'lr', 'acc (top-1)'],
  ...['a|b', '/odd', 'cost$', 'top[1]', 'eval loss'],
];

describe('a filter as it is typed', () => {
  const CASES: readonly (readonly [text: string, names: readonly string[]])[] = [
    ['', NAMES],
    ['  , ', NAMES],
    ['LOSS', ['loss', 'val.loss', 'train/Loss', 'eval loss']],
    ['loss VAL', ['val.loss', 'eval loss']],
    ['^val', ['val.loss', 'val.top1']],
    ['^val loss', ['val.loss']],
    ['val*loss', ['val.loss']],
    ['*val*loss', ['val.loss', 'eval loss']],
    ['val.top?', ['val.top1']],
    ['loss$', ['loss', 'val.loss', 'train/Loss', 'eval loss']],
    ['top1|lr', ['val.top1', 'lr']],
    ['/top.1/', ['acc (top-1)', 'top[1]']],
    ['/val loss/', ['eval loss']],
    ['-grad -val', ['loss', 'train/Loss', 'lr', ...NAMES.slice(6, 11)]],
    ['loss !^train', ['loss', 'val.loss', 'eval loss']],
    ['^lr, top1', ['val.top1', 'lr']],
    ['loss, lr, -/^(eval|train)/', ['loss', 'val.loss', 'lr']],
    ['train/l', ['train/Loss']],
    ['/odd', ['/odd']],
    ['(top', ['acc (top-1)']],
    ['a|b', NAMES.filter((name) => /a|b/.test(name))],
    ['cost$', ['cost$']],
    ['top[1]', ['top[1]']],
    ['-', NAMES.filter((name) => name.includes('-'))],
  ];
  for (const [text, names] of CASES) {
    test(`${JSON.stringify(text)} finds its names`, () =>
      assert.deepEqual(NAMES.filter(typedFilter(text)), names));
  }

  test('with a wrong regular expression is an error', () => {
    for (const text of ['^(val', '/[/', '-^(val', 'a\\']) {
      assert.throws(() => typedFilter(text), {
        name: 'SyntaxError',
        message: /is not a regular expression/,
      });
    }
  });
});

describe('the terms of an option', () => {
  const chosen = (list: string) =>
    NAMES.filter(nameFilter(termTexts(list).map((text) => [nameTerm(text)])));

  test('a plain term is a whole name, and case counts', () => {
    assert.deepEqual(chosen('loss'), ['loss']);
    assert.deepEqual(chosen('loss,LR,eval loss'), ['loss', 'eval loss']);
    assert.deepEqual(chosen('train/loss'), []);
  });

  test('globs cover the whole name, regular expressions any part of it', () => {
    assert.deepEqual(chosen('val.*'), ['val.loss', 'val.top1']);
    assert.deepEqual(chosen('^val,lr'), ['val.loss', 'val.top1', 'lr']);
    assert.deepEqual(chosen('/loss/'), ['loss', 'val.loss', 'eval loss']);
  });

  test('exclusions alone leave the rest, and hold for all alternatives', () => {
    assert.deepEqual(chosen('*,-/./'), []);
    assert.deepEqual(chosen('*loss,!val*'), ['loss', 'eval loss']);
    assert.deepEqual(chosen('-/[a-z]/'), []);
    assert.deepEqual(
      chosen('-/l/'),
      NAMES.filter((name) => !name.includes('l')),
    );
  });

  test('a comma inside of a regular expression separates no terms', () => {
    assert.deepEqual(termTexts('loss,/a{1,2}/,-/b,c/,/odd'), [
      'loss',
      '/a{1,2}/',
      '-/b,c/',
      '/odd',
    ]);
  });
});
