/** StdOutBackend compared with console.log and the same formatting by hand. Standard output is a file. */
import type { Case } from '#dist/bench/cases.js';
import { type DriverSpec, notOpened } from '#dist/bench/driver.js';
import { logMany } from '#dist/bench/records.js';
import type { Section } from '#dist/bench/section.js';
import { median } from '#dist/bench/statistics.js';
import { ratio, table } from '#dist/bench/table.js';
import { ENTRY } from './package.js';
import { atMost, find } from './section.js';

/** The line of StdOutBackend, made by hand. */
function line(step: readonly number[], data: Readonly<Record<string, unknown>>): string {
  const metrics = Object.entries(data).map(([name, value]) => `${name} : ${value} `);
  const now = new Date();
  const date = now.toISOString().slice(0, 19).replace('T', ' ');
  const micros = `${now.getMilliseconds() * 1000}`.padStart(6, '0');
  return `DLL ${date}.${micros} - (${step.join(', ')}) ${metrics.join(' ')}`;
}

type Log = (step: readonly number[], data: Readonly<Record<string, unknown>>) => void;

const VARIANTS: ReadonlyMap<string, () => Promise<Log>> = new Map([
  [
    'StdOutBackend',
    async () => {
      const { Logger, StdOutBackend } = (await import(ENTRY)) as typeof import('dllogger');
      const logger = new Logger([new StdOutBackend(1)]);
      return (step, data) => logger.log(step, data as Record<string, number>);
    },
  ],
  ['formatting + console.log', async () => (step, data) => console.log(line(step, data))],
]);

export const measure: Case = async ({ options }) => {
  const log = await [...VARIANTS.values()][options.variant ?? 0]?.();
  if (log === undefined) throw new Error('no such variant');
  const driver = { log, flush: () => {}, close: () => {} };
  const times: number[] = [];
  for (let i = 0; i < 150; i++) {
    const start = performance.now();
    logMany(driver, i * 1000, (i + 1) * 1000);
    times.push((performance.now() - start) * 1000);
  }
  return { log: median(times.slice(50)) };
};

const pseudo = (name: string): DriverSpec => ({
  name,
  usesStdout: true,
  create: notOpened,
});

const [OURS = '', THEIRS = ''] = VARIANTS.keys();

export const stdout: Section = {
  name: 'stdout',
  title: 'Printing a record, standard output a file',
  trials: () =>
    [...VARIANTS.keys()].map((name, variant) => ({
      driver: pseudo(name),
      module: import.meta.url,
      case: 'measure',
      options: { variant },
    })),
  show: (results) =>
    table(results, [{ title: 'log(), ns', figure: 'log', spread: true, ratio: true }]),
  targets: (results) => [
    atMost(
      'StdOutBackend against console.log and formatting',
      ratio(find(results, OURS), find(results, THEIRS), 'log'),
      1,
      'times',
      2,
    ),
  ],
};
