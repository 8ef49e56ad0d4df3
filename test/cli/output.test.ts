/** The output of commands: a full standard output, a signal while a file is written, odd names. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BIN, dllogger } from '../support/cli.js';
import { withLog } from '../support/log.js';
import { isLong } from '../support/long.js';
import { run, temporaryDirectory } from '../support/run.js';

const good = withLog((logger) => {
  for (let i = 0; i < 30; i++) logger.log([0, i], { loss: 1 / (1 + i) });
});

test('a full standard output gives one line and exit code 2', {
  skip: existsSync('/dev/full') ? false : 'there is no /dev/full here',
}, async () => {
  for (const args of [
    ['summary', good],
    ['export', good, '--to', 'csv'],
    ...(isLong ? [['tail', good, '--json'], ['plot', good], ['--help']] : []),
  ]) {
    const script = `exec "$0" "$@" > /dev/full`;
    const { code, stderr } = await run('sh', ['-c', script, process.execPath, BIN, ...args]);
    const expected = 'dllogger: cannot write "standard output": no space left on device (ENOSPC)\n';
    assert.deepEqual([code, stderr], [2, expected], args.join(' '));
  }
});

test('a file that cannot be written whole is one line and exit code 2, and leaves nothing behind', {
  skip: process.platform === 'win32' && 'Windows has no limit on the size of files',
}, async () => {
  const long = withLog((logger) => {
    for (let i = 0; i < 9000; i++) logger.log([0, i], { loss: 1 / (1 + i), lr: 0.1 });
  });
  for (const log of [good, long]) {
    const folder = temporaryDirectory();
    const target = join(folder, 'out.csv');
    const script = 'ulimit -f 1; exec "$0" "$@"';
    const args = [BIN, 'export', log, '--to', 'csv', '--long', '-o', target];
    const { code, stderr } = await run('sh', ['-c', script, process.execPath, ...args]);
    const expected = `dllogger: cannot write "${target}": file too large (EFBIG)\n`;
    assert.deepEqual([code, stderr], [2, expected]);
    assert.deepEqual(readdirSync(folder), []);
  }
});

test('an error of the copy of a pipe, of standard input, of a standard output with little room and of an event file says so', {
  skip: process.platform === 'linux' ? false : 'only Linux has /proc/self/mem',
}, async () => {
  const folder = temporaryDirectory();
  for (const [script, expected] of [
    [
      'ulimit -f 0; export TMPDIR="$2"; cat "$3" | "$0" "$1" summary -',
      `cannot write in "${folder}": file too large (EFBIG); standard input, a pipe or a device is kept there, and TMPDIR may `,
    ],
    [
      'exec 3< /proc/self/mem; "$0" "$1" summary - <&3; exit $?',
      'cannot read "-": i/o error (EIO)',
    ],
    [
      'ulimit -f 1; "$0" "$1" export "$3" --to csv > "$2/table"; exit $?',
      'cannot write "standard output": file too large (EFBIG)',
    ],
    [
      'ulimit -f 0; "$0" "$1" forward "$3" --tensorboard "$2"; exit $?',
      `${good} to tensorboard is behind: cannot write "${folder}/`,
    ],
  ] as const) {
    const { code, stderr } = await run('sh', ['-c', script, process.execPath, BIN, folder, good]);
    assert.equal(code, script.includes('forward') ? 1 : 2);
    assert.ok(stderr.startsWith(`dllogger: ${expected}`), stderr);
    assert.equal(stderr.match(/\n/g)?.length, 1, stderr);
  }
});

test('where there are too many open files, nothing is said of another directory for the copy of standard input', {
  skip: process.platform === 'win32' && 'Windows has no limit on open files',
}, async () => {
  const folder = temporaryDirectory();
  const script = `
    import { openSync } from 'node:fs';
    import { main } from '#dist/cli/main.js';
    await import('#dist/cli/commands/summary.js');
    process.stdin.pause();
    try {
      for (;;) openSync('/dev/null');
    } catch {}
    process.exitCode = await main(['summary', '-']);`;
  const { code, stderr } = await run(
    'sh',
    ['-c', 'ulimit -n 200; exec "$0" --input-type=module -e "$1"', process.execPath, script],
    { env: { TMPDIR: folder } },
  );
  const expected = `dllogger: cannot write in "${folder}": too many open files (EMFILE)\n`;
  assert.deepEqual([code, stderr], [2, expected]);
  assert.deepEqual(readdirSync(folder), []);
});

test('a signal while a file is written leaves no part of it behind', {
  skip: process.platform === 'win32' && 'Windows has no signals',
}, async () => {
  for (const signal of isLong
    ? (['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    : (['SIGHUP'] as const)) {
    const folder = temporaryDirectory();
    const temporary = join(folder, 'system');
    mkdirSync(temporary);
    const target = join(folder, 'out');
    // The first log has an end; standard input has none.
    const args = ['merge', good, '-', '-o', target];
    const child = spawn(process.execPath, [BIN, ...args], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...process.env, TMPDIR: temporary },
    });
    while (!readdirSync(folder).some((name) => name.endsWith('.tmp'))) await sleep(5);
    child.kill(signal);
    const [code, endedBy] = await once(child, 'close');
    assert.deepEqual([code, endedBy], [null, signal]);
    assert.deepEqual(readdirSync(folder), ['system']);
    assert.deepEqual(readdirSync(temporary), []);
  }
});

test('names given to -o are shown escaped', async () => {
  const target = join(temporaryDirectory(), 'a\x1b[31m.json');
  const merged = await dllogger(['merge', good, '-o', target]);
  const repaired = await dllogger(['repair', good, '-o', target]);
  for (const { stdout } of [merged, repaired]) {
    assert.ok(stdout.includes('a\\x1b[31m.json') && !stdout.includes('\x1b'), stdout);
  }
  const missing = await dllogger(['merge', good, '-o', join(target, 'x')]);
  assert.ok(missing.stderr.includes('a\\x1b[31m.json') && !missing.stderr.includes('\x1b'));
});
