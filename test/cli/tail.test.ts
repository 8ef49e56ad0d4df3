import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { BIN, dllogger } from '../support/cli.js';
import { newPath, withLog } from '../support/log.js';

const path = withLog((logger) => {
  logger.log('PARAMETER', { lr: 0.1 });
  logger.metadata('loss', { unit: 'nat', format: ':.2f' });
  for (let epoch = 0; epoch < 2; epoch++) {
    for (let i = 0; i < 12; i++) logger.log([epoch, i], { loss: i, 'val.loss': 1 / 3, lr: 0.1 });
  }
  logger.log([], { text: 'done' });
});

/** Lines without their times. */
function lines(stdout: string): string[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}/, ''));
}

test('tail shows the last ten records, aligned, with formats and units', async () => {
  const { code, stdout } = await dllogger(['tail', path]);
  assert.equal(code, 0);
  const shown = lines(stdout);
  assert.equal(shown.length, 10);
  assert.equal(shown[0], '(1, 3)  loss 3.00 nat  val.loss 0.333333  lr 0.1');
  assert.equal(shown[7], '(1, 10)  loss 10.00 nat  val.loss 0.333333  lr 0.1');
  assert.equal(shown[8], '(1, 11)  loss 11.00 nat  val.loss 0.333333  lr 0.1');
  assert.equal(shown[9], '()       text done');
});

test('-n sets the number of records', async () => {
  assert.equal(lines((await dllogger(['tail', '-n', '3', path])).stdout).length, 3);
  assert.equal((await dllogger(['tail', '-n', '0', path])).stdout, '');
  const all = lines((await dllogger(['tail', '-n', 'all', path])).stdout);
  assert.equal(all.length, 27);
  assert.equal(all[0], 'PARAMETER  lr 0.1');
  assert.equal(all[1], 'metadata   loss  unit nat  format :.2f');
});

test('-m and -s choose metrics and steps', async () => {
  const shown = async (...args: string[]) =>
    lines((await dllogger(['tail', '-n', 'all', ...args, path])).stdout);
  assert.equal((await shown('-m', 'loss')).length, 24);
  assert.deepEqual(await shown('-m', 'val.*,text', '-s', '1,3'), ['(1, 3)  val.loss 0.333333']);
  assert.equal((await shown('-s', '1')).length, 12);
  assert.equal((await shown('-s', '*,0-2')).length, 6);
  assert.equal((await shown('-s', '(1, 3)')).length, 1);
  assert.deepEqual(await shown('-s', '()'), ['()  text done']);
  assert.deepEqual(await shown('-s', 'PARAMETER'), ['PARAMETER  lr 0.1']);
  assert.deepEqual(await shown('-m', 'nothing'), ['']);
});

test('the last records of a large log are found, however far back they lie', async () => {
  const large = withLog((logger) => {
    logger.metadata('loss', { unit: 'nat', format: ':.2f' });
    logger.log([0, 0], { rare: 1 });
    for (let i = 0; i < 2400; i++) logger.log([1, i], { loss: i, text: 'x'.repeat(4000) });
  });
  const all = lines((await dllogger(['tail', '-n', 'all', '-m', 'loss', large])).stdout);
  const last = lines((await dllogger(['tail', '-n', '7', '-m', 'loss', large])).stdout);
  assert.deepEqual(last, all.slice(-7));
  assert.equal(last[6], '(1, 2399)  loss 2399.00 nat');
  const rare = await dllogger(['tail', '-n', '1', '-m', 'rare', large]);
  assert.deepEqual(lines(rare.stdout), ['(0, 0)  rare 1']);
  appendFileSync(large, `${'noise '.repeat(100)}\n`.repeat(2000));
  const noisy = await dllogger(['tail', '-n', '1', '-m', 'loss', large]);
  assert.deepEqual([noisy.code, lines(noisy.stdout)], [1, all.slice(-1)]);
  const json = await dllogger(['tail', '-n', '1', '-m', 'loss', '--json', large]);
  assert.equal(JSON.parse(json.stdout).line, 2402);
});

test('--json gives records as lines of JSON', async () => {
  const { stdout } = await dllogger(['tail', '--json', '-n', '2', path]);
  const [first, last] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual([first.kind, first.step, first.data.loss, first.line], ['LOG', [1, 11], 11, 26]);
  assert.deepEqual([last.step, last.data], [[], { text: 'done' }]);
});

test('a line that is no record is shown between the records', async () => {
  const record = 'DLLL {"timestamp": "1.5", "type": "LOG", "step": [0], "data": {"loss": 1}}\n';
  const { code, stdout } = await dllogger(['tail', '-'], { input: `${record}oops\n${record}` });
  assert.equal(code, 1);
  const shown = lines(stdout);
  assert.match(shown[1] ?? '', /^line 2, offset \d+, 4 bytes: text that is not a record: oops$/);
});

test('-f of standard input shows all of it', async () => {
  const record = 'DLLL {"timestamp": "1.5", "type": "LOG", "step": [0], "data": {"loss": 1}}\n';
  const { stdout } = await dllogger(['tail', '-f', '-n', '1', '-'], { input: record.repeat(5) });
  assert.equal(lines(stdout).length, 5);
});

test('-f shows new records, also after a rotation, until Ctrl-C', async () => {
  const log = newPath();
  const line = (step: number) =>
    `DLLL {"timestamp": "1.5", "type": "LOG", "step": [${step}], "data": {"loss": 1}}\n`;
  writeFileSync(log, line(1) + line(2) + line(3));
  const child = spawn(process.execPath, [BIN, 'tail', '-f', '-n', '2', log]);
  let stdout = '';
  const shows = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!stdout.includes(text)) return;
        child.stdout.off('data', look);
        resolve();
      };
      child.stdout.on('data', look);
      look();
    });
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  await shows('(3,)');
  assert.ok(!stdout.includes('(1,)'));
  appendFileSync(log, line(4));
  await shows('(4,)');
  renameSync(log, `${log}.1`);
  writeFileSync(log, line(5));
  await shows('(5,)');
  assert.match(stdout, /^\(the log was rotated: from its new beginning\)$/m);
  child.kill('SIGINT');
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 0);
});

test('-f waits while a directory has the name of the log, and while nothing has', async () => {
  const log = newPath();
  mkdirSync(log);
  const child = spawn(process.execPath, [BIN, 'tail', '-f', log]);
  const said = async (pattern: RegExp) => {
    const [reason] = await once(child.stderr, 'data');
    assert.match(String(reason), pattern);
  };
  await said(/^dllogger: waiting: ".*" is a directory, not a regular file\n$/);
  rmdirSync(log);
  await said(/^dllogger: waiting: cannot read ".*": no such file or directory \(ENOENT\)\n$/);
  const record = 'DLLL {"timestamp": "1.5", "type": "LOG", "step": [3], "data": {"loss": 1}}\n';
  writeFileSync(log, record);
  const [shown] = await once(child.stdout, 'data');
  assert.match(String(shown), /\(3,\)/);
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'close'), [0, null]);
});
