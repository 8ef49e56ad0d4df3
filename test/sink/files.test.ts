/** Opening and truncating log files. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DLLoggerError, JSONStreamBackend, Logger, recover } from 'dllogger';
import { dllogger } from '../support/cli.js';
import { logOnce, openLog, stepsOf } from '../support/log.js';
import { times } from '../support/long.js';
import { run, runScript, temporaryDirectory } from '../support/run.js';
import { STAGES, Stages } from '../support/stages.js';

const directory = temporaryDirectory();
const isLinux = process.platform === 'linux';
const LINUX_ONLY = { skip: isLinux ? false : 'reads /proc' };

/** Open descriptors and threads of this process. */
function held(): [descriptors: number, threads: number] {
  return [readdirSync('/proc/self/fd').length, readdirSync('/proc/self/task').length];
}

function opening(path: string, code: string, reason: RegExp): void {
  assert.throws(
    () => openLog(path),
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

test('an open empties the log by default; with append the log keeps its content', () => {
  const path = join(directory, 'append.json');
  writeFileSync(path, 'an old log\n');
  const first = openLog(path);
  logOnce(first, 0);
  first.close();
  const second = openLog(path, true);
  logOnce(second, 1);
  second.close();
  assert.deepEqual(stepsOf(path), [[0], [1]]);
});

test('appending to an unfinished last line begins a new line', () => {
  const path = join(directory, 'unfinished.json');
  const kept = ['a note', 'DLLL {"whole": [NaN, -Infinity], "text": "}{\\""}', 'DLLM'];
  for (const line of kept) {
    writeFileSync(path, line);
    utimesSync(path, new Date(0), new Date(0));
    const backend = openLog(path, true);
    logOnce(backend, 0);
    backend.close();
    const lines = readFileSync(path, 'utf8').split('\n');
    assert.equal(lines[0], line);
    assert.match(lines[1] ?? '', /^DLLL \{.*"step": \[0\]/);
  }
});

/** How many bytes behind a cut the next one is. */
const toNextCut = (before: number, after: number) => (before < 8 || after <= 11 ? 1 : times(4, 1));

test('appending keeps the beginning of a record that a killed writer left, as a line', () => {
  const path = join(directory, 'torn.json');
  const whole = openLog(path);
  logOnce(whole, 0);
  logOnce(whole, 1);
  whole.close();
  const text = readFileSync(path);
  const first = text.indexOf('\n') + 1;
  // Cuts at every byte of the last record, or at some of them and at its ends. A record that lacks only its newline is
  // whole.
  for (let size = first; size <= text.length; size += toNextCut(size - first, text.length - size)) {
    writeFileSync(path, text.subarray(0, size));
    // An old file: right after a write, the rest of the line might still follow.
    utimesSync(path, new Date(0), new Date(0));
    const backend = openLog(path, true);
    logOnce(backend, 2);
    backend.close();
    const lines = readFileSync(path, 'latin1').split('\n');
    const begun = text.subarray(first, size).toString('latin1').replace(/\n$/, '');
    assert.deepEqual(lines.slice(1, -2), begun === '' ? [] : [begun], `cut at ${size}`);
    assert.match(lines.at(-2) ?? '', /^DLLL \{.*"step": \[2\]/);
  }
});

/** A file with a content, last written long ago: an end without a newline then counts as left by a killed writer. */
function oldFile(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  utimesSync(path, new Date(0), new Date(0));
  return path;
}

test('recover() and the command leave a file that is no log as it is, with an error', async () => {
  const far = 'x'.repeat(2 ** 18 - 3);
  for (const content of ['notes', 'a\nline\n', 'DLL 1 - loss : 0.5', ' \n', far, '\0PNG']) {
    const path = oldFile('notes.txt', content);
    assert.throws(
      () => recover(path),
      (error: unknown) =>
        error instanceof DLLoggerError &&
        error.code === 'ERR_DLLOGGER_NOT_A_LOG' &&
        error.path === path &&
        /is not a DLLL log: none of its lines is a record/.test(error.message),
    );
    const { code, stderr } = await dllogger(['recover', path]);
    assert.equal(code, 2);
    assert.match(stderr, /^dllogger: ".*notes\.txt" is not a DLLL log: none of its lines is a rec/);
    assert.equal(readFileSync(path, 'latin1'), content);
  }
});

test('recover() leaves a compressed log and a wrapped one as they are', () => {
  const line = 'DLLL {"timestamp": "1.5"}\n';
  const wrapped = JSON.stringify({ log: line, stream: 'stdout' });
  for (const content of [gzipSync(line), Buffer.from(line, 'utf16le'), Buffer.from(wrapped)]) {
    const path = oldFile('packed', content);
    assert.deepEqual(recover(path), { records: 0, unfinished: 0, left: [] });
    assert.deepEqual(readFileSync(path), content);
  }
});

test('recover() ends the last line of a log, however little of a log there is', () => {
  const far = `${'x'.repeat(2 ** 18 - 3)}DLLL {"timestamp`;
  for (const content of ['D', 'DLLL', 'DLLL {"time', 'a word\nDLLL', 'text\nDLLL {}\ntext', far]) {
    const path = oldFile('begun.json', content);
    const line = content.slice(content.lastIndexOf('\n') + 1);
    assert.deepEqual(recover(path), { records: 0, unfinished: line.length, left: [] });
    assert.equal(readFileSync(path, 'latin1'), `${content}\n`);
  }
  for (const whole of ['', '\0\0\n', 'DLLL {"timestamp": "1.5"}\n']) {
    const path = oldFile('whole.json', whole);
    assert.equal(recover(path).unfinished, 0);
    assert.equal(readFileSync(path, 'latin1'), whole);
  }
});

test('a path that is a directory is refused at once', () => {
  opening(directory, 'EISDIR', /illegal operation on a directory.*name a file in it/);
});

test('a path without a parent directory is refused at once', () => {
  const path = join(directory, 'runs', 'log.json');
  opening(
    path,
    'ENOENT',
    /no such file or directory.*create its directory first \(the option mkdir/,
  );
  assert.ok(!existsSync(join(directory, 'runs')));
});

test('a path below a file is refused at once', () => {
  const file = join(directory, 'file');
  writeFileSync(file, '');
  opening(join(file, 'log.json'), 'ENOTDIR', /a part of its path is a file/);
});

test('a path that is not permitted is refused at once; a log that may be written but not read is appended to', {
  skip: LINUX_ONLY.skip,
}, async () => {
  const [locked, open] = [join(directory, 'locked'), join(directory, 'write-only')];
  mkdirSync(locked, { mode: 0o555 });
  const path = join(locked, 'log.json');
  mkdirSync(open);
  const writable = join(open, 'log.json');
  writeFileSync(writable, 'an old log\n');
  chmodSync(writable, 0o222);
  const readable = join(open, 'read-only.json');
  writeFileSync(readable, 'DLLL {"step": [0], "data": {}, "type": "LOG"}\nDLLL {"step"', {
    mode: 0o444,
  });
  for (const place of [directory, open]) chmodSync(place, 0o777);
  // Root may write and read everywhere: another user tries.
  const script = `
    import { JSONStreamBackend, Logger, recover } from 'dllogger';
    if (process.getuid() === 0) process.setuid(65534);
    const [, path, writable, readable] = process.argv;
    try {
      new JSONStreamBackend(0, path);
    } catch (error) {
      console.log(error.name, error.code, error.errno, error.syscall, error.path);
      console.log(error.message);
    }
    try {
      recover(readable);
    } catch (error) {
      console.log(error.message);
    }
    new Logger([new JSONStreamBackend(1, writable, { append: true })]).log([0], {});
  `;
  const result = await runScript(script, { args: [path, writable, readable] });
  assert.equal(
    result.stdout,
    `DLLoggerError EACCES 13 open ${path}\n` +
      `cannot open log "${path}": permission denied (EACCES); ` +
      'choose a place where this user may write\n' +
      `cannot recover log "${readable}": permission denied (EACCES); ` +
      'recover it as a user who may write it\n',
  );
  assert.equal(result.code, 0, result.stderr);
  chmodSync(writable, 0o666);
  assert.match(readFileSync(writable, 'utf8'), /^an old log\nDLLL \{.*"step": \[0\]/);
});

test('a path that not even root may write is refused at once', LINUX_ONLY, () => {
  const path = '/proc/self/log.json';
  assert.throws(() => openLog(path), { name: 'DLLoggerError', path });
});

test('a device without room is refused at once', LINUX_ONLY, () => {
  opening('/dev/full', 'ENOSPC', /no space left on device/);
});

test('a value that cannot be a file name is a TypeError', () => {
  assert.throws(() => openLog(''), /"" cannot be the name of a log file/);
  assert.throws(() => openLog('a\0b'), /"a\\u0000b" cannot be the name of a log file/);
  assert.throws(
    () => openLog(7 as never),
    /the file name of a JSONStreamBackend is a string, not a number/,
  );
  assert.ok(!existsSync('a'));
});

test('options of the wrong type are a TypeError, and no file is made', () => {
  const path = join(directory, 'options.json');
  const make = (options: object) => () => new JSONStreamBackend(0, path, options);
  assert.throws(
    make({ apend: true }),
    /an object with append, unique, mkdir, crashSafe, nonFinite, floats; there is no option "apend"/,
  );
  assert.throws(
    make(true as never),
    /an object with append, unique, mkdir, crashSafe, nonFinite, floats; this is a boolean/,
  );
  assert.throws(make({ append: 'yes' }), /the option append is true or false, not a string/);
  assert.throws(make({ nonFinite: 'nan' }), /the option nonFinite is 'literal' or 'null', not nan/);
  assert.ok(!existsSync(path));
});

test('a refused log leaks no descriptor and no thread', LINUX_ONLY, () => {
  const busy = join(directory, 'busy.json');
  const holder = openLog(busy);
  const before = held();
  for (let i = 0; i < 20; i++) {
    for (const path of [directory, '/dev/full', join(directory, 'none', 'x')]) {
      assert.throws(() => openLog(path), DLLoggerError);
    }
  }
  assert.throws(() => openLog(busy), DLLoggerError);
  assert.deepEqual(held(), before);
  holder.close();
});

const OPENS = times(60, 300);

test('logs that are opened and closed leave no descriptor and no thread', LINUX_ONLY, () => {
  const path = join(directory, 'many.json');
  openLog(path).close();
  const before = held();
  for (let i = 0; i < OPENS; i++) {
    const backend = openLog(path, true);
    logOnce(backend, i);
    backend.close();
  }
  assert.deepEqual(held(), before);
  assert.equal(stepsOf(path).length, OPENS);
});

test('a child process inherits no descriptor of the log', LINUX_ONLY, async () => {
  const path = join(directory, 'inherited.json');
  const backend = openLog(path);
  logOnce(backend, 0);
  const result = await run('ls', ['-l', '/proc/self/fd']);
  assert.equal(result.code, 0);
  assert.ok(!result.stdout.includes('inherited.json'));
  backend.close();
});

test('a log is made with the modes of any new file', { skip: !isLinux }, () => {
  const path = join(directory, 'mode.json');
  const mask = process.umask(0o027);
  openLog(path).close();
  process.umask(mask);
  assert.equal(statSync(path).mode & 0o777, 0o640);
});

test('flush brings records to the file; with sync to the device', () => {
  const path = join(directory, 'flush.json');
  const backend = openLog(path);
  logOnce(backend, 0);
  backend.flush();
  assert.equal(stepsOf(path).length, 1);
  logOnce(backend, 1);
  backend.flush({ sync: true });
  assert.equal(stepsOf(path).length, 2);
  backend.close();
});

test('a pipe can be the log', LINUX_ONLY, async () => {
  const path = join(directory, 'fifo');
  assert.equal((await run('mkfifo', [path])).code, 0);
  const reader = run('cat', [path]);
  const backend = openLog(path);
  for (let i = 0; i < 100; i++) logOnce(backend, i);
  backend.flush({ sync: true });
  backend.close();
  assert.equal((await reader).stdout.split('\n').length, 101);
});

test('unique takes the first name that no file has, and filename is that name', () => {
  const path = join(directory, 'unique.json');
  const names = [0, 1, 2].map((step) => {
    using backend = new JSONStreamBackend(1, path, { unique: true });
    new Logger([backend]).log([step], {});
    return backend.filename;
  });
  assert.deepEqual(names, [path, `${path}.1`, `${path}.2`]);
  assert.deepEqual(names.flatMap(stepsOf), [[0], [1], [2]]);
  rmSync(`${path}.1`);
  using again = new JSONStreamBackend(1, path, { unique: true });
  assert.equal(again.filename, `${path}.1`);
  assert.throws(() => new JSONStreamBackend(1, path, { unique: true, append: true }), TypeError);
  opening(join(directory, 'none', 'a.json'), 'ENOENT', /create its directory first/);
  assert.throws(() => new JSONStreamBackend(1, join(directory, 'none', 'a'), { unique: true }), {
    name: 'DLLoggerError',
    code: 'ENOENT',
  });
});

const STARTED = times(2, 3);

test('processes that start at the same time get different files by unique', async () => {
  const path = join(directory, 'race', 'log.json');
  const stages = new Stages();
  const script = `${STAGES}
    import { JSONStreamBackend, Logger } from 'dllogger';
    const names = [];
    reach(process.argv[1]);
    reached('start');
    for (let i = 0; i < 20; i++) {
      const backend = new JSONStreamBackend(1, ${JSON.stringify(path)}, { unique: true, mkdir: true });
      new Logger([backend]).log([process.pid, i], {});
      backend.close();
      names.push(backend.filename);
    }
    console.log(JSON.stringify(names));
  `;
  const started = Array.from({ length: STARTED }, (_, i) => `${i} ready`);
  const processes = started.map((ready) => runScript(script, { args: [ready, stages.place] }));
  await stages.reached(started, processes);
  stages.reach('start');
  const results = await Promise.all(processes);
  const names = results.flatMap(({ stdout }) => JSON.parse(stdout) as string[]);
  assert.equal(new Set(names).size, 20 * STARTED);
  assert.equal(
    new Set(names.flatMap(stepsOf).map(String)).size,
    20 * STARTED,
    'each has its record',
  );
});

test('mkdir creates the directory of the file, and those above it', () => {
  const path = join(directory, 'new', 'deep', 'log.json');
  for (let i = 0; i < 2; i++) new JSONStreamBackend(1, path, { mkdir: true }).close();
  assert.ok(existsSync(path));
  const file = join(directory, 'a-file');
  writeFileSync(file, '');
  assert.throws(() => new JSONStreamBackend(1, join(file, 'log.json'), { mkdir: true }), {
    name: 'DLLoggerError',
    path: file,
    message: /^cannot create the directory/,
  });
});

test('mkdir below a directory that takes no new entries is refused, not tried for ever', {
  skip: process.platform === 'linux' ? false : 'there is no /proc',
}, () => {
  const path = '/proc/none/of/this/log.json';
  assert.throws(() => new JSONStreamBackend(1, path, { mkdir: true }), {
    name: 'DLLoggerError',
    code: 'ENOENT',
  });
});
