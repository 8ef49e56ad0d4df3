/** Records unlike the standard one: changing keys, other kinds of values. */
import { type Case, turn } from '#dist/bench/cases.js';
import type { Section } from '#dist/bench/section.js';
import { median } from '#dist/bench/statistics.js';
import { figure, format, markdown, ratio } from '#dist/bench/table.js';
import { atLeast, atMost, find, OURS, only, PINO } from './section.js';

type Build = (i: number) => Record<string, unknown>;

const NUMBERS = Float64Array.from({ length: 4096 }, () => Math.random() * 3);
const at = (i: number): number => NUMBERS[i % 4096] ?? 0;
const WORDS = ['warming up', 'training', 'naïve', 'évaluation', 'a longer text, with "quotes"\n'];

/** Records of `count` shapes in turn, with three metrics each; built beforehand. */
function shapes(count: number): Build {
  const records = Array.from({ length: Math.max(count, 64) }, (_, i) => {
    const name = i % count;
    return {
      [`train.loss.${name}`]: at(3 * i),
      [`lr.${name}`]: at(3 * i + 1),
      [`train.total_ips.${name}`]: at(3 * i + 2),
    };
  });
  return (i) => records[i % records.length] ?? {};
}

const KINDS: ReadonlyMap<string, () => Build> = new Map([
  ['1 shape', () => shapes(1)],
  ['2 shapes', () => shapes(2)],
  ['10 shapes', () => shapes(10)],
  ['100 shapes', () => shapes(100)],
  ['1,000 shapes', () => shapes(1000)],
  ['doubles', () => (i) => ({ loss: at(i), lr: at(i + 1), ips: at(i + 2) })],
  ['integers', () => (i) => ({ loss: i, lr: i * 7, ips: i & 15 })],
  [
    'floats and integers, changing',
    () => (i) => ({ loss: i % 2 ? at(i) : i, lr: i % 3 ? i : at(i), ips: i % 5 ? at(i) : 1 }),
  ],
  ['few digits', () => (i) => ({ loss: (i % 1000) / 100, lr: 0.001, ips: (i % 100) / 10 })],
  ['booleans', () => (i) => ({ best: i % 2 === 0, saved: true, stopped: false })],
  ['null', () => () => ({ loss: null, lr: null, ips: null })],
  [
    'strings',
    () => (i) => ({ phase: WORDS[i % 2] ?? '', name: 'resnet50', message: WORDS[i % 5] ?? '' }),
  ],
  [
    'parameters, 3 deep',
    () => (i) => ({
      optimizer: { name: 'adam', betas: [0.9, 0.999], schedule: { warmup: i, decay: at(i) } },
      model: 'resnet50',
      batch: 32,
    }),
  ],
]);

export const measure: Case = async ({ options }, open) => {
  const build = [...KINDS.values()][options.kind ?? 0]?.();
  if (build === undefined) throw new Error('no such kind');
  const driver = await open();
  const burst = 1000;
  const called: number[] = [];
  const written: number[] = [];
  for (let i = 0; i < 300; i++) {
    await turn();
    const start = performance.now();
    for (let j = i * burst; j < (i + 1) * burst; j++) driver.log([j >> 8, j], build(j));
    called.push(((performance.now() - start) * 1e6) / burst);
    await driver.flush();
    written.push(((performance.now() - start) * 1e6) / burst);
  }
  await driver.close();
  return { log: median(called.slice(100)), written: median(written.slice(100)) };
};

/** Kinds in an order in which each differs in one thing from the kind before. */
const NEIGHBOURS = ['1 shape', '2 shapes', '10 shapes', '100 shapes', '1,000 shapes'];

export const varied: Section = {
  name: 'varied',
  title: 'Varied records: log(), and until they are written, ns a record',
  rounds: 3,
  trials: (drivers) =>
    [...KINDS.keys()].flatMap((row, kind) =>
      only(drivers, OURS, PINO).map((driver) => ({
        row,
        driver,
        module: import.meta.url,
        case: 'measure',
        options: { kind },
      })),
    ),
  show: (results) => {
    const show = (driver: string, row: string, name: string): string =>
      format(figure(find(results, driver, row), name) ?? Number.NaN);
    return markdown([
      ['', `${OURS}: log()`, 'written', `${PINO}: log()`, 'written', 'log(), times cheaper'],
      ...[...KINDS.keys()].map((row) => [
        row,
        show(OURS, row, 'log'),
        show(OURS, row, 'written'),
        show(PINO, row, 'log'),
        show(PINO, row, 'written'),
        format(ratio(find(results, PINO, row), find(results, OURS, row), 'log') ?? Number.NaN, 1),
      ]),
    ]);
  },
  targets: (results) => {
    const cheaper = [...KINDS.keys()].map((row) => ({
      row,
      times: ratio(find(results, PINO, row), find(results, OURS, row), 'log') ?? Number.NaN,
    }));
    const worst = cheaper.reduce((a, b) => (b.times < a.times ? b : a));
    const logs = NEIGHBOURS.map((row) => figure(find(results, OURS, row), 'log') ?? Number.NaN);
    const cliff = Math.max(...logs.slice(1).map((log, i) => log / (logs[i] ?? Number.NaN)));
    return [
      atLeast(
        `varied: the worst kind (${worst.row}) against pino`,
        worst.times,
        5,
        'times cheaper',
      ),
      atMost('varied: the worst step from 1 to 1,000 shapes', cliff, 2, 'times', 2),
    ];
  },
};
