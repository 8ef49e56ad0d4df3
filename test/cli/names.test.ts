/** What all commands share: logs, folders, globs, patterns of metrics, errors for scripts, help. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BIN, dllogger } from '../support/cli.js';
import { withLog } from '../support/log.js';
import { isLong, times } from '../support/long.js';
import { temporaryDirectory } from '../support/run.js';
import { serve } from '../support/serve.js';
import { dlloggerInTerminal, noTerminal } from '../support/terminal.js';

const directory = temporaryDirectory();
const log = withLog((logger) => {
  for (let i = 0; i < 5; i++) {
    logger.log([i], { 'train.loss': 5 - i, 'val.loss': 6 - i, lr: 0.1, 'a,b': i });
  }
});
const folder = join(directory, 'runs');
const empty = join(directory, 'empty');

before(() => {
  mkdirSync(join(folder, 'deep'), { recursive: true });
  mkdirSync(empty);
  copyFileSync(log, join(folder, 'run-10.json'));
  copyFileSync(log, join(folder, 'run-9.json'));
  copyFileSync(log, join(folder, 'deep', 'x.log'));
  writeFileSync(join(folder, 'notes.txt'), 'no log');
  writeFileSync(join(empty, 'notes.txt'), 'no log');
});

const pathsOf = (stdout: string) =>
  JSON.parse(stdout).map(({ path }: { path: string }) => path.slice(folder.length + 1));

test('folders and globs stand for the logs in them, in the order of their numbers', async () => {
  const all = await dllogger(['summary', '--json', folder]);
  assert.deepEqual(pathsOf(all.stdout), ['deep/x.log', 'run-9.json', 'run-10.json']);
  const some = await dllogger(['summary', '--json', join(folder, 'run-*.json')]);
  assert.deepEqual(pathsOf(some.stdout), ['run-9.json', 'run-10.json']);
  const deep = await dllogger(['summary', '--json', join(folder, '**', '[x-z]?log')]);
  assert.deepEqual(pathsOf(deep.stdout), ['deep/x.log']);
  for (const args of [
    ['plot', '--json', '-m', 'lr', folder],
    ['compare', '--json', folder],
    ['merge', folder, '-o', '-'],
    ['forward', folder, '--tensorboard', join(directory, 'tb')],
    ['recover', join(folder, '*.json')],
    ['tail', join(folder, 'deep')],
  ]) {
    const { code, stderr } = await dllogger(args);
    assert.deepEqual([code, stderr], [0, ''], args.join(' '));
  }
});

test('a folder or glob without a log, and a folder in place of a log, are errors that help', async () => {
  for (const [args, message] of [
    [['summary', empty], /^dllogger: there is no log in the folder ".*empty": 1 file is none\n$/],
    [['plot', join(folder, '*.csv')], /^dllogger: no file matches ".*\*\.csv"\n$/],
    [
      ['tail', folder],
      /tail takes one log, and ".*runs" holds 3: name one of them, such as .*x\.log\n$/,
    ],
    [['repair', folder, '-o', '-'], /^dllogger: repair takes one log, /],
    [
      ['serve', join(directory, 'rums')],
      /there is no folder or log ".*rums"; did you mean runs\? /,
    ],
  ] as const) {
    const { code, stderr } = await dllogger(args);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});

test('a glob that matches logs and a folder without any takes the logs', async () => {
  const place = join(directory, 'mixed');
  mkdirSync(place);
  for (const name of ['empty-1', 'empty-2']) mkdirSync(join(place, name));
  const glob = join(place, '*');
  const none = await dllogger(['summary', glob]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /^dllogger: there is no log in what ".*\*" matches\n$/);
  copyFileSync(log, join(place, 'log.json'));
  const { code, stdout } = await dllogger(['summary', '--json', glob]);
  assert.equal(code, 0);
  assert.deepEqual(
    JSON.parse(stdout).map(({ path }: { path: string }) => path),
    [join(place, 'log.json')],
  );
});

test('-m takes names, globs, regular expressions and exclusions', async () => {
  const metrics = async (...patterns: string[]) => {
    const args = patterns.flatMap((pattern) => ['-m', pattern]);
    const { stdout, stderr } = await dllogger(['summary', '--json', log, ...args]);
    assert.equal(stderr, '');
    return JSON.parse(stdout)[0].metrics.map(({ metric }: { metric: string }) => metric);
  };
  assert.deepEqual(await metrics('*.loss'), ['train.loss', 'val.loss']);
  assert.deepEqual(await metrics('^val', 'lr'), ['val.loss', 'lr']);
  assert.deepEqual(await metrics('-lr,-/loss$/'), ['a,b']);
  assert.deepEqual(await metrics('a,b'), ['a,b']);
  const plotted = await dllogger(['plot', '--json', '-m', '*loss,-val*', log]);
  assert.equal(JSON.parse(plotted.stdout).length, 1);
  const tailed = await dllogger(['tail', '--json', '-n', '1', '-m', '^train', log]);
  assert.equal(tailed.code, 0);
});

test('a name that matches nothing is an error that lists near names, in every command', async () => {
  for (const args of [
    ['summary', log],
    ['tail', log],
    ['plot', log],
    ['compare', log, log],
    ['export', log, '--to', 'csv'],
    ['export', log, '--to', 'ndjson'],
    ['merge', log, '-o', '-'],
    ['forward', log, '--tensorboard', join(directory, 'tb')],
  ]) {
    const { code, stdout, stderr } = await dllogger([...args, '-m', 'lr,va.loss']);
    assert.equal(code, 2, args[0]);
    assert.match(stderr, /^dllogger: -m: no metric is "va\.loss"; did you mean "val\.loss"/);
    if (args[0] !== 'tail') assert.equal(stdout, '', args[0]);
  }
});

test('with --json errors are JSON, too', async () => {
  const missing = join(directory, 'missing.json');
  for (const name of ['summary', 'tail', 'plot', 'export', 'repair']) {
    const rest = name === 'repair' ? ['-o', '-'] : [];
    const { code, stdout } = await dllogger([name, '--json', missing, ...rest]);
    const { error } = JSON.parse(stdout);
    assert.deepEqual([code, error.code, error.path], [2, 'ENOENT', missing], name);
    assert.match(error.message, /no such file or directory/);
  }
  const { stdout } = await dllogger(['summary', '--json', log, missing]);
  const [good, bad] = JSON.parse(stdout);
  assert.deepEqual(
    [good.path, log.endsWith(good.run), bad.path, bad.error.code],
    [log, true, missing, 'ENOENT'],
  );
  const recovered = await dllogger(['recover', '--json', missing]);
  const forwarded = await dllogger([
    'forward',
    '--json',
    missing,
    '--tensorboard',
    join(directory, 'tb'),
  ]);
  for (const [name, { code, stdout }] of Object.entries({ recovered, forwarded })) {
    const [{ path, error }] = JSON.parse(stdout);
    assert.deepEqual([code, error.code, path], [2, 'ENOENT', missing], name);
    assert.match(error.message, /no such file or directory/);
  }
  for (const [args, message] of [
    [['summary', '--json', '--frob'], /^Unknown option '--frob'/],
    [['export', '--json', '--to', 'csv', log], /^--json is --to json: leave out --to csv$/],
  ] as const) {
    const { code, stdout } = await dllogger(args);
    assert.equal(code, 2);
    assert.match(JSON.parse(stdout).error.message, message);
  }
});

test('a log alone is summarised; -V is the version; --no-color is obeyed', {
  skip: noTerminal,
}, async () => {
  assert.equal((await dllogger([log])).stdout, (await dllogger(['summary', log])).stdout);
  const { stdout: version } = await dllogger(['--version']);
  for (const args of [['-V'], ['summary', '-V'], ['merge', '--version']]) {
    assert.equal((await dllogger(args)).stdout, version);
  }
  const plain = await dlloggerInTerminal(['summary', log, '--no-color'], 100);
  assert.ok(plain.stdout.includes('val.loss') && !plain.stdout.includes('\x1b'));
  assert.ok((await dlloggerInTerminal(['summary', log], 100)).stdout.includes('\x1b'));
});

test('a long reading shows its progress in a terminal: of one log, and of the names in logs to forward', {
  skip: noTerminal || (!isLong && 'npm run test:long reads logs that are so large'),
}, async () => {
  const large = join(temporaryDirectory(), 'large.json');
  writeFileSync(large, `${readFileSync(log, 'utf8')}${'a foreign line\n'.repeat(1_500_000)}`);
  const names = ['forward', '-m', 'lost', '--tensorboard', join(directory, 'events')];
  for (const [args, what] of [
    [['summary', large], `% of ${large}`],
    [[...names, large, log], '% of the names in 2 logs'],
  ] as const) {
    const { stdout } = await dlloggerInTerminal(args, 200);
    assert.ok(stdout.includes(what), stdout);
  }
});

test('COLUMNS sets the width without a terminal, of tables and of lines of records', async () => {
  for (const args of [
    ['summary', log],
    ['tail', log],
    ['compare', log, log],
    ['help', 'plot'],
  ]) {
    const wide = await dllogger(args);
    const narrow = await dllogger(args, { env: { COLUMNS: '40' } });
    const longest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
    assert.ok(longest(wide.stdout) > 40 || args[0] === 'compare', args[0]);
    const body = narrow.stdout.replaceAll(log, '');
    assert.ok(longest(body) <= 40, `${args[0]}: ${narrow.stdout}`);
  }
});

test('times carry their zone', async () => {
  for (const [zone, offset] of [
    ['UTC', '+00:00'],
    ['Asia/Kolkata', '+05:30'],
    ['America/New_York', '-0[45]:00'],
  ] as const) {
    const { stdout } = await dllogger(['summary', log], { env: { TZ: zone } });
    const time = `\\d\\d:\\d\\d:\\d\\d${offset.replace('+', '\\+')}`;
    assert.match(
      stdout.replace(/\s+/g, ' '),
      new RegExp(`from [-\\d]+ ${time} to [-\\d]+ ${time} `),
    );
  }
});

test('a binary file is no log; a file of NUL bytes is a log with a hole', async () => {
  const binary = join(directory, 'binary');
  const program = openSync(process.execPath, 'r');
  const beginning = Buffer.alloc(times(2 ** 17, 2 ** 22));
  writeFileSync(binary, beginning.subarray(0, readSync(program, beginning)));
  closeSync(program);
  const before = readFileSync(binary);
  for (const args of [
    ...[['summary'], ['tail'], ['plot'], ['export', '--json'], ['merge', '-o', '-'], ['recover']],
    ...[
      ['repair', '-o', '-'],
      ['recover', '--list'],
      ['compare', log],
    ],
  ]) {
    const found = await dllogger([...args, binary]);
    assert.equal(found.code, 2, args[0]);
    assert.match(found.stderr, /^dllogger: ".*binary" is not a DLLL log: .*\n$/, args[0]);
  }
  // A newline would be added to the unfinished last line of a log.
  assert.ok(readFileSync(binary).equals(before));
  const hole = await dllogger(['summary', '-'], { input: Buffer.alloc(5000) });
  assert.equal(hole.code, 1);
  assert.match(hole.stdout, /1 problem: 1 hole/);
});

test('steps of one component are steps, not epochs', async () => {
  const { stdout } = await dllogger(['summary', log]);
  assert.match(stdout, / 5 steps /);
  assert.doesNotMatch(stdout, /epoch/);
  const [answer] = JSON.parse((await dllogger(['summary', '--json', log])).stdout);
  assert.deepEqual([answer.epochs, answer.steps], [0, 5]);
});

/**
 * What each shell is told, so that it prints `FOUND` and what it types for `dllogger WORDS` and the Tab key, for each
 * of some words.
 */
