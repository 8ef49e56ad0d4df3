/**
 * Compares a call of the TypeScript implementation with the least that JavaScript can do to hand a record to the
 * system before the call returns: JSON.stringify and fs.writeSync. Both take turns in one process, burst by
 * burst, and are measured in its CPU time, so that the ratio does not depend on the load of the machine.
 */
import { type Case, type Figures, turn } from '#dist/bench/cases.js';
import { notOpened } from '#dist/bench/driver.js';
import { findDriver } from '#dist/bench/drivers.js';
import type { Section } from '#dist/bench/section.js';
import { median } from '#dist/bench/statistics.js';
import { figure, table } from '#dist/bench/table.js';
import { atMost, find, OURS } from './section.js';
import { binaries } from './versions.js';

const BASE = 'JSON.stringify + fs.writeSync';
const BURST = 2000;
const BURSTS = 24;

type Build = (i: number) => Record<string, unknown>;

const NUMBERS = Float64Array.from({ length: 4096 }, () => Math.random() * 3);
const at = (i: number): number => NUMBERS[i % 4096] ?? 0;
const WORDS = ['warming up', 'training', 'evaluation', 'done'];
const NAMES = Array.from({ length: 20 }, (_, i) => `metric.${i}`);
const TEXT = 'the quick brown fox jumps over the lazy dog. '.repeat(25);

/** The kinds of records with strict targets: nearly all records are of these kinds. */
const USUAL: ReadonlyMap<string, Build> = new Map<string, Build>([
  ['numbers', (i) => ({ loss: at(i), lr: at(i + 1), ips: at(i + 2) })],
  ['integers', (i) => ({ loss: i, lr: i * 7, ips: i & 15 })],
  ['few digits', (i) => ({ loss: (i % 1000) / 100, lr: 8.5e-5, ips: (i % 100) / 10 })],
  ['short strings', (i) => ({ phase: WORDS[i % 4], name: 'resnet50', loss: at(i) })],
]);

const OTHERS: ReadonlyMap<string, Build> = new Map<string, Build>([
  ['20 numbers', (i) => Object.fromEntries(NAMES.map((name, j) => [name, at(i + j)]))],
  ['booleans', (i) => ({ best: i % 2 === 0, saved: true, stopped: null })],
  ['quotes', (i) => ({ message: 'with "quotes"\n', loss: at(i) })],
  ['unicode', (i) => ({ message: 'évaluation naïve, 日本語', loss: at(i) })],
  ['1 KiB of text', (i) => ({ message: TEXT, loss: at(i) })],
  ['a date', (i) => ({ when: new Date(1.7e12 + i), loss: at(i) })],
  ['100 integers', (i) => ({ counts: Array.from({ length: 100 }, (_, j) => i + j) })],
  ['100 numbers', (i) => ({ grads: Array.from(NUMBERS.subarray(i % 99, (i % 99) + 100)) })],
  ['typed array of 100', (i) => ({ grads: NUMBERS.subarray(i % 99, (i % 99) + 100) })],
  [
    'parameters, 3 deep',
    (i) => ({
      optimizer: { name: 'adam', betas: [0.9, 0.999], schedule: { warmup: i, decay: at(i) } },
      model: 'resnet50',
      batch: 32,
    }),
  ],
]);

const KINDS = new Map([...USUAL, ...OTHERS]);

export const measure: Case = async ({ path, roots }) => {
  const ours = await findDriver(OURS).create({ path, roots });
  const base = await findDriver(BASE).create({ path: `${path}.base`, roots });
  const figures: Record<string, number> = {};
  for (const [kind, build] of KINDS) {
    const ratios: number[] = [];
    for (let burst = 0; burst < 1.5 * BURSTS; burst++) {
      const records = Array.from({ length: BURST }, (_, i) => build(burst * BURST + i));
      const called: number[] = [];
      for (const driver of [ours, base]) {
        await turn();
        const start = process.cpuUsage();
        for (const [i, record] of records.entries()) driver.log([burst, i], record);
        const { user, system } = process.cpuUsage(start);
        called.push(user + system);
      }
      ratios.push((called[0] ?? Number.NaN) / (called[1] ?? Number.NaN));
    }
    // The first third is warm-up.
    figures[kind] = median(ratios.slice(BURSTS / 2));
  }
  await ours.close();
  await base.close();
  return figures satisfies Figures;
};

/** The Node versions to which the targets apply. */
const LIMITS: readonly [major: string, usual: number][] = [
  ['v20.', 1.3],
  ['v24.', 1.45],
];

export const script: Section = {
  name: 'script',
  title: `log() of the TypeScript implementation to ${BASE}, times`,
  rounds: 7,
  trials: async () =>
    Object.entries(await binaries())
      .filter(([version]) => LIMITS.some(([major]) => version.startsWith(major)))
      .map(([row, node]) => ({
        row,
        driver: { name: OURS, env: { DLLOGGER_NATIVE: '0' }, create: notOpened },
        ...(node === undefined ? {} : { node }),
        module: import.meta.url,
        case: 'measure',
        options: {},
      })),
  show: (results) =>
    table(
      results,
      [...KINDS.keys()].map((kind) => ({ title: kind, figure: kind, digits: 2, spread: true })),
    ),
  targets: (results) =>
    results.flatMap(({ trial: { row = '' } }) => {
      const worst = (kinds: Iterable<string>): number | undefined => {
        const found = [...kinds].map((kind) => figure(find(results, OURS, row), kind));
        return found.includes(undefined) ? undefined : Math.max(...found.map(Number));
      };
      const limit = LIMITS.find(([major]) => row.startsWith(major))?.[1] ?? 0;
      const what = (kinds: string): string =>
        `the TypeScript implementation, ${kinds}, against ${BASE}, Node ${row}`;
      return [
        atMost(what('usual records'), worst(USUAL.keys()), limit, 'times', 2),
        atMost(what('any record'), worst(OTHERS.keys()), 2, 'times', 2),
      ];
    }),
};
