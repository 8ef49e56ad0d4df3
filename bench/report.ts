/** The results of a run, as text and as files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plural } from '#dist/base/plural.js';
import { type Machine, machineLine } from '#dist/bench/machine.js';
import { ENDS } from '#dist/bench/overview.js';
import { type SectionResults, toJson } from '#dist/bench/results.js';
import type { Target } from '#dist/bench/section.js';
import { figure, markdown } from '#dist/bench/table.js';
import { type Bar, chart } from './chart.js';
import { withFigures } from './readme.js';
import { find, roundsOf } from './section.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The command that repeats this run. */
const COMMAND = ['npm run bench --', ...process.argv.slice(2)].join(' ');

export class Report {
  readonly #machine: Machine;
  readonly #roots: readonly string[];

  constructor(machine: Machine, roots: readonly string[]) {
    this.#machine = machine;
    this.#roots = roots;
  }

  /** Names the number of rounds when it is not that of other sections. */
  section({ section, results }: SectionResults, rounds: number): string {
    const made = roundsOf(section, rounds);
    const note = made !== rounds ? ` (${plural(made, 'round')})` : '';
    return `## ${section.title}${note}\n\n${section.show(results)}\n`;
  }

  targets(all: readonly SectionResults[]): string {
    const rows = targetsOf(all).map(({ what, wanted, found, met }) => [
      what,
      wanted,
      found,
      met === undefined ? '' : met ? 'met' : '**missed**',
    ]);
    return `## Targets\n\n${markdown([['', 'wanted', 'found', ''], ...rows])}\n`;
  }

  closing(rounds: number, figures = '± half the distance of the quartiles'): string {
    const medians = rounds === 1 ? 'One round' : `Medians of ${rounds} rounds, ${figures}`;
    return `${medians}. The record has 3 metrics and a step of 2 numbers.\n${machineLine(this.#machine)}`;
  }

  write(all: readonly SectionResults[], rounds: number): void {
    const file = (name: string): string => join(ROOT, name);
    const json = {
      command: COMMAND,
      ...toJson(this.#machine, all, targetsOf(all), this.#roots),
    };
    writeFileSync(file('bench/results.json'), `${JSON.stringify(json, undefined, 1)}\n`);
    const text = [
      '# What logging costs\n',
      `\`${COMMAND}\` wrote this. ${this.closing(rounds)}\n`,
      ...all.map((one) => this.section(one, rounds)),
      this.targets(all),
    ];
    writeFileSync(file('bench/RESULTS.md'), text.join('\n'));
    const bars = overview(all);
    if (bars.length === 0) return;
    writeFileSync(file('bench/chart.svg'), chart(bars, machineLine(this.#machine)));
    writeFileSync(file('README.md'), withFigures(readFileSync(file('README.md'), 'utf8'), json));
  }
}

function targetsOf(all: readonly SectionResults[]): Target[] {
  return all.flatMap(({ section, results }) => section.targets?.(results) ?? []);
}

/** The loggers for which all three figures were measured. */
function overview(all: readonly SectionResults[]): Bar[] {
  const of = (section: string, driver: string, name: string, row?: string): number | undefined =>
    figure(find(all.find((one) => one.section.name === section)?.results ?? [], driver, row), name);
  const { results = [] } = all.find((one) => one.section.name === 'end') ?? {};
  return results.flatMap(({ trial }) => {
    const { name } = trial.driver;
    const log = of('log', name, 'log');
    const wall = of('end', name, 'wall');
    const cpu = of('end', name, 'cpu');
    if (log === undefined || wall === undefined || cpu === undefined) return [];
    const lost = Object.keys(ENDS).map((row) => of('exit', name, 'lost', row));
    return [{ name, log, wall, cpu, lost }];
  });
}