const COMPLETERS: Readonly<Record<string, (script: string, all: readonly string[]) => string[]>> = {
  bash: (script, all) => {
    const calls = all.map((words) => {
      const typed = words.split(' ').map((word) => `'${word}'`);
      const call = `COMP_WORDS=(dllogger ${typed.join(' ')}); COMP_CWORD=${typed.length}; _dllogger`;
      return `COMPREPLY=(); ${call}; printf 'FOUND %s\n' "\${COMPREPLY[0]}"`;
    });
    return ['-c', [`. '${script}'`, ...calls].join('\n')];
  },
  // The lines are completed and entered in a terminal of its own.
  zsh: (script, all) => [
    '-fc',
    `zmodload zsh/zpty; zpty z zsh -f -i
    zpty -w z 'autoload -Uz compinit; compinit -u -D; . "${script}"; dllogger() { print -r -- FOU""ND $@[-1]; }'
    for words in ${all.map((words) => `'${words}'`).join(' ')}; do
      zpty -n -w z "dllogger $words"$'\t; print EN""D\n'
      zpty -r z line $'*END*\n' && print -r -- $line
    done
    zpty -d z`,
  ],
  fish: (script, all) => [
    '-c',
    [
      `source '${script}'`,
      ...all.map((words) => `echo FOUND (complete -C 'dllogger ${words}')[1]`),
    ].join('\n'),
  ],
};

