/** Opening a log beside thousands of other logs and the rings of their killed runs, and in a directory of its own. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JSONStreamBackend } from 'dllogger';
import type { Case } from '#dist/bench/cases.js';
import type { Section } from '#dist/bench/section.js';
import { median } from '#dist/bench/statistics.js';
import { figure, format, markdown } from '#dist/bench/table.js';
import { atMost, find, OURS, only } from './section.js';

/** Logs in the full directory, each with a dead ring. */
const LOGS = 5000;
const ROUNDS = 100;

export const measure: Case = async ({ path }) => {
  const [alone, full] = ['alone', 'full'].map((name) => `${path}.${name}`) as [string, string];
  mkdirSync(alone);
  mkdirSync(full);
  const page = Buffer.alloc(4096);
  for (let i = 0; i < LOGS; i++) {
    writeFileSync(join(full, `rank.${i}.json`), '');
    writeFileSync(join(full, `.rank.${i}.json.ring`), page);
  }
  const times = new Map<string, number[]>();
  const time = (name: string, directory: string, file: string, append: boolean): void => {
    const start = performance.now();
    const backend = new JSONStreamBackend(1, join(directory, file), { append });
    const taken = (performance.now() - start) * 1000;
    backend.close();
    const list = times.get(name);
    if (list === undefined) times.set(name, [taken]);
    else list.push(taken);
  };
  for (let i = 0; i < ROUNDS; i++) {
    for (const [name, directory] of [
      ['alone', alone],
      ['full', full],
    ] as const) {
      time(`${name}, new`, directory, `${i}.json`, false);
      time(`${name}, append`, directory, '0.json', true);
    }
  }
  for (const directory of [alone, full]) rmSync(directory, { recursive: true });
  return Object.fromEntries([...times].map(([name, list]) => [name, median(list)]));
};

export const opening: Section = {
  name: 'opening',
  title: `Opening a log beside ${format(LOGS)} others with dead rings, and alone: µs`,
  rounds: 3,
  trials: (drivers) =>
    only(drivers, OURS).map((driver) => ({
      driver,
      module: import.meta.url,
      case: 'measure',
      options: {},
    })),
  show: (results) =>
    markdown([
      ['the log', 'alone', `beside ${format(LOGS)}`],
      ...['new', 'append'].map((kind) => [
        kind,
        ...['alone', 'full'].map((where) =>
          format(figure(find(results, OURS), `${where}, ${kind}`) ?? Number.NaN),
        ),
      ]),
    ]),
  targets: (results) =>
    ['new', 'append'].map((kind) => {
      const of = (where: string): number =>
        figure(find(results, OURS), `${where}, ${kind}`) ?? Number.NaN;
      const what = `opening a log (${kind}) beside ${format(LOGS)} others with dead rings, against alone`;
      return atMost(what, of('full') / of('alone'), 1.5, 'times', 2);
    }),
};
