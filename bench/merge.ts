/**
 * What `dllogger merge` costs over the logs of many ranks, against a bare loop of split and JSON.parse over the same
 * bytes, in turns; each run in a process of its own.
 *
 *     npm run bench:merge -- [--logs N --records N] [--arrangements] [--rounds N]
 *
 * Without options: 1,000 logs of 10,000 records, which take 2 GB of the temporary directory, and 2 of 300,000. With
 * `--arrangements`: 400 logs of 1,000 records, unless told otherwise, in each way in which logs of ranks may differ.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine, machineLine } from '#dist/bench/machine.js';
import { median } from '#dist/bench/statistics.js';
import { format, markdown } from '#dist/bench/table.js';
import { ARRANGEMENTS } from './arrangements.js';
import { type Figures, runCase } from './figures.js';

const { values: options } = parseArgs({
  options: {
    logs: { type: 'string' },
    records: { type: 'string' },
    arrangements: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
  },
});
const rounds = Number(options.rounds);
const arrangements = options.arrangements ? ARRANGEMENTS : ARRANGEMENTS.slice(0, 1);
const SIZES =
  options.logs === undefined && !options.arrangements
    ? [
        [2, 300_000],
        [1000, 10_000],
      ]
    : [[Number(options.logs ?? 400), Number(options.records ?? 1000)]];

const CHILD = new URL('merge-child.js', import.meta.url);
const CASES = ['loop', 'merge'] as const;

const directory = mkdtempSync(join(tmpdir(), 'dllogger-bench-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));

const rows: string[][] = [];
for (const [[logs = 0, records = 0], arrangement] of SIZES.flatMap((size) =>
  arrangements.map((_, i) => [size, i] as const),
)) {
  const folder = join(directory, `${logs}`);
  const what = ARRANGEMENTS[arrangement] ?? '';
  console.error(`making ${format(logs)} logs of ${format(records)} records: ${what}`);
  await runCase(CHILD, 'make', folder, logs, records, arrangement);
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  const runs: Record<(typeof CASES)[number], Figures[]> = { loop: [], merge: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of CASES) {
      console.error(`round ${round + 1} of ${rounds}: ${name}`);
      runs[name].push(await runCase(CHILD, name, folder));
    }
  }
  rmSync(folder, { recursive: true });
  const of = (name: (typeof CASES)[number], figure: keyof Figures): number =>
    median(runs[name].map((one) => one[figure]));
  const ratio = (figure: keyof Figures): string =>
    format(median(runs.merge.map((one, i) => one[figure] / (runs.loop[i]?.[figure] ?? 0))), 2);
  rows.push([
    `${format(logs)} x ${format(records)}`,
    what,
    format(sizes.reduce((sum, size) => sum + size, 0) / 1e6),
    ...[of('loop', 'wall') / 1000, of('merge', 'wall') / 1000].map((time) => format(time, 1)),
    ratio('wall'),
    ratio('cpu'),
    format(of('merge', 'memory') / 1e6),
  ]);
}
console.log(
  markdown([
    [
      'logs x records',
      'arrangement',
      'MB',
      'bare loop, s',
      'merge, s',
      'to the loop, wall',
      'to the loop, CPU',
      "merge's peak memory, MB",
    ],
    ...rows,
  ]),
);
console.log(`\nMedians of ${rounds} rounds; ratios within a round. ${machineLine(machine())}`);
