/** The footprint of the logger: memory, time to load, size of the binary. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case } from '#dist/bench/cases.js';
import { type DriverSpec, notOpened } from '#dist/bench/driver.js';
import type { Result } from '#dist/bench/run.js';
import type { Section } from '#dist/bench/section.js';
import { median } from '#dist/bench/statistics.js';
import { figure, format, markdown } from '#dist/bench/table.js';
import { BINARY, ENTRY } from './package.js';
import { atMost, find } from './section.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PROGRAM = fileURLToPath(new URL('footprint-program.js', import.meta.url));

/** Programs, and the files that they import. The first is the baseline of the others. */
const PROGRAMS = [
  ['nothing', ''],
  ['dllogger', fileURLToPath(ENTRY)],
  ['pino', ROOT],
  ['a local Date', ''],
  ['the binary, loaded', BINARY],
] as const;

const PARTS = [
  ['the ring', 'ring'],
  ['pages of Node’s own executable', 'executable'],
  ['the JavaScript heap', 'heap'],
  ['the binary', 'binary'],
] as const;

const TURNS = 7;

/** Without certificates: reading them triples the start of Node, which would hide what a package adds to it. */
const { NODE_EXTRA_CA_CERTS: _, ...ENVIRONMENT } = process.env;

/** Resident memory of programs that have logged for a while, minus that of a program that has not logged. */
export const memory: Case = async ({ path }) => {
  const found = new Map<string, number[]>();
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [name, file] of PROGRAMS) {
      const text = execFileSync(process.execPath, [PROGRAM, name, file, path], {
        encoding: 'utf8',
        env: ENVIRONMENT,
      });
      for (const [part, bytes] of Object.entries(JSON.parse(text) as Record<string, number>)) {
        const key = keyOf(name, part);
        found.set(key, [...(found.get(key) ?? []), bytes]);
      }
    }
  }
  const figures: Record<string, number> = {};
  for (const [name] of PROGRAMS) {
    for (const part of ['all', ...PARTS.map(([, key]) => key)]) {
      const [bare, full] = ['nothing', name].map((one) =>
        median(found.get(keyOf(one, part)) ?? []),
      );
      figures[keyOf(name, part)] = (full ?? Number.NaN) - (bare ?? Number.NaN);
    }
  }
  return figures;
};

function keyOf(program: string, part: string): string {
  return `${program}: ${part}`;
}

const LAUNCHES = 25;

/** Wall time of a process that imports the package, compared with one that imports nothing. */
export const load: Case = async ({ path }) => {
  const directory = dirname(path);
  const empty = join(directory, 'empty.mjs');
  const full = join(directory, 'full.mjs');
  writeFileSync(empty, '');
  writeFileSync(full, `import ${JSON.stringify(ENTRY)};`);
  const times: Record<'empty' | 'full', number[]> = { empty: [], full: [] };
  const launch = (script: string): number => {
    const start = performance.now();
    spawnSync(process.execPath, [script], { stdio: 'ignore', env: ENVIRONMENT });
    return (performance.now() - start) * 1e6;
  };
  launch(full);
  for (let i = 0; i < LAUNCHES; i++) {
    times.empty.push(launch(empty));
    times.full.push(launch(full));
  }
  const differences = times.full.map((time, i) => time - (times.empty[i] ?? Number.NaN));
  return { empty: median(times.empty), load: median(differences), binary: binarySize() };
};

/** Bytes of the binary that the release build has made and stripped. */
function binarySize(): number {
  const directory = join(ROOT, 'build/Release');
  try {
    const name = readdirSync(directory).find((file) => file.endsWith('.node'));
    return name === undefined ? Number.NaN : statSync(join(directory, name)).size;
  } catch {
    return Number.NaN;
  }
}

const LOADING: DriverSpec = { name: 'loading', create: notOpened };
const MEMORY: DriverSpec = { name: 'memory', create: notOpened };

export const footprint: Section = {
  name: 'footprint',
  rounds: 3,
  title: 'Footprint',
  trials: () => {
    const trial = { module: import.meta.url, options: {} };
    return [
      { ...trial, driver: MEMORY, case: 'memory' },
      { ...trial, driver: LOADING, case: 'load' },
    ];
  },
  show: (results) => {
    const loading = find(results, LOADING.name);
    const above = (program: string, part = 'all'): string =>
      format(memoryOf(results, program, part) / 2 ** 20, 1);
    return markdown([
      ['', ''],
      ['resident memory above bare Node, MiB', above('dllogger')],
      ...PARTS.map(([title, part]) => [`- of it ${title}`, above('dllogger', part)]),
      ...['pino', 'a local Date', 'the binary, loaded'].map((program) => [
        `the same of ${program}, MiB`,
        above(program),
      ]),
      ['loading, above an empty script, ms', format((figure(loading, 'load') ?? NaN) / 1e6, 1)],
      ['an empty script, ms', format((figure(loading, 'empty') ?? NaN) / 1e6, 1)],
      ['binary, kB', format((figure(loading, 'binary') ?? NaN) / 1000)],
    ]);
  },
  targets: (results) => {
    const loading = find(results, LOADING.name);
    return [
      atMost('resident memory above bare Node', memoryOf(results, 'dllogger') / 2 ** 20, 4, 'MiB'),
      atMost('loading above an empty script', (figure(loading, 'load') ?? NaN) / 1e6, 8, 'ms'),
      atMost('binary', (figure(loading, 'binary') ?? NaN) / 1000, 600, 'kB', 0),
    ];
  },
};

function memoryOf(results: readonly Result[], program: string, part = 'all'): number {
  return figure(find(results, MEMORY.name), keyOf(program, part)) ?? Number.NaN;
}
