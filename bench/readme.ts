/** The figures of README.md, made from bench/results.json: no number in it is typed by hand. */
import { machineLine } from '#dist/bench/machine.js';
import type { FigureJson, ResultsJson } from '#dist/bench/results.js';
import { format, markdown } from '#dist/bench/table.js';
import { CLOCK, OURS, PINO } from './section.js';

/** bench/results.json. */
export type Results = ResultsJson & { readonly command: string };

const BEGIN = '<!-- bench: begin -->';
const END = '<!-- bench: end -->';

/** The rows of the table: the loggers that a reader may use or consider. */
const SHOWN = [
  OURS,
  'dllogger (TypeScript)',
  'pino (sync)',
  PINO,
  'JSON.stringify + fs.writeSync',
  'dllogger (Python)',
  'spdlog (C++)',
];

/** Inserts the figures of a run into the text of README.md, between its two marks. */
export function withFigures(readme: string, results: Results): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error('README.md has no place for figures');
  return `${before}${BEGIN}\n${block(results)}\n${END}${after}`;
}

function block(results: Results): string {
  const find = (
    section: string,
    driver: string,
    name: string,
    row?: string,
  ): FigureJson | undefined => {
    const found = results.sections
      .find((one) => one.name === section)
      ?.results.find((one) => one.driver === driver && one.row === row);
    // A row in which a round failed has no number.
    return found?.error === undefined ? found?.figures[name] : undefined;
  };
  const cell = (value: FigureJson | undefined, base?: FigureJson): string =>
    value === undefined
      ? ''
      : base === undefined || base === value
        ? format(value.median)
        : `${format(value.median)} (${format(value.median / base.median, 1)} x)`;
  const [log, wall] = [find('log', OURS, 'log'), find('end', OURS, 'wall')];
  const rows = SHOWN.filter((driver) => find('log', driver, 'log') !== undefined).map((driver) => [
    driver,
    cell(find('log', driver, 'log'), log),
    cell(find('end', driver, 'wall'), wall),
    cell(find('exit', driver, 'lost', 'kill -9')),
  ]);
  const clock = find('log', CLOCK, 'log');
  const sentences = [
    log !== undefined &&
      clock !== undefined &&
      `Building the record and reading the clock take ${format(clock.median)} ns ± ${percent(clock)} by themselves ` +
        `(\`log()\`: ± ${percent(log)}). ${versions(results)}`,
    ...lone(find('trickle', OURS, 'cold'), find('trickle', PINO, 'cold')),
    ...screen(find('stdout', 'StdOutBackend', 'log')),
  ].filter((text) => typeof text === 'string');
  const table = markdown([
    ['ns a record', '`log()` in a loop', 'end to end', 'lost of 10,000 at kill -9'],
    ...rows,
  ]);
  return (
    `${table}\n\n${sentences.join('\n')}\n` +
    'End to end: until the operating system has the record, in the time of the whole loop. In brackets how many times ' +
    'ours;\nmedians of ' +
    `${log?.rounds.length ?? 0} rounds. ${machineLine(results.machine)}.\n` +
    `\`${results.command}\` repeats it; [all results](bench/RESULTS.md).`
  );
}

function percent({ spread }: FigureJson): string {
  return `${format(100 * spread)} %`;
}

/** The ratios measured in turns in one process: they depend little on the machine. */
function versions(results: Results): string {
  const found = results.sections.find(({ name }) => name === 'versions')?.results ?? [];
  const ratios = found.flatMap(({ row, error, figures: { clock } }) =>
    row === undefined || error !== undefined || clock === undefined
      ? []
      : [`${format(clock.median, 2)} times that on Node ${/\d+/.exec(row)?.[0]}`],
  );
  if (ratios.length === 0) return '';
  return `Measured in turns in one process, \`log()\` takes ${ratios.join(', ')}.`;
}

function lone(ours: FigureJson | undefined, pino: FigureJson | undefined): string[] {
  if (ours === undefined) return [];
  const beside = pino === undefined ? '' : ` (pino ${format(pino.median)} ns)`;
  return [
    `A single call between training steps, which finds cold caches, takes ${format(ours.median)} ns${beside}.`,
  ];
}

function screen(line: FigureJson | undefined): string[] {
  return line === undefined ? [] : [`A line of \`StdOutBackend\` takes ${format(line.median)} ns.`];
}
