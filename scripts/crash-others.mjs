// The same ends and the same full disk for this package, pino, winston and Python's DLLogger: how many
// of the records that a program had logged are in its file. docs/RELIABILITY.md shows the table.
// DLLOGGER_PYTHON=directory of the Python package, where it is not installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, tool } from './tools.mjs';

const { SmallDisk } = await import(join(root, 'out/test/support/small-disk.js'));
const { values } = parseArgs({
  options: { repeats: { type: 'string', default: '5' }, only: { type: 'string' } },
});

/** A program that takes longer hangs. */
const MAX_SECONDS = 30;
/** Records before the end comes. */
const RECORDS = 2000;

/** `log(i)` logs a record, `close()` is what a careful program calls in the end. */
const LOGGERS = {
  dllogger: `
    const { JSONStreamBackend, Logger } = await import('dllogger');
    const emitters = [];
    const backend = new JSONStreamBackend(1, path);
    const logger = new Logger([backend]);
    const log = (i) => logger.log([i], { loss: i / 7 });
    const close = () => backend.close();`,
  'pino (default)': `
    const { default: pino } = await import('pino');
    const stream = pino.destination(path);
    const emitters = [stream];
    const logger = pino(stream);
    const log = (i) => logger.info({ step: [i], data: { loss: i / 7 } });
    const close = () => new Promise((done) => { stream.on('close', done); stream.end(); });`,
  'pino (async, 4 kB)': `
    const { default: pino } = await import('pino');
    const stream = pino.destination({ dest: path, sync: false, minLength: 4096 });
    const emitters = [stream];
    const logger = pino(stream);
    const log = (i) => logger.info({ step: [i], data: { loss: i / 7 } });
    const close = () => new Promise((done) => { stream.on('close', done); stream.end(); });`,
  winston: `
    const { createRequire } = await import('node:module');
    const winston = createRequire(process.env.WINSTON + '/package.json')('winston');
    const file = new winston.transports.File({ filename: path });
    const logger = winston.createLogger({ format: winston.format.json(), transports: [file] });
    const emitters = [file, logger];
    const log = (i) => logger.info('', { step: [i], data: { loss: i / 7 } });
    const close = () => new Promise((done) => { file.on('finish', done); logger.end(); });`,
};

/** What happens after the last record; nothing has been flushed. */
const ENDS = {
  'natural end': '',
  'process.exit()': 'process.exit(0);',
  'uncaught throw': 'throw new Error("the loss is NaN");',
  'SIGTERM, SIGINT, SIGHUP': 'await die("SIGTERM");',
  abort: 'process.abort();',
  SIGSEGV: 'await die("SIGSEGV");',
  'SIGKILL, out-of-memory kill': 'await die("SIGKILL");',
  'heap exhausted': 'const hoard = []; for (;;) hoard.push({ list: [1, 2, 3] });',
};

const PROGRAM = (logger, end) => `
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
const FULL = (logger) => `
  import { setImmediate, setTimeout } from 'node:timers/promises';
  import { SmallDisk } from './out/test/support/small-disk.js';
  const path = process.argv[1];
  const disk = SmallDisk.at(process.argv[2]);
  ${logger}
  // As a careful program does, which hears of faults and goes on.
  for (const emitter of emitters) emitter.on('error', () => {});
  for (let i = 0; i < ${RECORDS}; i++) {
    if (i === 700) { await setTimeout(200); disk.fill(); }
    if (i === 1400) { await setTimeout(200); disk.free(); }
    log(i);
    if (i % 100 === 99) await setImmediate();
  }
  await close();`;

const PYTHON = `
import os, signal, sys
import dllogger
path, end = sys.argv[1:3]
logger = dllogger.Logger([dllogger.JSONStreamBackend(1, path)])
def die(number):
    os.kill(os.getpid(), number)
    signal.pause()
def ballast():
    with open(os.path.join(sys.argv[3], 'ballast'), 'ab', buffering=0) as file:
        size = 1 << 20
        while size > 0:
            try:
                if file.write(bytes(size)) < size: size >>= 1
            except OSError:
                size >>= 1
