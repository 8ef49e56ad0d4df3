/** The command line as a whole: help, usage, exit codes, pipes, terminals. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { dllogger, dlloggerPipedTo, dlloggerProcess, dlloggerWithInput } from '../support/cli.js';
import { withLog } from '../support/log.js';
import { isLong } from '../support/long.js';
import { temporaryDirectory } from '../support/run.js';
import { dlloggerInTerminal, noTerminal } from '../support/terminal.js';

const directory = temporaryDirectory();
const COMMANDS = ['summary', 'tail', 'plot', 'serve', 'compare', 'export', 'merge', 'repair'];

function write(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const good = withLog((logger) => {
  logger.log('PARAMETER', { lr: 0.1, model: 'resnet50' });
  logger.metadata('loss', { unit: 'nat', format: ':.3f', GOAL: 'MINIMIZE' });
  for (let i = 0; i < 30; i++) logger.log([0, i], { loss: 1 / (1 + i), speed: 100 + i });
});

test('help names every command, and each command has help of its own', async () => {
  const { stdout, code } = await dllogger(['--help']);
  assert.equal(code, 0);
  for (const name of COMMANDS) {
    assert.match(stdout, new RegExp(`^ {2}${name} +\\w`, 'm'));
    const help = await dllogger([name, '--help']);
    assert.deepEqual([help.code, help.stderr], [0, '']);
    assert.match(help.stdout, new RegExp(`^dllogger ${name} `));
    assert.match(help.stdout, /^ +--json +the answer as JSON/m);
    assert.equal((await dllogger(['help', name])).stdout, help.stdout);
  }
  const bare = await dllogger([]);
  assert.deepEqual([bare.code, bare.stdout], [2, stdout]);
  assert.match((await dllogger(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('bad usage is one line on standard error, and exit code 2', async () => {
  for (const [args, message] of [
    [
      ['sumary'],
      /^dllogger: there is no command "sumary"; did you mean summary\? \(dllogger --help /,
    ],
    [['xyzzy'], /^dllogger: there is no command "xyzzy" \(dllogger --help lists them all\)\n$/],
    [['help', 'exprt'], /^dllogger: there is no command "exprt"; did you mean export\? /],
    [
      ['summary', '--metrics', 'x', good],
      /^dllogger: Unknown option '--metrics', did you mean --metric\?; /,
    ],
    [['summary'], /^dllogger: too few arguments; usage: dllogger summary LOG\|DIR\.\.\. /],
    [['tail', good, good], /^dllogger: too many arguments; usage: dllogger tail /],
    [
      ['summary', '--frobnicate', good],
      /^dllogger: Unknown option '--frobnicate'; dllogger summary --help/,
    ],
    [['tail', '-n', 'x', good], /^dllogger: -n takes a whole number of at least 0, not "x"\n$/],
    [['export', good], /^dllogger: export needs --to csv, --to json, /],
    [['export', '--to', 'xml', good], /^dllogger: --to takes csv, json, .*ndjson, not "xml"\n$/],
    [['export', '--to', 'csv', '--wide', '--long', good], /either --wide or --long\n$/],
    [['merge', good], /^dllogger: merge writes to a file: -o OUT\n$/],
    [['merge', good, '-o', good], /is one of the logs to read: name another file\n$/],
    [['repair', good], /^dllogger: repair writes either to a file \(-o OUT\) or --in-place\n$/],
    [['repair'], /; usage: dllogger repair LOG \(-o OUT \| --in-place\) \(see dllogger repair /],
    [['compare', '-', '-'], /^dllogger: standard input \(-\) can be read only once\n$/],
    [['tail', '--step', '5-3', good], /the range 5-3 holds nothing\n$/],
    [['summary', good, '-m'], /^dllogger: --metric lacks its PATTERNS; dllogger summary --help/],
    [['export', good, '-m', '--wide'], /^dllogger: --metric lacks its PATTERNS; dllogger export /],
    [['export', good, '--to'], /^dllogger: --to lacks its FORMAT; dllogger export --help/],
    [['recover', '-'], /^dllogger: recover changes files: name the log\n$/],
  ] as const) {
    const { code, stdout, stderr } = await dllogger(args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, message);
    assert.equal(stderr.split('\n').length, 2);
  }
});

test('a file that cannot be read gives one line that names it, and exit code 2', async () => {
  const missing = join(directory, 'missing\x1b[31m.json');
  const text = write('text.txt', 'hello\n');
  // serve waits for logs that do not exist yet.
  for (const name of COMMANDS.filter((command) => command !== 'serve')) {
    const more = {
      compare: [good],
      merge: ['-o', '-'],
      export: ['--to', 'csv'],
      repair: ['-o', '-'],
    };
    const rest = more[name as keyof typeof more] ?? [];
    const { code, stderr } = await dllogger([name, missing, ...rest]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^dllogger: cannot read ".*missing\\x1b\[31m\.json": no such file or directory \(ENOENT\)\n$/,
    );
    const other = await dllogger([name, text, ...rest]);
    assert.equal(other.code, 2, name);
    assert.match(
      other.stderr,
      /^dllogger: ".*text\.txt" is not a DLLL log: its only line is not a rec/,
    );
  }
});

test('a log with problems gives exit code 1, also as that of a process, and each command tells of them', async () => {
  const record =
    'DLLL {"timestamp": "1.5", "datetime": "", "elapsedtime": "0.5", "type": "LOG", "step": [0], "data": {"loss": 1}}\n';
  const path = write('problems.json', `${record}oops\n${record}`);
  for (const args of [
    ['summary', path],
    ['summary', '--json', path],
    ['tail', path],
    ...[[], ['--json'], ['--to', 'csv']].map((format) => ['compare', path, good, ...format]),
    ...[[], ['--json'], ['--svg', '-']].map((format) => ['plot', path, ...format]),
    ['export', '--to', 'csv', path],
    ['merge', path, '-o', join(directory, 'm.json')],
    ['repair', path, '-o', join(directory, 'r.json')],
  ]) {
    const { code, stdout, stderr } = await dllogger(args);
    assert.equal(code, 1, args.join(' '));
    assert.match(`${stdout}${stderr}`, /1 problem|oops/);
  }
  assert.equal((await dlloggerProcess(['summary', path])).code, 1);
});

test('- reads standard input', async () => {
  const record =
    'DLLL {"timestamp": "1.5", "datetime": "", "elapsedtime": "0.5", "type": "LOG", "step": [0], "data": {"loss": 1}}\n';
  for (const args of [
    ['summary', '-'],
    ['tail', '-'],
    ['compare', '-', good],
    ['export', '--to', 'csv', '-'],
    ['export', '--to', 'csv', '--long', '-'],
    ['merge', '-', '-o', '-'],
    ['repair', '-', '-o', '-'],
  ]) {
    const { code, stdout, stderr } = await dllogger(args, { input: record });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /loss/);
    // One of them in a process of its own, whose standard input is a pipe.
    if (isLong || args.includes('--long'))
      assert.deepEqual(dlloggerWithInput(args, record).stdout, stdout);
  }
});

test('a broken pipe ends quietly', async () => {
  // Each output is larger than the memory of a pipe.
  const text = 'x'.repeat(200);
  const long = withLog((logger) => {
    for (let i = 0; i < 3000; i++) logger.log([0, i], { loss: i, text });
  });
  for (const args of [
    ['tail', '-n', 'all', long],
    ['export', '--to', 'csv', long],
    ...(isLong
      ? [
          ['export', '--to', 'json', '--long', long],
          ['repair', long, '-o', '-'],
          ['merge', long, '-o', '-'],
        ]
      : []),
  ]) {
    const { code, signal, stdout, stderr } = await dlloggerPipedTo(args, 3);
    assert.deepEqual([code, signal, stderr], [0, null, ''], args.join(' '));
    assert.ok(stdout.length > 100);
  }
  // What was told before makes the exit code.
  const partly = await dlloggerPipedTo(['plot', '--json', `${long}.missing`, long], 0);
  assert.deepEqual([partly.code, partly.signal], [2, null]);
  assert.match(partly.stderr, /^dllogger: cannot read "[^"]+missing": [^\n]+\n$/);
});

const hostile = withLog((logger) => {
  const name = '\x1b]0;owned\x07\x1b[2J\u202egnp';
  logger.log('PARAMETER', { [name]: name });
  logger.metadata(name, { unit: name, format: `${name}:.1f`, GOAL: 'MINIMIZE' });
  logger.log([0, 1], { [name]: 1, text: `${name}\r\n` });
  logger.log(name, { [name]: 2 });
});

test('names and values that hold terminal escapes are shown escaped', {
  skip: noTerminal,
}, async () => {
  for (const [i, args] of [
    ['summary', hostile],
    ['tail', '-n', 'all', hostile],
    ['compare', hostile, good],
  ].entries()) {
    // A table is laid out anew where the terminal is narrow.
    for (const columns of isLong || i === 0 ? [40, 200] : [40]) {
      const { stdout } = await dlloggerInTerminal(args, columns, { NO_COLOR: '1' });
      assert.match(stdout, /\\x1b\]0;owned\\x07\\x1b\[2J\\u202egnp/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there.
      assert.doesNotMatch(stdout.replaceAll('\r\n', '\n'), /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    }
  }
});

test('on a terminal there are colours, and no line is wider than the terminal', {
  skip: noTerminal,
}, async () => {
  for (const args of [
    ['summary', good],
    ['tail', good],
    ['compare', good, hostile],
  ]) {
    for (const columns of [30, 100]) {
      const coloured = await dlloggerInTerminal(args, columns);
      assert.ok(coloured.stdout.includes('\x1b['), args[0]);
      const text = stripVTControlCharacters(coloured.stdout);
      if (isLong || columns === 100) {
        const { stdout } = await dlloggerInTerminal(args, columns, { NO_COLOR: '1' });
        assert.equal(stdout, text);
      }
      const lines = text.split('\r\n').filter((line) => !line.includes('owned'));
      const widest = lines.reduce((a, b) => (a.length > b.length ? a : b));
      assert.ok(widest.length <= Math.max(columns, 40), `${columns}: ${widest}`);
    }
  }
  const { stdout } = await dllogger(['summary', good]);
  assert.ok(!stdout.includes('\x1b'));
  const forced = await dllogger(['summary', good], { env: { FORCE_COLOR: '1' } });
  assert.ok(forced.stdout.includes('\x1b['));
});
