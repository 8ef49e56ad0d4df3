/** Compares the bytes of random records from both implementations, which share no formatting. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { float, JSONStreamBackend, Timestamp } from 'dllogger';
import fc from 'fast-check';
import { TypeScriptSink } from '#dist/sink/typescript.js';
import { anyText } from './texts.js';

/** Doubles of every magnitude and bit pattern, and the numbers that metrics have. */
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ min: 0, max: 10, noNaN: true }).map((value) => Math.round(value * 1e4) / 1e4),
  fc.double({ min: 1e-8, max: 1e-3 }),
  fc.integer({ min: -999, max: 999 }).map((value) => value / 1e6),
  fc.integer({ min: -(10 ** 6), max: 10 ** 6 }).map((value) => value * 1e16),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(fromBits),
  fc.constantFrom(2 ** 53, -(2 ** 53), 2 ** 53 - 1, 1e16, 9999999999999998, 1e-4, 9.99e-5, -0),
);

function fromBits(bits: bigint): number {
  return new Float64Array(new BigUint64Array([bits]).buffer)[0] ?? 0;
}

const text = fc.oneof(
  anyText(),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
  fc.string({ minLength: 20, maxLength: 60 }),
);

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    number,
    text,
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.bigInt(),
    number.map(float),
    fc.date({ noInvalidDate: false }),
    fc.float64Array({ maxLength: 5 }),
    fc.float32Array({ maxLength: 5 }),
    fc.uint16Array({ maxLength: 5 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
  ),
}));

const keys = fc.oneof(text, fc.constantFrom('loss', 'lr', 'train.loss', '__proto__', '1', ''));
const data = fc.oneof(
  fc.dictionary(keys, number, { maxKeys: 6 }),
  fc.dictionary(keys, value, { maxKeys: 6 }),
);
const step = fc.oneof(fc.array(fc.nat(), { maxLength: 3 }), fc.constant('PARAMETER'), value);
const moment = fc.record({
  wall: fc.oneof(
    fc.integer({ min: 0, max: 4e15 }),
    // Fractions that end in zeros.
    fc
      .tuple(fc.integer({ min: 0, max: 4e9 }), fc.nat(5))
      .map(([value, zeros]) => value * 10 ** zeros),
  ),
  elapsed: fc.oneof(
    fc.nat(200),
    fc.maxSafeNat().map((microseconds) => microseconds % 1e12),
  ),
});

const record = fc.oneof(
  fc.record({ kind: fc.constant('log' as const), moment, step, data }),
  fc.record({ kind: fc.constant('metadata' as const), moment, metric: keys, data }),
);

/**
 * Logs batches of random records to both implementations. Returns the number of records. Throws at the first record
 * that differs.
 */
export function compareImplementations(
  path: string,
  nonFinite: 'literal' | 'null',
  runs: Pick<fc.Parameters, 'numRuns' | 'interruptAfterTimeLimit'>,
): number {
  const names = ['loss', '__proto__', ''];
  const native = new JSONStreamBackend(0, path, { nonFinite, floats: names });
  const script = new TypeScriptSink({
    path: `${path}.expected`,
    append: false,
    crashSafe: true,
    nonFinite,
    floats: new Set(names),
  });
  let records = 0;
  const property = fc.property(fc.array(record, { maxLength: 20 }), (batch) => {
    for (const one of batch) {
      const { wall, elapsed } = one.moment;
      const timestamp = new Timestamp(wall);
      const seconds = elapsed / 1e6;
      const microseconds = Math.round(seconds * 1e6);
      if (one.kind === 'log') {
        native.log(timestamp, seconds, one.step as never, one.data as never);
        script.log(one.step, one.data, wall, microseconds);
      } else {
        native.metadata(timestamp, seconds, one.metric, one.data as never);
        script.metadata(one.metric, one.data, wall, microseconds);
      }
      records++;
    }
  });
  fc.assert(property, runs);
  native.close();
  script.close();
  const lines = readFileSync(path, 'latin1').split('\n');
  const expected = readFileSync(`${path}.expected`, 'latin1').split('\n');
  assert.equal(lines.length, expected.length);
  for (const [index, line] of lines.entries()) assert.equal(line, expected[index]);
  return records;
}