for i in range(${RECORDS}):
    if end == 'full' and i == 700: ballast()
    if end == 'full' and i == 1400: os.remove(os.path.join(sys.argv[3], 'ballast'))
    logger.log((i,), {'loss': i / 7})
if end == 'natural end': pass
if end == 'process.exit()': sys.exit(0)
if end == 'uncaught throw': raise RuntimeError('the loss is NaN')
if end.startswith('SIGTERM'): die(signal.SIGTERM)
if end == 'abort': os.abort()
if end == 'SIGSEGV': die(signal.SIGSEGV)
if end.startswith('SIGKILL'): die(signal.SIGKILL)
if end == 'heap exhausted': raise MemoryError()
if end == 'full': logger.flush()
`;

function python(path, end, directory = '') {
  const PYTHONPATH = process.env.DLLOGGER_PYTHON ?? process.env.PYTHONPATH ?? '';
  return run('python3', ['-c', PYTHON, path, end, directory], { PYTHONPATH });
}

function node(script, path, directory = '') {
  const heap = '--max-old-space-size=32';
  const args = [heap, '--input-type=module', '-e', script, '--', path, directory];
  return run(process.execPath, args, { WINSTON: winston, NODE_OPTIONS: '' });
}

function run(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    const timer = setTimeout(() => child.kill('SIGKILL'), MAX_SECONDS * 1000);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, said });
    });
  });
}

/** How many of the records are in a file, and lines that are none. */
function contentOf(path) {
  const steps = new Set();
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

const winston = tool('winston', '3.19.0');
const { recover } = await import('dllogger');
const hasPython =
  spawnSync('python3', ['-c', 'import dllogger; dllogger.JSONStreamBackend'], {
    env: { ...process.env, PYTHONPATH: process.env.DLLOGGER_PYTHON ?? '' },
  }).status === 0;
if (!hasPython) console.error("Python's DLLogger is not installed: left out");
const names = [...Object.keys(LOGGERS), ...(hasPython ? ["Python's DLLogger"] : [])];
const directory = mkdtempSync(join(tmpdir(), 'dllogger-others-'));

function range(numbers) {
  const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
  return min === max ? `${min}` : `${min}-${max}`;
}

/** One cell: over some runs, records missing, and lines torn. */
async function cell(once) {
  const missing = [];
  const torn = [];
  let note = '';
  for (let i = 0; i < Number(values.repeats); i++) {
    const path = join(directory, 'log');
    const result = await once(path);
    const content = contentOf(path);
    missing.push(content.missing);
    torn.push(content.torn);
    if (result?.note) note = result.note;
    rmSync(path, { force: true });
  }
  const lines = Math.max(...torn) > 0 ? `, ${range(torn)} torn` : '';
  return `${range(missing)}${lines}${note}`;
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
        await node(PROGRAM(logger, code), path);
        // As the next run that appends does.
        if (name === 'dllogger') recover(path);
      }),
    );
  }
  if (hasPython) cells.push(await cell((path) => python(path, end).then(() => undefined)));
  console.log(`| ${end} | ${cells.join(' | ')} |`);
}

const small = mkdtempSync(join(tmpdir(), 'dllogger-disk-'));
const disk = SmallDisk.mount(small, 8);
if (typeof disk === 'string') {
  console.log(`a full disk: skipped, ${disk}`);
} else {
  const full = async (path, run) => {
    const inside = join(small, 'log');
    const { code, signal, said } = await run(inside);
    disk.free();
    const text = existsSync(inside) ? readFileSync(inside) : '';
    writeFileSync(path, text);
    rmSync(inside, { force: true });
    const failed = code === 0 ? '' : `, the program ended with ${signal ?? code}`;
    if (process.env.DEBUG) console.error(said);
    return { note: failed };
  };
  const cells = [];
  for (const logger of Object.values(LOGGERS)) {
    cells.push(await cell((path) => full(path, (inside) => node(FULL(logger), inside, small))));
  }
  if (hasPython)
    cells.push(await cell((path) => full(path, (inside) => python(inside, 'full', small))));
  console.log(`| disk full for a while | ${cells.join(' | ')} |`);
  disk.unmount();
}
rmSync(small, { recursive: true });
rmSync(directory, { recursive: true });
