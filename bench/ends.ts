/**
 * How many of the records that a program logged are in its file, after several kinds of ends and after a full
 * disk: for this package, pino, winston and Python's DLLogger. docs/RELIABILITY.md shows the table.
 *
 *     npm run bench:ends -- [--repeats N] [--only END]
 *
 * DLLOGGER_PYTHON is the directory of the Python package, when it is not installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { recover } from 'dllogger';
import { SmallDisk } from '../test/support/small-disk.js';
import { install } from './programs.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOGGERS_HOME = join(ROOT, 'out/bench/loggers');
const { values } = parseArgs({
  options: { repeats: { type: 'string', default: '5' }, only: { type: 'string' } },
});

/** A program that takes longer counts as hanging. */
const MAX_SECONDS = 30;
/** Number of records before the end. */
const RECORDS = 2000;

/** `log(i)` logs a record; a careful program calls `close()` at its end. */
const LOGGERS: Readonly<Record<string, string>> = {
  dllogger: `
    const { JSONStreamBackend, Logger } = await import('dllogger');
    const emitters = [];
    const backend = new JSONStreamBackend(1, path);
    const logger = new Logger([backend]);
    const log = (i) => logger.log([i], { loss: i / 7 });
    const close = () => backend.close();`,
  'pino (default)': `
    const { createRequire } = await import('node:module');
    const pino = createRequire(process.env.LOGGERS + '/package.json')('pino');
    const stream = pino.destination(path);
    const emitters = [stream];
    const logger = pino(stream);
    const log = (i) => logger.info({ step: [i], data: { loss: i / 7 } });
    const close = () => new Promise((done) => { stream.on('close', done); stream.end(); });`,
  'pino (async, 4 kB)': `
    const { createRequire } = await import('node:module');
    const pino = createRequire(process.env.LOGGERS + '/package.json')('pino');
    const stream = pino.destination({ dest: path, sync: false, minLength: 4096 });
    const emitters = [stream];
    const logger = pino(stream);
    const log = (i) => logger.info({ step: [i], data: { loss: i / 7 } });
    const close = () => new Promise((done) => { stream.on('close', done); stream.end(); });`,
  winston: `
    const { createRequire } = await import('node:module');
    const winston = createRequire(process.env.LOGGERS + '/package.json')('winston');
    const file = new winston.transports.File({ filename: path });
    const logger = winston.createLogger({ format: winston.format.json(), transports: [file] });
    const emitters = [file, logger];
    const log = (i) => logger.info('', { step: [i], data: { loss: i / 7 } });
    const close = () => new Promise((done) => { file.on('finish', done); logger.end(); });`,
};

/** The ends, as code that runs after the last record. Nothing has been flushed before. */
const ENDS: Readonly<Record<string, string>> = {
  'natural end': '',
  'process.exit()': 'process.exit(0);',
  'uncaught throw': 'throw new Error("the loss is NaN");',
  'SIGTERM, SIGINT, SIGHUP': 'await die("SIGTERM");',
  abort: 'process.abort();',
  SIGSEGV: 'await die("SIGSEGV");',
  'SIGKILL, out-of-memory kill': 'await die("SIGKILL");',
  'heap exhausted': 'const hoard = []; for (;;) hoard.push({ list: [1, 2, 3] });',
};

const program = (logger: string, end: string): string => `
  import { setImmediate } from 'node:timers/promises';
  const path = process.argv[1];
  const die = async (signal) => { process.kill(process.pid, signal); for (;;); };
  ${logger}
  for (let i = 0; i < ${RECORDS}; i++) {
    log(i);
    if (i % 100 === 99) await setImmediate();
  }
  ${end}`;

/** A disk that is full for the middle third of the records. */
const full = (logger: string): string => `
  import { setImmediate, setTimeout } from 'node:timers/promises';
  import { SmallDisk } from './out/test/support/small-disk.js';
  const path = process.argv[1];
  const disk = SmallDisk.at(process.argv[2]);
  ${logger}
  // A careful program listens for errors and continues.
  for (const emitter of emitters) emitter.on('error', () => {});
  for (let i = 0; i < ${RECORDS}; i++) {
    if (i === 700) { await setTimeout(200); disk.fill(); }
    if (i === 1400) { await setTimeout(200); disk.free(); }
    log(i);
    if (i % 100 === 99) await setImmediate();
  }
  await close();`;

/** How a program ended: its exit code, or the signal. */
type End = string | number | null;

