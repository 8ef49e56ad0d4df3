/** DuckDB and pyarrow read the same values from a Parquet table as from the CSV table of the same log. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { dllogger } from '../support/cli.js';
import { noRealLogs, noTools, python, realLogs } from '../support/ecosystem.js';
import { line, logOf, longLog } from '../support/forward.js';
import { newPath, withLog } from '../support/log.js';
import { ROOT, run } from '../support/run.js';

const CHECK = join(ROOT, 'test', 'ecosystem', 'parquet_check.py');

type Layout = 'wide' | 'long';

/** Exports each log both ways and compares; resolves to the numbers of rows. */
async function compared(...logs: readonly (readonly [log: string, layout: Layout])[]) {
  const pairs = logs.map(([log, layout]) => ({ log, layout, paths: [newPath(), newPath()] }));
  for (const { log, layout, paths } of pairs) {
    for (const [i, format] of ['parquet', 'csv'].entries()) {
      const to = ['--to', format, `--${layout}`, '--parameters', '-o', paths[i] ?? ''];
      const { code, stderr } = await dllogger(['export', log, ...to]);
      assert.ok(code === 0 || code === 1, stderr);
    }
  }
  const args = pairs.flatMap(({ layout, paths }) => [...paths, layout]);
  const { code, stdout, stderr } = await run(python, [CHECK, ...args]);
  assert.equal(code, 0, stderr);
  return stdout.trim().split('\n').map(Number);
}

describe('Parquet', { skip: noTools }, () => {
  test('values of every kind, late columns, and tables without rows are read alike', async () => {
    const odd = logOf(
      line(0, 'PARAMETER', { lr: 0.1, model: 'mlp', list: [1, { a: null }] }),
      line(1, [0, 0], { loss: 'NAN', zero: 'ZERO', ok: true, none: null, mixed: 1 }),
      line(2, [0, 1], { loss: 'INF', zero: 0, ok: false, mixed: 'a, "b"\n' }),
      line(3, [0, 2, 5], { loss: 1e-320, ok: null, late: 1.5, ünï: '😀' }),
      line(4, [1.5], { loss: 'NINF', late: null, mixed: true }),
      line(5, 'avg', { loss: 0.1, epoch: 3, elapsed_us: 4 }),
      line(6, [], { loss: 1.7976931348623157e308 }),
      line(7, [2 ** 40], { loss: 3 }),
    );
    const text = readFileSync(odd, 'utf8')
      .replace('"NAN"', 'NaN')
      .replace('"INF"', 'Infinity')
      .replace('"NINF"', '-Infinity')
      .replace('"ZERO"', '-0.0');
    writeFileSync(odd, text);
    const rows = await compared(
      [odd, 'wide'],
      [odd, 'long'],
      [logOf(), 'wide'],
      [logOf(), 'long'],
      [longLog(3, 100), 'wide'],
    );
    assert.deepEqual(rows, [8, 24, 0, 0, 1 + 3 * 102 + 1]);
  });

  test('2,000 columns are read alike', async () => {
    const wide = withLog((logger) => {
      for (let i = 0; i < 50; i++) {
        const names = Array.from({ length: 1000 }, (_, n) => `layer.${(i * 40 + n) % 2000}.norm`);
        logger.log([0, i], Object.fromEntries(names.map((name, n) => [name, Math.sin(i + n)])));
      }
    });
    assert.deepEqual(await compared([wide, 'wide']), [50]);
  });

  test('row groups in which columns are full, empty, or in between are read alike', async () => {
    const long = withLog((logger) => {
      for (let i = 0; i < 105_000; i++) {
        const late = i < 102_000 ? {} : { late: i };
        logger.log([i >> 10, i], {
          loss: Math.random(),
          ...(i % 5 === 0 && { five: -i }),
          ...late,
        });
      }
    });
    assert.deepEqual(await compared([long, 'wide']), [105_000]);
  });

  test('real logs are read alike', { skip: noRealLogs }, async () => {
    const logs = readdirSync(realLogs).filter((name) => /\.jsonl?(\.1)?$/.test(name));
    const pairs = logs.flatMap((name) =>
      (['wide', 'long'] as const).map((layout) => [join(realLogs, name), layout] as const),
    );
    const rows = await compared(...pairs);
    assert.equal(rows.length, pairs.length);
    assert.ok(rows.every((count) => count > 0));
  });
});
