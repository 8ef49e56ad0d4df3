/** The names of runs, their order and their styles. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { labelCut } from '#dist/plot/middle-cut.js';
import { runStyles } from '#dist/plot/run-looks.js';
import { commonWords, labelParts, runLabels } from '#dist/runs/names.js';
import { compareNames } from '#dist/runs/natural-order.js';

describe('names in order', () => {
  const ORDERED: readonly (readonly string[])[] = [
    ['lr0.001', 'lr0.003', 'lr0.01', 'lr0.03', 'lr0.1', 'lr1', 'lr10'],
    ['lr=1e-4', 'lr=3e-4', 'lr=1e-3', 'lr=0.01'],
    ['run-1', 'run-2', 'run-10', 'run-10b', 'Run-11'],
    ['v1.2.9', 'v1.2.10', 'v1.10.0'],
    ['2024-01-02', '2024-01-10', '2024-02-01'],
    ['a', 'a1', 'a1b', 'ab', 'b'],
    ['1', '2', 'a'],
    ['bs32/lr0.1/s2', 'bs32/lr0.1/s10', 'bs32/lr0.5/s1', 'bs128/lr0.1/s1'],
    ['deadbeef1e5f', 'deadbeef2e4f'],
  ];
  for (const ordered of ORDERED) {
    test(`${ordered.join(' ')} is in order`, () => {
      assert.deepEqual(ordered.toReversed().sort(compareNames), ordered);
      // Every pair, both ways.
      for (const [i, a] of ordered.entries()) {
        for (const [j, b] of ordered.entries()) {
          assert.equal(Math.sign(compareNames(a, b)), Math.sign(i - j), `${a}, ${b}`);
        }
      }
    });
  }
});

describe('short names', () => {
  const CASES: readonly (readonly [names: readonly string[], labels: readonly string[]])[] = [
    [[], []],
    [['logs/run.json'], ['run']],
    [
      ['run-1.json', 'run-2.json'],
      ['run-1', 'run-2'],
    ],
    [
      ['resnet50_lr0.001_s1.json', 'resnet50_lr0.003_s1.json'],
      ['lr0.001_s1', 'lr0.003_s1'],
    ],
    [
      ['exp/resnet-a.json', 'exp/resnet-b.json'],
      ['a', 'b'],
    ],
    [
      ['exp/1/log.json', 'exp/2/log.json'],
      ['1/log', '2/log'],
    ],
    [
      ['exp/log.json', 'exp/log.json #2'],
      ['log', 'log #2'],
    ],
    [
      ['a.json', 'a.log'],
      ['a.json', 'a.log'],
    ],
    [
      ['base.json', 'base-b.json'],
      ['base', 'base-b'],
    ],
    [
      ['x.jsonl.gz', 'y.ndjson'],
      ['x', 'y'],
    ],
    [
      ['same.json', 'same.json'],
      ['same', 'same'],
    ],
    [['.json'], ['.json']],
  ];
  for (const [names, labels] of CASES) {
    test(`of ${names.join(' ') || 'no runs'} are ${labels.join(' ') || 'none'}`, () =>
      assert.deepEqual(runLabels(names), labels));
  }

  test('differ wherever the names differ', () => {
    const parts = ['a', 'run-', '1', '.', '/', '.json', '_', ' '];
    let seed = 1;
    const next = (below: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    for (let round = 0; round < 500; round++) {
      const name = () =>
        Array.from({ length: 1 + next(6) }, () => parts[next(parts.length)]).join('');
      const names = [...new Set(Array.from({ length: 1 + next(5) }, name))];
      const labels = runLabels(names);
      assert.equal(new Set(labels).size, names.length, JSON.stringify([names, labels]));
      assert.ok(
        labels.every((label) => label !== ''),
        JSON.stringify([names, labels]),
      );
    }
  });
});

describe('the style of a run', () => {
  const runs = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `run-${i}.json`, begin: 1000 + i }));

  test('is unique as long as there are colours and dashes', () => {
    for (const count of [1, 5, 8, 12, 32]) {
      const styles = [...runStyles(runs(count)).values()];
      assert.equal(new Set(styles).size, count);
      assert.equal(Math.max(...styles) < 8 * Math.ceil(count / 8), true);
    }
  });

  test('is the same in whatever order runs come, and stays when others come', () => {
    const all = runs(40);
    const styles = runStyles(all);
    assert.deepEqual(runStyles(all.toReversed()), styles);
    for (let count = 1; count < all.length; count++) {
      for (const [name, style] of runStyles(all.slice(0, count))) {
        assert.equal(style, styles.get(name), `${name} of ${count}`);
      }
    }
  });

  test('comes from the name: alone, a run has the colour that it has among others, unless an earlier one has it', () => {
    const styles = runStyles(runs(8));
    const same = runs(8).filter((run) => runStyles([run]).get(run.name) === styles.get(run.name));
    assert.ok(same.length >= 3, `${same.length} of 8`);
    assert.notEqual(new Set(runs(8).map((run) => runStyles([run]).get(run.name))).size, 1);
  });
});

describe('names where room lacks', () => {
  const WHOLE = (text: string) => [{ text, isCommon: false }];

  test('keep what they consist of, where others have more words', () => {
    assert.deepEqual(labelParts('train', commonWords(['train', 'train_old'])), WHOLE('train'));
    const names = Array.from({ length: 18 }, (_, i) => `resnet50_imagenet_adam_v${i}`);
    const common = commonWords([...names, 'resnet50_imagenet_adam']);
    assert.equal(labelCut('resnet50_imagenet_adam', common, 12), 'resne…t_adam');
  });

  test('keep common words where one of these is lacking, or stands there twice', () => {
    const sweep = Array.from(
      { length: 20 },
      (_, seed) => `lr0.1_bs256_randaugment_ema_seed${seed}`,
    );
    const odd = ['lr0.1_bs256_ema_seed1', 'lr0.1_bs256_bs256_randaugment_ema_seed1'];
    const common = commonWords([...sweep, ...odd]);
    for (const name of odd) assert.deepEqual(labelParts(name, common), WHOLE(name));
    const cut = [...sweep, ...odd].map((name) => labelCut(name, common, 24));
    assert.equal(new Set(cut).size, cut.length, cut.join(' '));
  });

  const SWEEP = ['0.001', '0.01', '0.1'].flatMap((lr) =>
    [1, 2].map((seed) => `lr${lr}_bs256_randaugment_ema_seed${seed}_final`),
  );

  test('lose first what nearly all of them have', () => {
    // One other name among twenty changes nothing.
    for (const names of [SWEEP, [...SWEEP, ...SWEEP, ...SWEEP, ...SWEEP, 'baseline']]) {
      const parts = labelParts('lr0.01_bs256_randaugment_ema_seed2_final', commonWords(names));
      assert.deepEqual(
        parts.map(({ text, isCommon }) => (isCommon ? `(${text})` : text)),
        ['lr0.01_', '(bs256_randaugment_ema_)', 'seed2_', '(final)'],
      );
    }
    const common = commonWords(SWEEP);
    const cut = SWEEP.map((name) => labelCut(name, common, 21));
    assert.deepEqual(cut[0], 'lr0.001_…seed1_final');
    assert.equal(new Set(cut).size, SWEEP.length);
    assert.deepEqual(labelCut('lr0.001_seed1', common, 20), 'lr0.001_seed1');
  });

  test('lose a short common word at their end, too', () => {
    const names = ['lr0.1_seed1_v1', 'lr0.1_seed2_v1', 'lr0.2_seed1_v1'];
    const parts = labelParts('lr0.1_seed2_v1', commonWords(names));
    assert.deepEqual(parts, [
      { text: 'lr0.1_seed2_', isCommon: false },
      { text: 'v1', isCommon: true },
    ]);
  });

  const WITHOUT: readonly (readonly string[])[] = [
    [],
    ['alone_in_the_world'],
    ['first-second', 'second-first'],
    ['lr0.1-seed1', 'lr0.01-seed1', 'lr0.1-seed2', 'lr0.01-seed2'],
    ['a_b_c', 'a_b_d'],
  ];
  for (const names of WITHOUT) {
    test(`keep everything where the words, or their order, tell them apart: ${names}`, () => {
      const common = commonWords(names);
      for (const name of names)
        assert.deepEqual(labelParts(name, common), [{ text: name, isCommon: false }]);
    });
  }
});
