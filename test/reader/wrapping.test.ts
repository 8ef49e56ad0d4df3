/** Logs as launchers, consoles and containers pass them on: with text before or around every line. */
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BadLineError, loadRun, readLog } from 'dllogger/reader';
import { dllogger } from '../support/cli.js';
import { contentOf, line } from '../support/reader.js';
import { temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const lines = Array.from({ length: 40 }, (_, i) => line(`[${i}]`, `{"loss": ${i}, "name": "µ"}`));
const text = lines.join('');

/** Reads text in chunks of several sizes, and checks that the size does not matter. */
async function stepsOf(bytes: Buffer | string): Promise<unknown[]> {
  const all = await Promise.all([11, 64, 2 ** 20].map((size) => contentOf(bytes, size)));
  const [first] = all;
  for (const one of all) assert.deepEqual(one, first);
  assert.deepEqual([first?.problems, first?.error], [[], undefined]);
  return (first?.entries ?? []).map((entry) => entry.kind === 'LOG' && entry.step);
}

const STEPS = lines.map((_, i) => [i]);

for (const [launcher, before] of [
  ['srun -l', (i: number) => `${i % 8}: `],
  ['torchrun', (i: number) => `[rank${i % 8}]: `],
  ['journald', (i: number) => `Nov 29 10:00:${i} gpu-box train.sh[4711]: `],
  ['a progress bar', (i: number) => `epoch 1: ${i} %\r`],
] as const) {
  test(`what ${launcher} writes before every line is no problem of a log`, async () => {
    const prefixed = lines.map((one, i) => before(i) + one);
    assert.deepEqual(await stepsOf(prefixed.join('')), STEPS);
    assert.deepEqual(await stepsOf(prefixed.slice(0, 3).join('')), STEPS.slice(0, 3));
    const path = join(directory, 'strict.json');
    writeFileSync(path, prefixed.join(''));
    assert.equal((await dllogger(['summary', path])).code, 0);
    assert.equal((await loadRun(path, { strict: true })).counts.LOG, lines.length);
  });
}

test('text before only some of the records is a problem, reported for each', async () => {
  const some = [`0: ${lines[0]}`, `0: ${lines[1]}`, ...lines.slice(2, 5), `0: ${lines[5]}`];
  const { entries, problems } = await contentOf(some.join(''));
  assert.equal(entries.length, 6);
  assert.deepEqual(
    problems.map((problem) => [problem.line, problem.reason, problem.excerpt]),
    [1, 2, 6].map((number) => [number, 'foreign', '0: ']),
  );
  const path = join(directory, 'some.json');
  writeFileSync(path, some.join(''));
  await assert.rejects(loadRun(path, { strict: true }), BadLineError);
});

test('a piece of a record before another one stays a problem', async () => {
  const cut = lines.map((one, i) => `DLLL {"timest${i}${one}`);
  const { entries, problems } = await contentOf(cut.join(''));
  assert.deepEqual([entries.length, problems.length], [lines.length, lines.length]);
});

test("UTF-16, as PowerShell's > writes it, is read", async () => {
  const windows = text.replaceAll('\n', '\r\n');
  const little = Buffer.from(`\ufeff${windows}`, 'utf16le');
  assert.deepEqual(await stepsOf(little), STEPS);
  assert.deepEqual(await stepsOf(Buffer.from(windows, 'utf16le')), STEPS);
  assert.deepEqual(await stepsOf(Buffer.from(little).swap16()), STEPS);
  const path = join(directory, 'windows.json');
  writeFileSync(path, little);
  const { code, stdout } = await dllogger(['summary', path]);
  assert.equal(code, 0);
  assert.match(stdout, /40 records/);
  // So large that commands would read only its end.
  writeFileSync(path, Buffer.from(`\ufeff${windows.repeat(500)}`, 'utf16le'));
  const tail = await dllogger(['tail', '-n', '1', path]);
  assert.match(tail.stdout, /\(39,\) .*loss 39/);
});

const wrapped = (one: string, stream = 'stdout') =>
  `${JSON.stringify({ log: one, stream, time: '2026-11-29T10:00:00.123456789Z' })}\n`;

test("Docker's json-file is read, also where it splits lines", async () => {
  assert.deepEqual(await stepsOf(lines.map((one) => wrapped(one)).join('')), STEPS);
  const split = lines.map((one) =>
    [wrapped(one.slice(0, 50)), wrapped('', 'stderr'), wrapped(one.slice(50))].join(''),
  );
  assert.deepEqual(await stepsOf(split.join('')), STEPS);
});

test('lines of CRI are read, also where they are split', async () => {
  const cri = (tag: string, part: string) =>
    `2026-11-29T10:00:00.123456789Z stdout ${tag} ${part.trimEnd()}\n`;
  assert.deepEqual(await stepsOf(lines.map((one) => cri('F', one)).join('')), STEPS);
  const split = lines.map((one) =>
    [cri('P', one.slice(0, 50)), cri('P', one.slice(50, 60)), cri('F', one.slice(60))].join(''),
  );
  assert.deepEqual(await stepsOf(split.join('')), STEPS);
});

test('a wrapped log is followed as it grows', async () => {
  const path = join(directory, 'growing.log');
  writeFileSync(path, '');
  const stop = new AbortController();
  const reader = readLog(path, { follow: true, signal: stop.signal });
  let next = 0;
  appendFileSync(path, wrapped(lines[0] ?? ''));
  for await (const entry of reader) {
    assert.deepEqual(entry.kind === 'LOG' && entry.step, [next++]);
    if (next === 3) stop.abort();
    else appendFileSync(path, wrapped(lines[next] ?? ''));
  }
  assert.equal(next, 3);
});
