/**
 * What reading a log costs: `dllogger summary` and the reader against a bare loop of split and
 * JSON.parse over the same file, in turns; `dllogger export` against such a loop that writes the table;
 * how commands grow with the names of metrics; and what following costs at 1,000 records a second.
 *
 *     npm run bench:reader -- [--records N] [--rounds N] [--seconds N]
 *
 * A log of 10 million records, which is the default, takes 2.5 GB of the temporary directory.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine, machineLine } from '#dist/bench/machine.js';
import { median } from '#dist/bench/statistics.js';
import { format, markdown } from '#dist/bench/table.js';
import { type Figures, runCase } from './figures.js';

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '10000000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '20' },
  },
});
const records = Number(options.records);
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);

const CHILD = new URL('reader-child.js', import.meta.url);
const READERS = [
  ['loop', 'bare loop: split, JSON.parse'],
  ['summary', 'dllogger summary'],
  ['readLog', 'for await (... of readLog())'],
  ['loadRun', 'loadRun()'],
] as const;

const run = (...args: readonly (string | number)[]): Promise<Figures> => runCase(CHILD, ...args);

/** The loop that each case is compared with: a loop with the same result, or a loop that only reads. */
const BASES: Readonly<Record<string, string>> = {
  exportLong: 'loopLong',
  exportParquetLong: 'loopLong',
  forward: 'loop',
};
const EXPORTS = [
  ['loopWide', 'bare loop: split, JSON.parse, a row for each record'],
  ['exportWide', 'dllogger export --to csv'],
  ['loopLong', 'bare loop: split, JSON.parse, a row for each value'],
  ['exportLong', 'dllogger export --to csv --long'],
  ['exportParquet', 'dllogger export --to parquet'],
  ['exportParquetLong', 'dllogger export --to parquet --long'],
  ['forward', 'dllogger forward --tensorboard'],
] as const;
/** The last writes as many bytes as the table of `exportWide`, and does nothing else. */
const GROWING = ['summary', 'compare', 'plot', 'exportWide', 'tableBytes'] as const;
/** Two logs have the same number of values, under few names and under many. */
const FEW_NAMES = 5;
const MANY_NAMES = 5000;
const NAMED_VALUES = 1_000_000;

const directory = mkdtempSync(join(tmpdir(), 'dllogger-bench-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));

const path = join(directory, 'log.json');
console.error(`making a log of ${format(records)} records`);
await run('make', path, records);
const size = statSync(path).size;

const figures = new Map<string, Figures[]>(READERS.map(([name]) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name] of READERS) {
    console.error(`round ${round + 1} of ${rounds}: ${name}`);
    figures.get(name)?.push(await run(name, path));
  }
}

const of = (name: string, figure: keyof Figures): number[] =>
  (figures.get(name) ?? []).map((one) => one[figure]);
const ratio = (name: string, figure: keyof Figures): number =>
  median(of(name, figure).map((value, i) => value / (of('loop', figure)[i] ?? Number.NaN)));

console.log(`A log of ${format(records)} records, ${format(size / 1e6)} MB:\n`);
console.log(
  markdown([
    ['', 'wall, s', 'to the loop', 'CPU, s', 'to the loop', 'peak memory, MB'],
    ...READERS.map(([name, label]) => [
      label,
      format(median(of(name, 'wall')) / 1000, 1),
      format(ratio(name, 'wall'), 2),
      format(median(of(name, 'cpu')) / 1000, 1),
      format(ratio(name, 'cpu'), 2),
      format(median(of(name, 'memory')) / 1e6),
    ]),
  ]),
);

const exports = new Map<string, Figures[]>(EXPORTS.map(([name]) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name] of EXPORTS) {
    console.error(`round ${round + 1} of ${rounds}: ${name}`);
    exports.get(name)?.push(await run(name, path));
  }
}
/** The median over rounds of one case's time divided by another's. */
const between = (cases: typeof exports, name: string, base: string): string => {
  const bases = cases.get(base) ?? [];
  const all = (cases.get(name) ?? []).map(({ cpu }, i) => cpu / (bases[i]?.cpu ?? Number.NaN));
  return format(median(all), 2);
};
console.log('\nA table of it, and event files for TensorBoard:\n');
console.log(
  markdown([
    ['', 'CPU, s', 'to the loop', 'peak memory, MB'],
    ...EXPORTS.map(([name, label]) => [
      label,
      format(median((exports.get(name) ?? []).map(({ cpu }) => cpu)) / 1000, 1),
      between(new Map([...figures, ...exports]), name, BASES[name] ?? 'loopWide'),
      format(median((exports.get(name) ?? []).map(({ memory }) => memory)) / 1e6),
    ]),
  ]),
);

const names = [FEW_NAMES, MANY_NAMES];
const logs = names.map((count) => join(directory, `names-${count}.json`));
for (const [i, count] of names.entries())
  await run('makeNames', logs[i] ?? '', NAMED_VALUES, count);
const growth = new Map<string, Figures[]>();
for (let round = 0; round < rounds; round++) {
  for (const name of GROWING) {
    for (const [i, count] of names.entries()) {
      console.error(`round ${round + 1} of ${rounds}: ${name} of ${count} names`);
      const key = `${name} ${count}`;
      growth.set(key, [...(growth.get(key) ?? []), await run(name, logs[i] ?? '')]);
    }
  }
}
console.log(
  `\nCPU for ${format(MANY_NAMES)} names to that for ${FEW_NAMES}, ${format(NAMED_VALUES)} values each:\n`,
);
console.log(
  markdown([
    ['', 'ratio'],
    ...GROWING.map((name) => {
      const base = name === 'tableBytes' ? 'exportWide' : name;
      return [name, between(growth, `${name} ${MANY_NAMES}`, `${base} ${FEW_NAMES}`)];
    }),
  ]),
);

const shares: number[] = [];
for (let round = 0; round < rounds; round++) {
  console.error(`round ${round + 1} of ${rounds}: following for ${seconds} s`);
  const idle = await run('idle', '', seconds);
  const follow = await run('follow', join(directory, `${round}.json`), seconds);
  shares.push((follow.cpu - idle.cpu) / follow.wall);
}
console.log(
  `\nFollowing a log that grows by 1,000 records a second: ${format(100 * median(shares), 2)} % of a ` +
    `core above a process that waits.`,
);
console.log(`\nMedians of ${rounds} rounds; ratios within a round. ${machineLine(machine())}`);
