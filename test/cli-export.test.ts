import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dllogger, dlloggerWithInput } from './support/cli.js';
import { withLog } from './support/log.js';
import { temporaryDirectory } from './support/run.js';

const directory = temporaryDirectory();
const path = withLog((logger) => {
  logger.log('PARAMETER', { lr: 0.1 });
  logger.log([0, 1], { loss: 0.5, epoch: 9 });
  logger.log(7, { loss: Number.NaN, 'a,"b"\n': 'x,"y"\n' });
  logger.log('90%', { late: [1, { b: null }], loss: null });
});

/** Rows of CSV without the times, which differ. */
function rows(stdout: string): string[] {
  return stdout.replace(/^[\d.]+,[^,]*,[\d.e-]+,/gm, '').split(/\n(?=[^"]*(?:"[^"]*"[^"]*)*$)/);
}

const WIDE = [
  'timestamp,datetime,elapsedtime,step,epoch,iteration,validation,loss,data.epoch,"a,""b""\n",late',
  '"[0,1]",0,1,,0.5,9,,',
  '7,7,,,NaN,,"x,""y""\n",',
  '90%,,,,,,,"[1,{""b"":null}]"',
  '',
];

test('a row for each record, a column for each metric, also of those that come late', async () => {
  const { code, stdout } = await dllogger(['export', path, '--to', 'csv']);
  assert.equal(code, 0);
  assert.deepEqual(rows(stdout), WIDE);
  assert.equal((await dllogger(['export', path, '--to', 'csv', '--wide'])).stdout, stdout);
  assert.equal(
    dlloggerWithInput(['export', '-', '--to', 'csv'], readFileSync(path)).stdout,
    stdout,
  );
});

test('a row for each value', async () => {
  const { stdout } = await dllogger(['export', path, '--to', 'csv', '--long']);
  assert.deepEqual(rows(stdout), [
    'timestamp,datetime,elapsedtime,step,epoch,iteration,validation,metric,value',
    '"[0,1]",0,1,,loss,0.5',
    '"[0,1]",0,1,,epoch,9',
    '7,7,,,loss,NaN',
    '7,7,,,"a,""b""\n","x,""y""\n"',
    '90%,,,,late,"[1,{""b"":null}]"',
    '90%,,,,loss,',
    '',
  ]);
});

test('JSON as one list, or an object a line', async () => {
  const { stdout } = await dllogger(['export', path, '--to', 'json']);
  const list = JSON.parse(stdout);
  assert.equal(list.length, 3);
  const { timestamp, elapsedtime, datetime, ...rest } = list[0];
  assert.ok(timestamp > 1e9 && elapsedtime < 100 && datetime.startsWith('20'));
  assert.deepEqual(rest, { step: [0, 1], epoch: 0, iteration: 1, loss: 0.5, 'data.epoch': 9 });
  assert.equal((await dllogger(['export', path, '--json'])).stdout, stdout);
  const lines = (await dllogger(['export', path, '--to', 'ndjson'])).stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    list,
  );
  const long = await dllogger(['export', path, '--to', 'json', '--long', '--parameters']);
  assert.deepEqual(
    JSON.parse(long.stdout).map(({ metric, value }: Record<string, unknown>) => [metric, value])[0],
    ['lr', 0.1],
  );
});

test('some metrics only, and into a file', async () => {
  const target = join(directory, 'out.csv');
  const args = ['export', path, '--to', 'csv', '-m', 'l*', '-o', target];
  const { code, stdout } = await dllogger(args);
  assert.deepEqual([code, stdout], [0, '']);
  assert.match(readFileSync(target, 'utf8'), /,validation,loss,late\n/);
});
