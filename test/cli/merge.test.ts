import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BIN, dllogger } from '../support/cli.js';
import { withLog } from '../support/log.js';
import { isLong, times } from '../support/long.js';
import { readRecords, run, temporaryDirectory } from '../support/run.js';

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

test('merge writes one log with the mean of the ranks, in the order of their steps', async () => {
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
  assert.ok(stdout.includes(`15 records of 3 logs in ${target}\n`));
  assert.match(stdout, /^taken from the first log, as they differ: rank, host$/m);
  assert.match(stdout, /^ {2}\S+ {2}loss +2 {2}\(0, 2\), \(0, 2\)$/m);
});

test('--reduce chooses min, max, sum or first', async () => {
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

/** The first steps that a report names. */
const FIRST = [
  [0, 0],
  [0, 1],
  [0, 2],
];

test('--json lists what was missing in which log at which steps', async () => {
  const { stdout } = await merged('--json');
  const { records, missing, differing } = JSON.parse(stdout);
  assert.equal(records, 15);
  assert.deepEqual(differing, ['rank', 'host']);
  assert.deepEqual(missing, [
    {
      path: ranks[0],
      metric: 'extra',
      count: 4,
      steps: FIRST,
    },
    {
      path: ranks[1],
      metric: 'extra',
      count: 4,
      steps: FIRST,
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

test('without missing values the exit code is 0', async () => {
  const target = join(directory, 'same.json');
  const [rank = ''] = ranks;
  const { code, stdout } = await dllogger(['merge', rank, rank, '-o', target]);
  assert.deepEqual([code, stdout], [0, `11 records of 2 logs in ${target}\n`]);
});

/** Logs as a rank may have written them: values as text. */
function rankLogs(...all: readonly (readonly string[])[]): string[] {
  const place = temporaryDirectory();
  return all.map((records, rank) => {
    const path = join(place, `rank${rank}.json`);
    const lines = records.map(
      (rest, i) =>
        `DLLL {"timestamp": "1700000000.${rank}0000${i}", "datetime": "2023-11-14 22:13:20.${rank}0000${i}+00:00", ` +
        `"elapsedtime": "0.00000${i}", ${rest}}\n`,
    );
    writeFileSync(path, lines.join(''));
    return path;
  });
}

const log = (step: string, data: string) => `"type": "LOG", "step": ${step}, "data": {${data}}`;

test('values that are not reduced are copied as text: of one rank, with first, of parameters', async () => {
  const values =
    '"whole": 1.0, "large": 12345678901234567890, "odd": 9007199254740993, "map": {"10": 1, "2": 2.0}, ' +
    '"9": 1e-07, "1": -0.0, "caf\\u00e9": "\\u00e9\\/", "nan": NaN, "list": [1.0, [], {}]';
  const rank = [
    '"type": "METADATA", "metric": "loss", "metadata": {"2": 1.0, "1": 12345678901234567890}',
    log('"PARAMETER"', values),
    log('[0, 1]', values),
    log('{"a": 1.0}', values),
  ];
  const [one = '', other = ''] = rankLogs(rank, rank);
  const target = join(directory, 'copied.json');
  for (const args of [[one], [one, other, '--reduce', 'first'], [one, other]]) {
    await dllogger(['merge', ...args, '-o', target]);
    assert.equal(readFileSync(target, 'utf8'), readFileSync(one, 'utf8'), args.join(' '));
  }
});

test('a reduced value is a float if one of its inputs was', async () => {
  const all = rankLogs(
    [log('[0]', '"ints": 2, "mixed": 1, "floats": 1.5, "large": 9007199254740993')],
    [log('[0]', '"ints": 4, "mixed": 3.0, "floats": 2.5, "large": 9007199254740995')],
  );
  const target = join(directory, 'reduced.json');
  for (const [how, ints, mixed, floats] of [
    ['mean', '3', '2.0', '2.0'],
    ['sum', '6', '4.0', '4.0'],
    ['min', '2', '1.0', '1.5'],
    ['max', '4', '3.0', '2.5'],
    ['first', '2', '1', '1.5'],
  ] as const) {
    await dllogger(['merge', ...all, '-o', target, '--reduce', how]);
    const text = readFileSync(target, 'utf8');
    const expected = `"data": {"ints": ${ints}, "mixed": ${mixed}, "floats": ${floats}, "large": `;
    assert.ok(text.includes(expected), `${how}: ${text}`);
    if (how === 'max') assert.match(text, /"large": 9007199254740995\}/);
  }
});

test('times that a log lacks are derived, and the count is that of lines', async () => {
  const path = join(directory, 'old.json');
  writeFileSync(
    path,
    'DLLL {"timestamp": "1700000000.5", "datetime": "then", "type": "LOG", "step": [0], "data": {"a": 1.0}}\n' +
      'DLLL {"timestamp": "1700000002.5", "datetime": "later", "type": "LOG", "step": [1], "data": {"a": 2.0}}\n' +
      'DLLL {"type": "METADATA", "metric": "a", "metadata": {}}\n',
  );
  const target = join(directory, 'derived.json');
  const { stdout } = await dllogger(['merge', path, '-o', target]);
  assert.equal(stdout, `3 records of 1 log in ${target}\n`);
  const lines = readFileSync(target, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, 3);
  assert.match(lines[0] ?? '', /^DLLL \{"timestamp": "1700000000\.5\d*", "datetime": "2023-/);
  assert.ok(lines[2]?.includes('"datetime": "later", "elapsedtime": "2.0", "type": "LOG"'));
});

test('steps that ranks lack come in ascending order, whichever ranks have them', async () => {
  const all = rankLogs(
    [0, 1, 4].map((i) => log(`[${i}]`, '"a": 1')),
    [0, 2, 3, 4, 5].map((i) => log(`[${i}]`, '"a": 2')),
    [1, 2, 6].map((i) => log(`[${i}]`, '"a": 6')),
  );
  const target = join(directory, 'ascending.json');
  const { code } = await dllogger(['merge', ...all, '-o', target]);
  assert.equal(code, 1);
  assert.deepEqual(
    readRecords(target).map(({ step, data }) => [...(step as number[]), data.a]),
    [
      [0, 1.5],
      [1, 3.5],
      [2, 4],
      [3, 2],
      [4, 1.5],
      [5, 2],
      [6, 6],
    ],
  );
});

const steps = (from: number, to: number, more = '') =>
  Array.from({ length: to - from }, (_, i) => log(`[0, ${from + i}]`, `"a": ${from + i}.5${more}`));
/** Steps of more bytes than are read at a time. */
const manyBytes = steps(0, 300, `, "text": "${'x'.repeat(1000)}"`);

/**
 * Logs that cannot be merged step by step. A merge to standard output, which cannot be taken back, is done in memory.
 */
for (const [what, first, second] of [
  ['in another order', steps(0, 9), steps(0, 9).reverse()],
  ['repeated by one rank', [...steps(0, 9), ...steps(5, 9)], steps(0, 9)],
  [
    'repeated by both from other steps',
    [...steps(0, 9), ...steps(3, 9)],
    [...steps(0, 7), ...steps(5, 9)],
  ],
  ['repeated by both', [...steps(0, 9), ...steps(3, 9)], [...steps(0, 9), ...steps(3, 9)]],
  [
    'that was lacking and comes late',
    steps(0, 9),
    [...steps(0, 4), ...steps(5, 9), ...steps(4, 5)],
  ],
  [
    'with a name that comes late',
    [log('"x"', '"b": 1'), ...steps(0, 9)],
    [...steps(0, 9), log('"x"', '"b": 3')],
  ],
  [
    'whose metric is described late',
    manyBytes,
    [...manyBytes, '"type": "METADATA", "metric": "a", "metadata": {"unit": "s"}'],
  ],
] as const) {
  test(`a step ${what}: its nth record of one rank is merged with the nth of the others`, async () => {
    const all = rankLogs(first, second);
    const target = join(directory, 'meets.json');
    const { code } = await dllogger(['merge', ...all, '-o', target]);
    const inMemory = await dllogger(['merge', ...all, '-o', '-']);
    assert.equal(readFileSync(target, 'utf8'), inMemory.stdout);
    assert.equal(code, inMemory.code);
    const counts = [first, second].map(
      (one) => one.filter((text) => text.includes('"LOG"')).length,
    );
    const records = readRecords(target).filter(({ type }) => type === 'LOG');
    assert.equal(records.length, Math.max(...counts));
  });
}

/** Values as ranks may write them: `rank` and `i` make them differ. */
const WRITTEN: readonly ((rank: number, i: number) => string)[] = [
  (rank, i) => String(rank * i),
  (rank, i) => `${rank}.${i}`,
  (rank, i) => (rank % 2 === i % 2 ? '2' : '2.0'),
  (rank) => (rank === 1 ? 'NaN' : '-Infinity'),
  () => '12345678901234567890',
  (rank, i) => `${rank - i}e-07`,
  (rank) => (rank === 2 ? '"other"' : '"text"'),
  (rank) => (rank === 0 ? 'null' : '1.5'),
  (rank) => (rank === 0 ? '1.5' : 'true'),
  (_, i) => (i % 2 === 0 ? '-0.0' : '0'),
  (rank) => `[${rank}, {"a": 1.0}]`,
];

/** Records of a rank: parameters, and then steps with all values of `WRITTEN` under names that `choose` arranges. */
const rankRecords = (
  rank: number,
  count: number,
  choose: (names: string[], i: number) => readonly string[],
) => [
  log('"PARAMETER"', `"rank": ${rank}`),
  ...Array.from({ length: count }, (_, i) => {
    const names = WRITTEN.map((write, k) => `"caf\u00e9${k}": ${write(rank, i)}`);
    return log(`[0, ${i}]`, choose(names, i).join(', '));
  }),
];
// Names change in the course of the logs.
const changing = (names: string[], i: number) => names.slice(i % 5);

for (const [what, ...all] of [
  [
    'with the same names in all ranks, some of which end early',
    rankRecords(0, 200, changing),
    rankRecords(1, 60, changing),
    rankRecords(2, 200, changing),
    rankRecords(3, 5, changing),
  ],
  [
    'with some of the names in each rank, in any order',
    rankRecords(0, 150, (names, i) => names.slice(i % 3)),
    rankRecords(1, 150, (names) => names.reverse()),
    rankRecords(2, 100, (names, i) => [...names.slice(0, 7), `"only": ${i}`]),
    rankRecords(3, 150, (names, i) => (i % 50 === 7 ? ['"alone": 1.0'] : names.slice(4))),
  ],
  [
    'that some ranks repeat, with other names',
    rankRecords(0, 100, (names) => names.slice(0, 5)),
    rankRecords(1, 100, (names) => names.slice(0, 6)).flatMap((record, i) =>
      i % 20 === 3 ? [record, record] : [record],
    ),
    rankRecords(2, 100, (names) => names.slice(2)).flatMap((record, i) =>
      i % 30 === 9 ? [record, log(`[0, ${i - 1}]`, '"late": 2')] : [record],
    ),
  ],
] as const) {
  test(`records ${what}: merged as in memory`, async () => {
    const paths = rankLogs(...all);
    const target = join(directory, 'alike.json');
    for (const how of isLong ? ['mean', 'min', 'max', 'sum', 'first'] : ['mean', 'min', 'first']) {
      const options = ['--reduce', how, '-o'];
      const { code, stdout } = await dllogger(['merge', ...paths, '--json', ...options, target]);
      const inMemory = await dllogger(['merge', ...paths, ...options, '-']);
      assert.equal(readFileSync(target, 'utf8'), inMemory.stdout, how);
      assert.deepEqual([code, inMemory.code], [1, 1], how);
      const { missing, differing } = JSON.parse(stdout);
      const lacks = missing.map(
        ({ path, metric, count }: { path: string; metric: string; count: number }) =>
          `${path} lacks ${metric} at ${count} step${count === 1 ? '' : 's'}`,
      );
      const found = inMemory.stderr.match(/\/\S+ lacks \S+ at \d+ steps?/g) ?? [];
      assert.deepEqual(lacks.sort(), [...found].sort(), how);
      assert.equal(differing[0], 'rank');
    }
  });
}

test('-m: the log is that of ranks which logged only these metrics; parameters stay', async () => {
  const chosen = (member: string) => /[1357]": /.test(member);
  const records = (isChosen: boolean) =>
    [0, 1, 2].map((rank) => [
      '"type": "METADATA", "metric": "café1", "metadata": {"unit": "s"}',
      ...rankRecords(rank, 150, (names, i) =>
        names.slice((i + rank) % 3).filter((member) => !isChosen || chosen(member)),
      ),
      log('"named"', `${isChosen ? '' : '"other": 1, '}"caf\\u00e93": ${rank}`),
      ...(isChosen
        ? []
        : [
            log('[0, 900]', '"other": 1'),
            log('"named"', '"other": 1'),
            '"type": "METADATA", "metric": "other", "metadata": {"unit": "s"}',
          ]),
    ]);
  const [whole, alone] = [records(false), records(true)].map((all) => rankLogs(...all));
  const target = join(directory, 'chosen.json');
  for (const how of ['mean', 'min']) {
    const merge = ['merge', '--reduce', how, '-o'];
    const expected = await dllogger([...merge, '-', ...(alone ?? [])]);
    for (const out of [target, '-']) {
      const args = [...merge, out, ...(whole ?? []), '-m', '/[1357]$/', '-m', '-other'];
      const { code, stdout } = await dllogger(args);
      assert.equal(code, expected.code);
      assert.equal(out === '-' ? stdout : readFileSync(out, 'utf8'), expected.stdout);
    }
  }
  assert.match(readFileSync(target, 'utf8'), /"step": "PARAMETER", "data": \{"rank": 0\}/);
  const { code, stderr } = await dllogger([
    ...['merge', '-o', join(directory, 'none.json'), ...(whole ?? []), '-m', 'othr'],
  ]);
  assert.equal(code, 2);
  assert.match(stderr, /^dllogger: -m: no metric is "othr"; did you mean "other"\?\n$/);
  assert.ok(!existsSync(join(directory, 'none.json')));
});

test('memory does not depend on the number of records', async () => {
  const count = times(10_000, 60_000);
  const all = rankLogs(steps(0, count), steps(0, count));
  const target = join(directory, 'long.json');
  const env = { NODE_OPTIONS: '--max-old-space-size=18' };
  const { code, stderr } = await dllogger(['merge', ...all, '-o', target], { env });
  assert.equal(code, 0, stderr);
  assert.equal(readFileSync(target, 'utf8').split('\n').length, count + 1);
});

test('more logs are merged than files may be open', {
  skip: process.platform === 'win32',
}, async () => {
  // The long log has more bytes than are read at a time, so that its reading goes on after that of all others has begun.
  const [short = '', long = ''] = rankLogs([log('[0, 0]', '"a": 0.5')], manyBytes);
  const all = Array.from({ length: 210 }, (_, rank) => (rank < 60 ? long : short));
  const target = join(directory, 'many.json');
  const { code, stderr } = await run('sh', [
    ...['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, BIN, 'merge', ...all],
    ...['-o', target, '--reduce', 'sum'],
  ]);
  assert.deepEqual([code, stderr], [1, '']);
  const sums = readRecords(target).map(({ data }) => data.a);
  assert.deepEqual([sums[0], sums.at(-1)], [210 * 0.5, 60 * 299.5]);
});
