/**
 * The whole benchmark: this package beside other loggers, in one run. Each case runs in its own process for
 * each logger. The loggers take turns, and the figures are medians of the rounds.
 *
 *     npm run bench -- [--section NAME]... [--driver NAME]... [--rounds N] [--tail-seconds N]
 *                      [--program NAME=FILE]... [--write]
 *
 * A program is called as `FILE hot|endToEnd LOG COUNT`, like those in bench/programs/. `--write`
 * keeps the results: bench/results.json, bench/RESULTS.md, bench/chart.svg and the table in README.md.
 * The first run installs the loggers that package registries have into out/bench and out/tools. For each other
 * logger the run prints how to make it available.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type DriverSpec, labelOf } from '#dist/bench/driver.js';
import { machine } from '#dist/bench/machine.js';
import { exits } from '#dist/bench/overview.js';
import { progress } from '#dist/bench/progress.js';
import type { SectionResults } from '#dist/bench/results.js';
import { runAll } from '#dist/bench/run.js';
import type { Section } from '#dist/bench/section.js';
import { available } from '#dist/bench/table.js';
import { bounds } from './bounds.js';
import { calls, endToEnd } from './calls.js';
import { footprint } from './footprint.js';
import { garbage } from './garbage.js';
import { growthOfRecord, growthOfRun, growthOfWorkers } from './growth.js';
import { calmTail, tail } from './latency-tail.js';
import { opening } from './opening.js';
import { makePackage } from './package.js';
import { buildVscodeSpdlog, install, programSpec, programs } from './programs.js';
import { Report } from './report.js';
import { script } from './script.js';
import { roundsOf } from './section.js';
import { stdout } from './stdout.js';
import { trickle } from './trickle.js';
import { varied } from './varied.js';
import { versions } from './versions.js';

const { values: options } = parseArgs({
  options: {
    section: { type: 'string', multiple: true },
    driver: { type: 'string', multiple: true },
    program: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
    'tail-seconds': { type: 'string', default: '30' },
    write: { type: 'boolean', default: false },
  },
});

const SECTIONS: readonly Section[] = [
  calls,
  versions,
  endToEnd,
  exits,
  tail(Number(options['tail-seconds'])),
  calmTail(Math.ceil(Number(options['tail-seconds']) / 3)),
  trickle,
  garbage,
  growthOfRecord,
  growthOfRun,
  growthOfWorkers,
  opening,
  varied,
  script,
  stdout,
  footprint,
  bounds,
];

const names = SECTIONS.map(({ name }) => name);
for (const name of options.section ?? []) {
  if (names.includes(name)) continue;
  throw new Error(`no section is called ${JSON.stringify(name)}; there are ${names.join(', ')}`);
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const loggers = join(ROOT, 'out/bench/loggers');
const roots = [process.cwd(), ROOT, loggers];
let { drivers, missing } = available(roots);
if (missing.length > 0 && install(missing, loggers)) ({ drivers, missing } = available(roots));
if (missing.length > 0) console.error(`not installed: ${missing.join(', ')}`);
if (!buildVscodeSpdlog(loggers)) drivers = drivers.filter(({ name }) => !/vscode/.test(name));
const given = options.program.map((text): DriverSpec => {
  const [name = '', ...path] = text.split('=');
  return programSpec(name, [path.join('=')], { share: 4 });
});
const isChosen = (name: string): boolean => options.section?.includes(name) ?? true;
const outside = isChosen('log') || isChosen('end') ? [...programs(loggers), ...given] : [];
const chosen = [...drivers, ...outside].filter(
  ({ name }) => options.driver?.some((one) => name.includes(one)) ?? true,
);

makePackage();
const all: SectionResults[] = [];
const report = new Report(machine(), roots);
for (const section of SECTIONS) {
  if (!isChosen(section.name)) continue;
  const rounds = roundsOf(section, Number(options.rounds));
  const trials = await section.trials(chosen);
  const results = await runAll({ trials, rounds, roots, report: progress });
  progress();
  for (const { trial, error } of results) {
    if (error !== undefined) console.error(`${section.name}, ${labelOf(trial.driver)}: ${error}`);
  }
  all.push({ section, results });
  console.log(report.section({ section, results }, Number(options.rounds)));
}
if (all.some(({ section }) => section.targets !== undefined)) console.log(report.targets(all));
console.log(report.closing(Number(options.rounds)));
if (options.write) report.write(all, Number(options.rounds));