const COMPLETED = [
  ['expo', 'export'],
  ['help su', 'summary'],
  ['compare --so', '--sort'],
  ['export x --to nd', 'ndjson'],
  ['merge --reduce su', 'sum'],
  ['completion zs', 'zsh'],
  ['summary a', 'a run.json'],
  ['a', 'a run.json'],
  ['--vers', '--version'],
] as const;

test('completion is a script that the shell takes: it completes commands, options, values and files', async () => {
  const place = join(directory, 'completed');
  mkdirSync(place);
  copyFileSync(log, join(place, 'a run.json'));
  for (const [shell, callOf] of Object.entries(COMPLETERS)) {
    const script = join(directory, `completion.${shell}`);
    const { code, stdout } = await dllogger(['completion', shell]);
    assert.equal(code, 0);
    for (const word of ['summary', 'forward', 'all-sessions', 'allow-host', 'no-color']) {
      assert.ok(stdout.includes(word), `${shell}: ${word}`);
    }
    writeFileSync(script, stdout);
    const { status, stderr, error } = spawnSync(shell, ['-n', script], { encoding: 'utf8' });
    if (error !== undefined) continue;
    assert.deepEqual([status, stderr], [0, ''], shell);
    const all = COMPLETED.map(([words]) => words);
    const answer = spawnSync(shell, callOf(script, all), { encoding: 'utf8', cwd: place });
    const found = Array.from(answer.stdout.matchAll(/FOUND ?(.*?) *[\t\r\n]/g), ([, word = '']) =>
      word.replace(/=$/, ''),
    );
    const expected = COMPLETED.map(([, word]) => word);
    assert.deepEqual(found, expected, `${shell}: ${answer.stdout}`);
  }
});