const PYTHON_PATH = { PYTHONPATH: process.env.DLLOGGER_PYTHON ?? process.env.PYTHONPATH ?? '' };

function python(path: string, end: string, directory = ''): Promise<End> {
  const source = join(ROOT, 'bench/programs/ends.py');
  return run('python3', [source, path, end, directory, String(RECORDS)], PYTHON_PATH);
}

function node(script: string, path: string, directory = ''): Promise<End> {
  const heap = '--max-old-space-size=32';
  const args = [heap, '--input-type=module', '-e', script, '--', path, directory];
  return run(process.execPath, args, { LOGGERS: LOGGERS_HOME, NODE_OPTIONS: '' });
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<End> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), MAX_SECONDS * 1000);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve(signal ?? code);
    });
  });
}

/** How many records are missing from a file, and how many of its lines are not records. */
function contentOf(path: string): { readonly missing: number; readonly torn: number } {
  const steps = new Set<number>();
  let torn = 0;
  if (!existsSync(path)) return { missing: RECORDS, torn };
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    try {
      steps.add(JSON.parse(line.replace(/^DLLL /, '')).step[0]);
    } catch {
      torn++;
    }
  }
  return { missing: RECORDS - steps.size, torn };
}

if (!install(['pino@10', 'winston@3'], LOGGERS_HOME)) process.exit(1);
const hasPython =
  spawnSync('python3', ['-c', 'import dllogger; dllogger.JSONStreamBackend'], {
    env: { ...process.env, ...PYTHON_PATH },
  }).status === 0;
if (!hasPython) console.error("Python's DLLogger is not installed: left out");
const names = [...Object.keys(LOGGERS), ...(hasPython ? ["Python's DLLogger"] : [])];
const directory = mkdtempSync(join(tmpdir(), 'dllogger-ends-'));

function range(numbers: readonly number[]): string {
  const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
  return min === max ? `${min}` : `${min}-${max}`;
}

/** One cell: missing records and torn lines over some runs, with a remark that `once` may add. */
async function cell(once: (path: string) => Promise<string>): Promise<string> {
  const contents = [];
  let note = '';
  for (let i = 0; i < Number(values.repeats); i++) {
    const path = join(directory, 'log');
    note = (await once(path)) || note;
    contents.push(contentOf(path));
    rmSync(path, { force: true });
  }
  const torn = contents.map((content) => content.torn);
  const lines = Math.max(...torn) > 0 ? `, ${range(torn)} torn` : '';
  return `${range(contents.map(({ missing }) => missing))}${lines}${note}`;
}

console.log(`of ${RECORDS} records missing, in ${values.repeats} runs\n`);
console.log(`| event | ${names.join(' | ')} |`);
console.log(`| --- |${' --- |'.repeat(names.length)}`);
for (const [end, code] of Object.entries(ENDS)) {
  if (values.only !== undefined && values.only !== end) continue;
  const cells = [];
  for (const [name, logger] of Object.entries(LOGGERS)) {
    cells.push(
      await cell(async (path) => {
        await node(program(logger, code), path);
        // The next run that appends to the log recovers it in the same way.
        if (name === 'dllogger') recover(path);
        return '';
      }),
    );
  }
  if (hasPython) {
    cells.push(
      await cell(async (path) => {
        await python(path, end);
        return '';
      }),
    );
  }
  console.log(`| ${end} | ${cells.join(' | ')} |`);
}

const small = mkdtempSync(join(tmpdir(), 'dllogger-disk-'));
const disk = SmallDisk.mount(small, 8);
if (typeof disk === 'string') {
  console.log(`a full disk: skipped, ${disk}`);
} else {
  const onDisk = async (path: string, start: (inside: string) => Promise<End>): Promise<string> => {
    const inside = join(small, 'log');
    const end = await start(inside);
    disk.free();
    writeFileSync(path, existsSync(inside) ? readFileSync(inside) : '');
    rmSync(inside, { force: true });
    return end === 0 ? '' : `, the program ended with ${end}`;
  };
  const cells = [];
  for (const logger of Object.values(LOGGERS))
    cells.push(await cell((path) => onDisk(path, (inside) => node(full(logger), inside, small))));
  if (hasPython)
    cells.push(await cell((path) => onDisk(path, (inside) => python(inside, 'full', small))));
  console.log(`| disk full for a while | ${cells.join(' | ')} |`);
  disk.unmount();
}
rmSync(small, { recursive: true });
rmSync(directory, { recursive: true });
