import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { asyncBufferFromFile, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { dllogger } from '../support/cli.js';
import { BEGIN, line, logOf, metadataLine } from '../support/forward.js';
import { newPath, withLog } from '../support/log.js';
import { dlloggerInTerminal, noTerminal } from '../support/terminal.js';

type Row = Readonly<Record<string, unknown>>;

/** The table of a log, and its file. `columns` are those to read, all by default. */
async function exported(log: string, options: readonly string[] = [], columns?: string[]) {
  const path = newPath();
  const args = ['export', log, '--to', 'parquet', ...options, '-o', path];
  const { code, stdout, stderr } = await dllogger(args);
  assert.deepEqual([code, stdout, stderr], [0, '', '']);
  const metadata = parquetMetadata(readFileSync(path));
  const rows: Row[] = await parquetReadObjects({
    ...{ file: await asyncBufferFromFile(path), ...(columns && { columns }) },
  });
  return { metadata, rows, path };
}

test('a row for each record: times, numeric steps, and a column of its kind for each metric', async () => {
  const log = logOf(
    line(0, 'PARAMETER', { lr: 0.1, model: 'mlp' }),
    metadataLine(0, 'loss', { unit: 'nat' }),
    line(1, [0, 1], { loss: 0.5, ok: true, note: 'a', mixed: 1 }),
    line(2, 7, { loss: -0, ok: null, note: null, mixed: false }).replace('"loss":0', '"loss":-0.0'),
    line(3, [1, 2, 3, 4], { loss: 'NAN', mixed: [1, 'x'] }).replace('"NAN"', 'NaN'),
    line(4, [], { late: 'INF' }).replace('"INF"', '-Infinity'),
    line(5, 'avg', { loss: 3, elapsed_us: 4 }),
  );
  const { rows, metadata } = await exported(log);
  const at = (second: number) => ({
    timestamp: new Date((BEGIN + second) * 1000),
    elapsed_us: BigInt(second) * 1_000_000n,
  });
  const places = { step: null, epoch: null, iteration: null, validation: null, session: 0 };
  const nothing = { loss: null, ok: null, note: null, mixed: null, late: null };
  const none = { ...nothing, 'data.elapsed_us': null };
  assert.deepEqual(rows, [
    {
      ...at(1),
      ...places,
      epoch: 0,
      iteration: 1,
      ...none,
      loss: 0.5,
      ok: true,
      note: 'a',
      mixed: '1',
    },
    { ...at(2), ...places, iteration: 7, ...none, loss: -0, mixed: 'false' },
    {
      ...{ ...at(3), step: '[1,2,3,4]', epoch: 1, iteration: 2, validation: 3, session: 0 },
      ...{ ...none, loss: Number.NaN, mixed: '[1,"x"]' },
    },
    { ...at(4), ...places, step: '[]', ...none, late: Number.NEGATIVE_INFINITY },
    { ...at(5), ...places, step: 'avg', ...none, loss: 3, 'data.elapsed_us': 4 },
  ]);
  assert.deepEqual(
    Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value])),
    {
      'dllogger.parameters': '{"lr":0.1,"model":"mlp"}',
      'dllogger.metadata': '{"loss":{"unit":"nat"}}',
    },
  );
});

test('a row for each value: numbers and text have columns of their own', async () => {
  const log = logOf(line(0, [0], { loss: 0.5, note: 'a', none: null }), line(1, 'x', { ok: true }));
  const { rows } = await exported(log, ['--long', '-m', 'loss,note,none,ok']);
  assert.deepEqual(
    rows.map(({ step, epoch, metric, value, text }) => [step, epoch, metric, value, text]),
    [
      [null, 0, 'loss', 0.5, null],
      [null, 0, 'note', null, 'a'],
      [null, 0, 'none', null, null],
      ['x', null, 'ok', null, 'true'],
    ],
  );
});

test('-m chooses metrics, and --parameters adds the records of parameters', async () => {
  const log = logOf(line(0, 'PARAMETER', { lr: 0.1 }), line(1, [0], { loss: 1, speed: 2 }));
  const { rows } = await exported(log, ['-m', 'l*', '--parameters']);
  assert.deepEqual(
    rows.map(({ step, epoch, lr, loss, speed }) => [step, epoch, lr, loss, speed]),
    [
      ['PARAMETER', null, 0.1, null, undefined],
      [null, 0, null, 1, undefined],
    ],
  );
});

test('steps that are fractions or large numbers keep their values', async () => {
  const log = logOf(
    line(0, [0.5, 2 ** 40], { x: 1 }),
    line(1, [1, 2], { x: 2 }),
    line(2, [2, 'a'], { x: 3 }),
  );
  const { rows } = await exported(log);
  assert.deepEqual(
    rows.map(({ step, epoch, iteration }) => [step, epoch, iteration]),
    [
      [null, 0.5, BigInt(2 ** 40)],
      [null, 1, 2n],
      ['[2,"a"]', 2, null],
    ],
  );
});

test('a long log has row groups of 100,000 rows', async () => {
  const count = 100_500;
  const log = withLog((logger) => {
    for (let i = 0; i < count; i++) logger.log([0, i], i % 3 === 0 ? { a: i, b: -i } : { a: i });
  });
  const { metadata, rows } = await exported(log, [], ['iteration', 'a', 'b']);
  assert.deepEqual(
    metadata.row_groups.map(({ num_rows }) => num_rows),
    [100_000n, 500n],
  );
  for (const [i, { iteration, a, b }] of rows.entries()) {
    assert.deepEqual([iteration, a, b], [i, i, i % 3 === 0 ? -i : null]);
  }
});

test('logs without rows and records without elapsed times are tables too', async () => {
  for (const log of [logOf(), logOf(line(0, 'PARAMETER', { lr: 0.1 }))]) {
    const { rows, metadata } = await exported(log);
    assert.deepEqual([rows.length, metadata.schema.length], [0, 1 + 7]);
  }
  const timeless = line(0, [0], { a: 1 }).replace('"elapsedtime":"0",', '');
  const { rows } = await exported(logOf(timeless, line(1, [1], { a: 2 })));
  assert.deepEqual(
    rows.map(({ elapsed_us, a }) => [elapsed_us, a]),
    [
      [null, 1],
      [1_000_000n, 2],
    ],
  );
});

test('a binary format is not written to a terminal', { skip: noTerminal }, async () => {
  const log = logOf(line(0, [0], { loss: 1 }));
  const { code, stdout } = await dlloggerInTerminal(['export', log, '--to', 'parquet'], 80);
  assert.equal(code, 2);
  assert.match(
    stdout,
    /^dllogger: parquet is not text that a terminal can show: name a file with -o\r?\n$/,
  );
});