test('serve says what it finds and what it waits for, and opens a browser', {
  skip: process.platform === 'win32',
}, async () => {
  const opened = join(directory, 'opened');
  const browser = join(directory, 'browser');
  writeFileSync(browser, `#!/bin/sh\necho "$1" > ${opened}\n`);
  chmodSync(browser, 0o755);
  const waited = join(empty, 'later.json');
  const args = ['serve', folder, empty, waited, '--port', '0', '--open'];
  const env = { ...process.env, BROWSER: browser };
  const child = spawn(process.execPath, [BIN, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  for await (const text of child.stdout?.setEncoding('utf8') ?? []) {
    stdout += text;
    if (/ files? (is|are) no log/.test(stdout)) child.kill('SIGINT');
  }
  assert.match(stdout, /waiting for .*later\.json, which is not there yet\n/);
  assert.match(stdout, /runs, .*empty: 3 logs; 2 files are no log\n/);
  for (let i = 0; i < 100 && !existsSync(opened); i++) await sleep(50);
  assert.match(readFileSync(opened, 'utf8'), /^http:\/\/127\.0\.0\.1:\d+\/\n$/);
});

test('serve takes globs', async () => {
  const server = await serve([join(folder, 'run-*.json')]);
  const runs = await server.until((found) => found.get('run-9.json')?.records === 5);
  assert.deepEqual(runs.map(({ name }) => name).sort(), ['run-10.json', 'run-9.json']);
});
