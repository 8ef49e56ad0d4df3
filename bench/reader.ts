/**
 * What reading a log costs: `dllogger summary` and the reader against a bare loop of split and
 * JSON.parse over the same file, in turns; and what following costs at 1,000 records a second.
 *
 *     npm run bench:reader -- [--records N] [--rounds N] [--seconds N]
 *
 * A log of 10 million records, which is the default, takes 2.5 GB of the temporary directory.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, machineLine } from '#dist/bench/machine.js';
import { median } from '#dist/bench/statistics.js';
import { format, markdown } from '#dist/bench/table.js';
import type { Figures } from './reader-child.js';

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

const CHILD = fileURLToPath(new URL('reader-child.js', import.meta.url));
const READERS = [
  ['loop', 'bare loop: split, JSON.parse'],
  ['summary', 'dllogger summary'],
  ['readLog', 'for await (... of readLog())'],
  ['loadRun', 'loadRun()'],
] as const;

/** Runs a case in a process of its own. */
function run(...args: readonly (string | number)[]): Promise<Figures> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, ...args.map(String)], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    });
    let text = '';
    child.stdio[3]?.on('data', (data) => {
      text += String(data);
    });
    child.on('error', reject).on('close', (code) => {
      if (text === '') reject(new Error(`${args[0]} gave no figures (exit code ${code})`));
      else resolve(JSON.parse(text) as Figures);
    });
  });
}

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
