/** The recipes of docs/BACKENDS.md, as they stand there. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { implementation } from 'dllogger';
import { withLog } from '../support/log.js';
import { ENDS_SURELY, ROOT, readRecords, run, temporaryDirectory } from '../support/run.js';

const page = readFileSync(join(ROOT, 'docs', 'BACKENDS.md'), 'utf8');

/** The block of code that contains a text, as JavaScript. */
function blockWith(text: string): string {
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
  const block = blocks.find((one) => one.includes(text));
  assert.ok(block);
  return block.replace(': Buffer[]', '');
}

const directory = temporaryDirectory();
// Inside the package, so that 'dllogger' resolves to it.
const script = join(ROOT, 'out', `recipe-${process.pid}.mjs`);
after(() => rmSync(script, { force: true }));

const stepsOf = (path: string) => readRecords(path).map(({ step }) => step);

test('a log is cut back to a checkpoint and continued', async () => {
  const complete = withLog((logger) => {
    logger.log('PARAMETER', { lr: 0.1 });
    for (let epoch = 0; epoch < 5; epoch++) logger.log([epoch, 0], { loss: epoch });
  });
  const path = join(directory, 'log.json');
  copyFileSync(complete, path);
  writeFileSync(script, blockWith('recover(path)'));
  const { code, stderr } = await run(process.execPath, [...ENDS_SURELY, script], {
    cwd: directory,
  });
  assert.deepEqual([code, stderr], [0, '']);
  assert.deepEqual(stepsOf(path), ['PARAMETER', [0, 0], [1, 0], [2, 0], [3, 0]]);
});

test('a log whose run was killed with records in its ring is cut back and continued, too', {
  skip: implementation !== 'native' && 'without a ring there is nothing to recover',
}, async () => {
  const path = join(directory, 'log.json');
  rmSync(path);
  const killed = `
    import { JSONStreamBackend, Logger } from 'dllogger';
    const logger = new Logger([new JSONStreamBackend(1, 'log.json')]);
    for (let i = 0; i < 3000; i++) logger.log([i >> 10, i], { loss: i });
    process.kill(process.pid, 'SIGKILL');
  `;
  writeFileSync(script, killed);
  await run(process.execPath, [script], { cwd: directory });
  writeFileSync(script, blockWith('recover(path)'));
  const { code, stderr } = await run(process.execPath, [...ENDS_SURELY, script], {
    cwd: directory,
  });
  assert.deepEqual([code, stderr], [0, '']);
  const steps = stepsOf(path);
  assert.equal(steps.length, 3001);
  assert.deepEqual(
    [steps[2999], steps[3000]],
    [
      [2, 2999],
      [3, 0],
    ],
  );
});

test('JSON lines on standard output: to a pipe, and to a file that keeps what it holds', {
  skip: process.platform === 'win32' && 'there is no /dev/stdout',
}, async () => {
  assert.match(
    page,
    /new JSONStreamBackend\(Verbosity\.VERBOSE, '\/dev\/stdout', \{ append: true \}\)/,
  );
  const lines = `
    import { JSONStreamBackend, Logger, Verbosity } from 'dllogger';
    const backend = new JSONStreamBackend(Verbosity.VERBOSE, '/dev/stdout', { append: true });
    const logger = new Logger([backend]);
    for (let i = 0; i < 5000; i++) logger.log([i], { loss: i });
  `;
  writeFileSync(script, lines);
  const piped = await run('sh', ['-c', '"$0" "$1" | cat', process.execPath, script]);
  assert.equal(piped.stdout.trimEnd().split('\n').length, 5000);
  const path = join(directory, 'redirected.txt');
  await run('sh', ['-c', 'echo before > "$2"; "$0" "$1" >> "$2"', process.execPath, script, path]);
  const text = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.deepEqual([text[0], text.length], ['before', 5001]);
});

test('what a process and its shell print goes between the lines of a log that is their standard output', {
  skip:
    (process.platform === 'win32' && 'there is no /dev/stdout') ||
    (implementation !== 'native' && 'JavaScript cannot have a stream append'),
}, async () => {
  const lines = `
    import { JSONStreamBackend, Logger, Verbosity } from 'dllogger';
    const backend = new JSONStreamBackend(Verbosity.VERBOSE, '/dev/stdout', { append: true });
    const logger = new Logger([backend]);
    logger.log([0], { loss: 0 });
    logger.flush();
    console.log('between');
    logger.log([1], { loss: 1 });
    logger.close();
    console.log('behind');
  `;
  writeFileSync(script, lines);
  const path = join(directory, 'printed.txt');
  const shell = '(echo before; "$0" "$1"; echo last) > "$2"';
  await run('sh', ['-c', shell, process.execPath, script, path]);
  const words = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[0]);
  assert.deepEqual(words, ['before', 'DLLL', 'between', 'DLLL', 'behind', 'last']);
});
