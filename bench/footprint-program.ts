/**
 * The program whose memory is measured: a loop that logs, and nothing else. Its arguments are the kind of logger,
 * the path of its module or binary, and the log file. Prints its resident bytes, by part.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import type { Driver } from '#dist/bench/driver.js';
import { logMany } from '#dist/bench/records.js';

type Loop = Pick<Driver, 'log' | 'flush'>;

/** Keeps objects from being collected. */
const kept: unknown[] = [];
const nothing: Loop = {
  log: (step, data) => {
    kept[0] = [step, data];
  },
  flush() {},
};

const PROGRAMS: Readonly<Record<string, (file: string, path: string) => Loop | Promise<Loop>>> = {
  nothing: () => nothing,
  'a local Date': () => {
    kept[1] = new Date().getHours();
    return nothing;
  },
  'the binary, loaded': (file) => {
    kept[1] = createRequire(file)(file);
    return nothing;
  },
  dllogger: async (file, path) => {
    const { JSONStreamBackend, Logger } = (await import(
      pathToFileURL(file).href
    )) as typeof import('dllogger');
    const logger = new Logger([new JSONStreamBackend(1, path)]);
    return {
      log: (step, data) => logger.log(step, data as Record<string, number>),
      flush: () => logger.flush(),
    };
  },
  pino: async (root, path) => {
    const { findDriver } = await import('#dist/bench/drivers.js');
    return findDriver('pino (sync, buffer)').create({ path, roots: [root] });
  },
};

/** Resident bytes, by the parts that the system distinguishes. */
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
      else if (mapped.endsWith('.ring')) part = 'ring';
    }
    const [, resident] = /^Rss: +(\d+) kB$/.exec(line) ?? [];
    if (resident !== undefined && part !== undefined) parts[part] += Number(resident) * 1024;
  }
  return parts;
}

const [name = '', file = '', path = ''] = process.argv.slice(2);
const driver = await PROGRAMS[name]?.(file, path);
if (driver === undefined) throw new Error(`no program "${name}"`);
for (let i = 0; i < 100; i++) {
  logMany(driver, i * 1000, (i + 1) * 1000);
  await driver.flush();
}
// Taken first, since reading the parts allocates memory itself.
const all = process.memoryUsage.rss();
process.stdout.write(JSON.stringify({ all, ...partsOfMemory() }));
