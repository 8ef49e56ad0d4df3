/**
 * The whole benchmark: ours beside others, in one run. Each case runs in a process of its own for
 * each logger, the loggers take turns, and the figures are medians of the rounds.
 *
 *     npm run bench -- [--section NAME]... [--driver NAME]... [--rounds N] [--program NAME=FILE]...
 *
 * A program is called as `FILE hot|endToEnd LOG COUNT`, like those in bench/programs/.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { DriverSpec } from '#dist/bench/driver.js';
import { machine, machineLine } from '#dist/bench/machine.js';
import { exits } from '#dist/bench/overview.js';
import { runAll } from '#dist/bench/run.js';
import type { Section, Target } from '#dist/bench/section.js';
import { available, markdown } from '#dist/bench/table.js';
import { calls, endToEnd } from './calls.js';
import { footprint } from './footprint.js';
import { garbage } from './garbage.js';
import { growthOfRecord, growthOfRun, growthOfWorkers } from './growth.js';
import { programSpec, programs } from './programs.js';
import { stdout } from './stdout.js';
import { tail } from './tail.js';
import { trickle } from './trickle.js';
import { varied } from './varied.js';

const { values: options } = parseArgs({
  options: {
    section: { type: 'string', multiple: true },
    driver: { type: 'string', multiple: true },
    program: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
    'tail-seconds': { type: 'string', default: '30' },
  },
});

const SECTIONS: readonly Section[] = [
  calls,
  endToEnd,
  exits,
  tail(Number(options['tail-seconds'])),
  trickle,
  garbage,
  growthOfRecord,
  growthOfRun,
  growthOfWorkers,
  varied,
  stdout,
  footprint,
];

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const roots = [process.cwd(), ROOT];
const { drivers, missing } = available(roots);
if (missing.length > 0) {
  const install = `npm install --no-save ${missing.join(' ')}`;
  console.error(`not installed: ${missing.join(', ')} (${install})`);
}
const given = options.program.map((text): DriverSpec => {
  const [, name = '', path = ''] = /^(.+?)=(.+)$/.exec(text) ?? [];
  return programSpec(name, [path]);
});
const chosen = [...drivers, ...programs(), ...given].filter(
  ({ name }) => options.driver?.some((one) => name.includes(one)) ?? true,
);

/** One line that changes in place, where there is somebody to see it. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

const targets: Target[] = [];
for (const section of SECTIONS) {
  if (!(options.section?.includes(section.name) ?? true)) continue;
  const rounds = Math.min(Number(options.rounds), section.rounds ?? Number.POSITIVE_INFINITY);
  const results = await runAll({
    trials: section.trials(chosen),
    rounds,
    roots,
    report: (done, all, trial) => {
      const what = [section.name, trial.row, trial.driver.name].filter(Boolean).join(', ');
      progress(`${done} of ${all}: ${what}`);
    },
  });
  progress('');
  for (const { trial, error } of results) {
    if (error !== undefined) console.error(`${section.name}, ${trial.driver.name}: ${error}`);
  }
  console.log(`## ${section.title}\n\n${section.show(results)}\n`);
  targets.push(...(section.targets?.(results) ?? []));
}

const mark = (met: boolean | undefined): string =>
  met === undefined ? '' : met ? 'met' : '**missed**';
console.log('## Targets\n');
console.log(
  markdown([
    ['', 'wanted', 'found', ''],
    ...targets.map(({ what, wanted, found, met }) => [what, wanted, found, mark(met)]),
  ]),
);
console.log(
  `\nMedians of ${options.rounds} rounds. The record has 3 metrics and a step of 2 numbers. ` +
    `${machineLine(machine())}.`,
);
