/** Opening, truncating and sharing log files. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { DLLoggerError, implementation, JSONStreamBackend, Logger, Verbosity } from 'dllogger';
import { ROOT, readRecords, run, runScript, temporaryDirectory } from './support/run.js';

const directory = temporaryDirectory();
const isLinux = process.platform === 'linux';
const LINUX_ONLY = { skip: isLinux ? false : 'reads /proc' };

function open(path: string, append = false): JSONStreamBackend {
  return new JSONStreamBackend(Verbosity.VERBOSE, path, { append });
}

function logOnce(backend: JSONStreamBackend, step: number): void {
  new Logger([backend]).log([step], {});
}

function steps(path: string): unknown[] {
  return readRecords(path).map((record) => record.step);
}

/** Open descriptors and threads of this process. */
function held(): [descriptors: number, threads: number] {
  return [readdirSync('/proc/self/fd').length, readdirSync('/proc/self/task').length];
}

function opening(path: string, code: string, reason: RegExp): void {
  assert.throws(
    () => open(path),
    (error: unknown) => {
      assert.ok(error instanceof DLLoggerError);
      assert.equal(error.code, code);
      assert.equal(error.path, path);
      assert.ok((error.errno ?? 0) > 0 && error.syscall !== undefined);
      assert.ok(error.message.includes(path));
      assert.match(error.message, reason);
      return true;
    },
  );
}

test('by default a log starts empty; with append it goes on', () => {
  const path = join(directory, 'append.json');
  writeFileSync(path, 'an old log\n');
  const first = open(path);
  logOnce(first, 0);
  first.close();
  const second = open(path, true);
  logOnce(second, 1);
  second.close();
  assert.deepEqual(steps(path), [[0], [1]]);
});

