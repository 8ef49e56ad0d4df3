/** In damaged logs every whole record is read, and every other byte is part of a problem. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { withLog } from '../support/log.js';
import { times } from '../support/long.js';
import { assertAllIsReported, contentOf, seeded, textAt } from '../support/reader.js';

/** Distance between the bytes at which the log is cut. Every seventh byte still meets each kind of byte. */
const STRIDE = times(7, 1);

/** A small log with every kind of record. */
const log = readFileSync(
  withLog((logger) => {
    logger.log('PARAMETER', { lr: 0.01, name: 'n\n"DLLL {', nested: { list: [1, [null]] } });
    logger.metadata('loss', { unit: 'nat', format: ':.3f' });
    logger.log([0, 0], { loss: 0.1234567890123456, lr: 1e-7 });
    logger.log([0, 1], { loss: -1.5e300, lr: 123456789 });
    logger.log(3, { loss: Math.PI });
    logger.log('90%', { latency: 1 / 3 });
    logger.log([], { loss: 1, text: 'ß€😀' });
  }),
);

test('the undamaged log has no problem', async () => {
  const content = await contentOf(log);
  assert.equal(content.entries.length, 7);
  assert.deepEqual(content.problems, []);
  assertAllIsReported(log, content);
});

test('of a log cut at any byte, the whole records are read and the rest is reported', async () => {
  const { entries } = await contentOf(log);
  for (let size = 0; size < log.length; size += STRIDE) {
    const bytes = log.subarray(0, size);
    const content = await contentOf(bytes);
    assertAllIsReported(bytes, content);
    const whole = entries.filter(({ offset, length }) => offset + length <= size);
    assert.deepEqual(content.entries, whole, `cut at ${size}`);
    const end = whole.reduce((at, { offset, length }) => Math.max(at, offset + length + 1), 0);
    const rest = Math.max(size - end, 0);
    assert.deepEqual(
      content.problems.map(({ reason, offset, length }) => [reason, offset, length]),
      rest === 0 ? [] : [['unfinished', end, rest]],
      `cut at ${size}`,
    );
    assert.equal(content.error, undefined);
  }
});

test('of a log that begins at any byte, the records after it are read', async () => {
  const { entries } = await contentOf(log);
  for (let start = 1; start < log.length; start += STRIDE) {
    const bytes = log.subarray(start);
    const content = await contentOf(bytes);
    assertAllIsReported(bytes, content);
    const whole = entries.filter(({ offset }) => offset >= start);
    assert.equal(content.entries.length, whole.length, `begun at ${start}`);
  }
});

test('two halves of records on one line cost no whole record', async () => {
  const { entries } = await contentOf(log);
  const [, , cut, whole] = entries;
  assert.ok(cut !== undefined && whole !== undefined);
  for (let size = 1; size < cut.length; size += STRIDE) {
    const half = log.subarray(cut.offset, cut.offset + size);
    const bytes = Buffer.concat([half, log.subarray(whole.offset)]);
    const content = await contentOf(bytes);
    assertAllIsReported(bytes, content);
    assert.equal(content.entries.length, 4);
    assert.equal(content.problems.length, 1);
    assert.equal(textAt(bytes, content.problems[0] ?? whole), half.toString());
  }
});

for (const chunkSize of [1, 2, 3, 7, 64, 257]) {
  test(`chunks of ${chunkSize} bytes give the same as one`, async () => {
    const damaged = Buffer.concat([
      Buffer.from('\ufeff'),
      log.subarray(0, 500),
      Buffer.alloc(300),
      log.subarray(400, 900),
      Buffer.from('\r\n\r\n\0\0\n\0x\0\0y\0\nDLL 2026 - x\nplain\r\n'),
      log,
      Buffer.alloc(10),
    ]);
    const whole = await contentOf(damaged);
    assert.ok(whole.problems.length > 5);
    assertAllIsReported(damaged, whole);
    assert.deepEqual(await contentOf(damaged, chunkSize), whole);
  });
}

test('hostile lines cost no more than their length', async () => {
  const deep = '['.repeat(100_000);
  const begin = 'DLLL {"timestamp": "1.5", "type": "LOG", "step": ';
  const lines = [
    'DLLL {'.repeat(1_000_000),
    'DLLL {}'.repeat(100_000),
    `${begin}${deep}${deep.replaceAll('[', ']')}, "data": {"a": 1}}`,
    `${begin}[0], "data": {"a": ${deep}${deep.replaceAll('[', ']')}}}`,
    `${begin}[0], "data": {"a": ${deep}NaN${deep.replaceAll('[', ']')}}}`,
    `${begin}[0], "data": {"a": "${'\\"'.repeat(1_000_000)}`,
  ];
  const bytes = Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), log]);
  const content = await contentOf(bytes);
  assertAllIsReported(bytes, content);
  assert.deepEqual([content.entries.length, content.problems.length], [7, lines.length]);
  const names = Array.from(
    { length: 30_000 },
    (_, i) => `${begin}[0], "data": {"metric${i}": 1}}\n`,
  );
  assert.equal((await contentOf(names.join(''))).entries.length, names.length);
});

test('bytes overwritten at random lose only the records that they hit', async () => {
  const random = seeded(1);
  const { entries } = await contentOf(log);
  const interesting = Buffer.from('\0\n\r"{}[],:\\DL 0e-.N\xff\x1b');
  for (let round = 0; round < times(150, 3000); round++) {
    const bytes = Buffer.from(log);
    const hits: number[] = [];
    for (let i = Math.ceil(4 * random()); i > 0; i--) {
      const at = Math.floor(random() * bytes.length);
      const length = random() < 0.1 ? Math.min(Math.floor(300 * random()), bytes.length - at) : 1;
      const byte = interesting[Math.floor(random() * interesting.length)] ?? 0;
      for (let j = at; j < at + length; j++) {
        bytes[j] = random() < 0.7 ? byte : Math.floor(256 * random());
        hits.push(j);
      }
    }
    const content = await contentOf(bytes, 1 + Math.floor(random() * 400));
    for (const entry of entries) {
      const end = entry.offset + entry.length;
      // The newlines at both ends of a record belong to it here.
      if (hits.some((hit) => hit >= entry.offset - 1 && hit <= end)) continue;
      const same = content.entries.find(({ offset }) => offset === entry.offset);
      assert.deepEqual({ ...same, line: 0 }, { ...entry, line: 0 }, `round ${round}`);
    }
    // JSON.parse has no NaN: damage that made one is not compared.
    if (!bytes.includes('NaN') && !bytes.includes('Infinity')) assertAllIsReported(bytes, content);
  }
});
