/** What having the logger costs: memory, time to load, size of the binary. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import type { Case } from '#dist/bench/cases.js';
import { type Driver, type DriverSpec, notOpened } from '#dist/bench/driver.js';
import { logMany } from '#dist/bench/records.js';
import type { Section } from '#dist/bench/section.js';
import { median } from '#dist/bench/statistics.js';
import { figure, format, markdown } from '#dist/bench/table.js';
import { atMost, find, OURS, only, PINO, RECORD } from './section.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The package as it is published, its modules joined, beside the binary that was built here. */
const PACKAGE = join(ROOT, 'out/bench/package');

function makePackage(): void {
  rmSync(PACKAGE, { recursive: true, force: true });
  for (const part of ['package.json', 'dist', 'build/Release']) {
    const source = join(ROOT, part);
    if (existsSync(source)) cpSync(source, join(PACKAGE, part), { recursive: true });
  }
  execFileSync(process.execPath, [join(ROOT, 'scripts/bundle.mjs'), PACKAGE]);
}

const ENTRY = pathToFileURL(join(PACKAGE, 'dist/index.js')).href;

/** Ours from the package, with nothing of the benchmark's own copy. */
async function openPackaged(path: string): Promise<Driver> {
  const { JSONStreamBackend, Logger } = (await import(ENTRY)) as typeof import('dllogger');
  const logger = new Logger([new JSONStreamBackend(1, path)]);
  return {
    log: (step, data) => logger.log(step, data as Record<string, number>),
    flush: () => logger.flush(),
    close: () => logger.close(),
  };
}

/** Resident memory of a run that has logged for a while. */
export const memory: Case = async ({ driver: name, path }, open) => {
  const driver = name === OURS ? await openPackaged(path) : await open();
  for (let i = 0; i < 100; i++) {
    logMany(driver, i * 1000, (i + 1) * 1000);
    await driver.flush();
  }
  return { memory: process.memoryUsage.rss(), ...partsOfMemory() };
};

/** Resident bytes of what can be told apart. */
function partsOfMemory(): Record<string, number> {
  const parts = {
    executable: 0,
    binary: 0,
    ring: 0,
    heap: getHeapStatistics().total_physical_size,
  };
  if (!existsSync('/proc/self/smaps')) return parts;
  let part: 'executable' | 'binary' | 'ring' | undefined;
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    const [, mapped] = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)$/.exec(line) ?? [];
    if (mapped !== undefined) {
      part = undefined;
      if (mapped === process.execPath) part = 'executable';
      else if (mapped.endsWith('.node')) part = 'binary';
      else if (mapped.includes('.ring')) part = 'ring';
    }
    const [, resident] = /^Rss: +(\d+) kB$/.exec(line) ?? [];
    if (resident !== undefined && part !== undefined) parts[part] += Number(resident) * 1024;
  }
  return parts;
}

const PARTS = [
  ['of it the ring', 'ring'],
  ['pages of Node’s own executable', 'executable'],
  ['the JavaScript heap', 'heap'],
  ['the binary', 'binary'],
] as const;

const LAUNCHES = 25;

/** Wall time of a process that imports the package, against one that imports nothing. */
export const load: Case = async ({ path }) => {
  const directory = dirname(path);
  const empty = join(directory, 'empty.mjs');
  const full = join(directory, 'full.mjs');
  writeFileSync(empty, '');
  writeFileSync(full, `import ${JSON.stringify(ENTRY)};`);
  const times: Record<'empty' | 'full', number[]> = { empty: [], full: [] };
  const launch = (script: string): number => {
    const start = performance.now();
    spawnSync(process.execPath, [script], { stdio: 'ignore' });
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

/** Built by the release build, which strips. */
function binarySize(): number {
  const directory = join(ROOT, 'build/Release');
  try {
    const name = readdirSync(directory).find((file) => file.endsWith('.node'));
    return name === undefined ? Number.NaN : statSync(join(directory, name)).size;
  } catch {
    return Number.NaN;
  }
}

const LOADING: DriverSpec = {
  name: 'loading',
  create: notOpened,
};

export const footprint: Section = {
  name: 'footprint',
  rounds: 3,
  title: 'Footprint',
  trials: (drivers) => {
    makePackage();
    return [
      ...only(drivers, OURS, RECORD, PINO).map((driver) => ({
        driver,
        module: import.meta.url,
        case: 'memory',
        options: {},
      })),
      { driver: LOADING, module: import.meta.url, case: 'load', options: {} },
    ];
  },
  show: (results) => {
    const loading = find(results, LOADING.name);
    const above = (driver: string, part = 'memory'): string => {
      const [bare, full] = [RECORD, driver].map((name) => figure(find(results, name), part));
      return format(((full ?? Number.NaN) - (bare ?? Number.NaN)) / 2 ** 20, 1);
    };
    return markdown([
      ['', ''],
      ['resident memory above bare Node, MiB', above(OURS)],
      ...PARTS.map(([title, part]) => [`- ${title}`, above(OURS, part)]),
      ['the same of pino, MiB', above(PINO)],
      ['loading, above an empty script, ms', format((figure(loading, 'load') ?? NaN) / 1e6, 1)],
      ['an empty script, ms', format((figure(loading, 'empty') ?? NaN) / 1e6, 1)],
      ['binary, kB', format((figure(loading, 'binary') ?? NaN) / 1000)],
    ]);
  },
  targets: (results) => {
    const loading = find(results, LOADING.name);
    const bare = figure(find(results, RECORD), 'memory') ?? Number.NaN;
    const ours = figure(find(results, OURS), 'memory') ?? Number.NaN;
    return [
      atMost('resident memory above bare Node', (ours - bare) / 2 ** 20, 4, 'MiB'),
      atMost('loading above an empty script', (figure(loading, 'load') ?? NaN) / 1e6, 8, 'ms'),
      atMost('binary', (figure(loading, 'binary') ?? NaN) / 1000, 600, 'kB', 0),
    ];
  },
};