test('appending to an unfinished last line begins a new line', () => {
  const path = join(directory, 'unfinished.json');
  const kept = ['a note', 'DLLL {"whole": [NaN, -Infinity], "text": "}{\\""}', 'DLLM'];
  for (const line of kept) {
    writeFileSync(path, line);
    const backend = open(path, true);
    logOnce(backend, 0);
    backend.close();
    const lines = readFileSync(path, 'utf8').split('\n');
    assert.equal(lines[0], line);
    assert.match(lines[1] ?? '', /^DLLL \{.*"step": \[0\]/);
  }
});

test('appending cuts the beginning of a record that a killed writer left', () => {
  const path = join(directory, 'torn.json');
  const whole = open(path);
  logOnce(whole, 0);
  logOnce(whole, 1);
  whole.close();
  const text = readFileSync(path);
  const first = text.indexOf('\n') + 1;
  // Cut at every byte of the last record; what lacks only its newline is whole.
  for (let size = first; size <= text.length; size++) {
    writeFileSync(path, text.subarray(0, size));
    // Not just now, when the rest might follow.
    if (size % 50 !== 0) utimesSync(path, new Date(0), new Date(0));
    const backend = open(path, true);
    logOnce(backend, 2);
    backend.close();
    const expected = size < text.length - 1 ? [[0], [2]] : [[0], [1], [2]];
    assert.deepEqual(steps(path), expected, `cut at ${size}`);
  }
});

test('a path that is a directory is refused at once', () => {
  opening(directory, 'EISDIR', /illegal operation on a directory.*name a file in it/);
});

test('a path without a parent directory is refused at once', () => {
  const path = join(directory, 'runs', 'log.json');
  opening(path, 'ENOENT', /no such file or directory.*create its directory first/);
  assert.ok(!existsSync(join(directory, 'runs')));
});

test('a path below a file is refused at once', () => {
  const file = join(directory, 'file');
  writeFileSync(file, '');
  opening(join(file, 'log.json'), 'ENOTDIR', /a part of its path is a file/);
});

test('a path that is not permitted is refused at once', LINUX_ONLY, async () => {
  const locked = join(directory, 'locked');
  mkdirSync(locked, { mode: 0o555 });
  const path = join(locked, 'log.json');
  // Root may write everywhere: then somebody else tries.
  const script = `
    import { JSONStreamBackend } from 'dllogger';
    if (process.getuid() === 0) process.setuid(65534);
    try {
      new JSONStreamBackend(0, process.argv[1]);
    } catch (error) {
      console.log(error.name, error.code, error.errno, error.syscall, error.path);
      console.log(error.message);
    }
  `;
  const result = await runScript(script, { args: [path] });
  assert.equal(
    result.stdout,
    `DLLoggerError EACCES 13 open ${path}\n` +
      `cannot open log "${path}": permission denied (EACCES); ` +
      'choose a place where this user may write\n',
  );
});

test('a path that not even root may write is refused at once', LINUX_ONLY, () => {
  const path = '/proc/self/log.json';
  assert.throws(() => open(path), { name: 'DLLoggerError', path });
});

test('a device without room is refused at once', LINUX_ONLY, () => {
  opening('/dev/full', 'ENOSPC', /no space left on device/);
});

test('what cannot be a file name is a TypeError', () => {
  assert.throws(() => open(''), /"" cannot be the name of a log file/);
  assert.throws(() => open('a\0b'), /"a\\u0000b" cannot be the name of a log file/);
  assert.throws(
    () => open(7 as never),
    /the file name of a JSONStreamBackend is a string, not a number/,
  );
  assert.ok(!existsSync('a'));
});

test('options of the wrong type are a TypeError, and no file is made', () => {
  const path = join(directory, 'options.json');
  const make = (options: object) => () => new JSONStreamBackend(0, path, options);
  assert.throws(
    make({ apend: true }),
    /an object with append, nonFinite, crashSafe; there is no option "apend"/,
  );
  assert.throws(
    make(true as never),
    /an object with append, nonFinite, crashSafe; this is a boolean/,
  );
  assert.throws(make({ append: 'yes' }), /the option append is true or false, not a string/);
  assert.throws(make({ nonFinite: 'nan' }), /the option nonFinite is 'literal' or 'null', not nan/);
  assert.ok(!existsSync(path));
});

test('a refused log leaks no descriptor and no thread', LINUX_ONLY, () => {
  const busy = join(directory, 'busy.json');
  const holder = open(busy);
  const before = held();
  for (let i = 0; i < 20; i++) {
    for (const path of [directory, '/dev/full', join(directory, 'none', 'x')]) {
      assert.throws(() => open(path), DLLoggerError);
    }
  }
  assert.throws(() => open(busy), DLLoggerError);
  assert.deepEqual(held(), before);
  holder.close();
});

test('logs that are opened and closed leave no descriptor and no thread', LINUX_ONLY, () => {
  const path = join(directory, 'many.json');
  open(path).close();
  const before = held();
  for (let i = 0; i < 300; i++) {
    const backend = open(path, true);
    logOnce(backend, i);
    backend.close();
  }
  assert.deepEqual(held(), before);
  assert.equal(steps(path).length, 300);
});

test('truncating a log that this process is writing says to close it; appending is allowed', () => {
  const path = join(directory, 'own.json');
  const first = open(path);
  logOnce(first, 0);
  assert.throws(
    () => open(path),
    (error: unknown) => {
      assert.ok(error instanceof DLLoggerError);
      assert.equal(error.code, 'ERR_DLLOGGER_LOG_IN_USE');
      assert.match(error.message, /another backend of this process.*close\(\) that one first/);
      return true;
    },
  );
  const second = open(path, true);
  logOnce(second, 1);
  first.flush();
  second.flush();
  assert.equal(steps(path).length, 2);
  first.close();
  second.close();
  open(path).close();
  assert.equal(readFileSync(path, 'utf8'), '');
});

test('a link to a log that is being written is recognised', () => {
  const path = join(directory, 'linked.json');
  const first = open(path);
  logOnce(first, 0);
  symlinkSync(path, `${path}.link`);
  assert.throws(() => open(`${path}.link`), { code: 'ERR_DLLOGGER_LOG_IN_USE' });
  first.close();
  assert.equal(steps(path).length, 1);
});

const HOLD = `
  import { JSONStreamBackend, Logger } from 'dllogger';
  const logger = new Logger([new JSONStreamBackend(1, process.argv[1])]);
  logger.log([0], {});
  logger.flush();
  console.log('open');
  setInterval(() => {}, 1000);
`;

const NO_LOCKS = {
  skip:
    implementation === 'typescript'
      ? 'JavaScript has no file locks: the TypeScript implementation knows its own process only'
      : false,
};

test('truncating a log of a live process is refused with its pid', NO_LOCKS, async () => {
  const path = join(directory, 'other.json');
  const args = ['--input-type=module', '-e', HOLD, '--', path];
  const holder = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  assert.throws(
    () => open(path),
    (error: unknown) => {
      assert.ok(error instanceof DLLoggerError);
      assert.equal(error.code, 'ERR_DLLOGGER_LOG_IN_USE');
      assert.ok(error.message.includes(`process ${holder.pid} is writing it`), error.message);
      return true;
    },
  );
  const appender = open(path, true);
  logOnce(appender, 1);
  appender.close();
  assert.deepEqual(steps(path), [[0], [1]]);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  open(path).close();
  assert.equal(readFileSync(path, 'utf8'), '');
});

test('truncating waits for a predecessor that is about to end', NO_LOCKS, async () => {
  const path = join(directory, 'predecessor.json');
  const script = HOLD.replace('setInterval(() => {}, 1000)', 'setTimeout(() => {}, 300)');
  const args = ['--input-type=module', '-e', script, '--', path];
  const holder = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  const backend = open(path);
  logOnce(backend, 1);
  backend.close();
  assert.deepEqual(steps(path), [[1]]);
});

test('two runs on one path leave no hole: both append, wherever the end is', () => {
  const path = join(directory, 'two.json');
  const first = open(path, true);
  const second = open(path, true);
  for (let i = 0; i < 1000; i++) {
    logOnce(i % 2 === 0 ? first : second, i);
    if (i % 100 === 0) second.flush();
  }
  // As Python's "w" does to a log that is being written: no NUL bytes where it was longer.
  writeFileSync(path, '');
  logOnce(first, 1000);
  logOnce(second, 1001);
  first.close();
  second.close();
  assert.ok(!readFileSync(path, 'latin1').includes('\0'));
  assert.ok(steps(path).length >= 2);
});

test('two processes append whole lines to one log', async () => {
  const path = join(directory, 'ranks.json');
  const script = `
    import { JSONStreamBackend, Logger } from 'dllogger';
    const [, path, rank] = process.argv;
    const logger = new Logger([new JSONStreamBackend(1, path, { append: true })]);
    for (let i = 0; i < 20000; i++) logger.log([Number(rank), i], { loss: i / 3 });
  `;
  const ranks = ['0', '1'].map((rank) => runScript(script, { args: [path, rank] }));
  for (const result of await Promise.all(ranks)) assert.equal(result.code, 0, result.stderr);
  const all = readRecords(path).map((record) => record.step as [number, number]);
  for (const rank of [0, 1]) {
    const own = all.filter((step) => step[0] === rank).map((step) => step[1]);
    assert.deepEqual(
      own,
      Array.from({ length: 20000 }, (_, index) => index),
    );
  }
});

test('an opening process leaves alone what others are writing', {
  skip: implementation === 'native' ? 'its processes take turns by a lock' : false,
}, async () => {
  const path = join(directory, 'busy.json');
  writeFileSync(path, '');
  const script = `
      import { openSync, writeSync } from 'node:fs';
      const log = openSync(process.argv[1], 'a');
      // Where a line crosses a page, it is for a moment half in the file.
      const data = '{"text": "' + 'x'.repeat(100) + '"}';
      for (let i = 0; i < 200000; i++) {
        writeSync(log, 'DLLL {"type": "LOG", "step": [' + i + '], "data": ' + data + '}\\n');
      }
    `;
  let hasEnded = false;
  const writer = runScript(script, { args: [path] }).finally(() => {
    hasEnded = true;
  });
  while (!hasEnded) {
    for (let i = 0; i < 50; i++) open(path, true).close();
    await setImmediate();
  }
  const result = await writer;
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(
    steps(path),
    Array.from({ length: 200000 }, (_, index) => [index]),
  );
});

test('a log that may be written but not read goes on', LINUX_ONLY, async () => {
  const place = join(directory, 'write-only');
  mkdirSync(place);
  const path = join(place, 'log.json');
  writeFileSync(path, 'an old log\n', { mode: 0o222 });
  chmodSync(path, 0o222);
  for (const open of [directory, place]) chmodSync(open, 0o777);
  const script = `
    import { JSONStreamBackend, Logger } from 'dllogger';
    if (process.getuid() === 0) process.setuid(65534);
    new Logger([new JSONStreamBackend(1, process.argv[1], { append: true })]).log([0], {});
  `;
  const result = await runScript(script, { args: [path] });
  assert.equal(result.code, 0, result.stderr);
  chmodSync(path, 0o666);
  assert.match(readFileSync(path, 'utf8'), /^an old log\nDLLL \{.*"step": \[0\]/);
});

test('a child process inherits no descriptor of the log', LINUX_ONLY, async () => {
  const path = join(directory, 'inherited.json');
  const backend = open(path);
  logOnce(backend, 0);
  const result = await run('ls', ['-l', '/proc/self/fd']);
  assert.equal(result.code, 0);
  assert.ok(!result.stdout.includes('inherited.json'));
  backend.close();
});

test('a log is made with the modes of any new file', { skip: !isLinux }, () => {
  const path = join(directory, 'mode.json');
  const mask = process.umask(0o027);
  open(path).close();
  process.umask(mask);
  assert.equal(statSync(path).mode & 0o777, 0o640);
});

test('relative paths are taken when the log is opened, and filename is as given', async () => {
  const script = `
    import { JSONStreamBackend, Logger } from ${JSON.stringify(`${ROOT}dist/index.js`)};
    process.chdir(process.argv[1]);
    const backend = new JSONStreamBackend(1, 'relative.json');
    console.log(backend.filename);
    process.chdir('/');
    new Logger([backend]).log([0], {});
  `;
  const result = await runScript(script, { args: [directory] });
  assert.equal(result.stdout, 'relative.json\n', result.stderr);
  assert.deepEqual(steps(join(directory, 'relative.json')), [[0]]);
});

test('flush brings records to the file; with sync to the device', () => {
  const path = join(directory, 'flush.json');
  const backend = open(path);
  logOnce(backend, 0);
  backend.flush();
  assert.equal(steps(path).length, 1);
  logOnce(backend, 1);
  backend.flush({ sync: true });
  assert.equal(steps(path).length, 2);
  backend.close();
});

test('a pipe can be the log', LINUX_ONLY, async () => {
  const path = join(directory, 'fifo');
  assert.equal((await run('mkfifo', [path])).code, 0);
  const reader = run('cat', [path]);
  const backend = open(path);
  for (let i = 0; i < 100; i++) logOnce(backend, i);
  backend.flush({ sync: true });
  backend.close();
  assert.equal((await reader).stdout.split('\n').length, 101);
});

test('lines that others append stay where they are', () => {
  const path = join(directory, 'others.json');
  const backend = open(path);
  logOnce(backend, 0);
  backend.flush();
  appendFileSync(path, 'a note\n');
  logOnce(backend, 1);
  backend.close();
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.equal(lines[1], 'a note');
  assert.match(lines[2] ?? '', /"step": \[1\]/);
});
