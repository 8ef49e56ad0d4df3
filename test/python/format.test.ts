/** Python's format mini-language: its recorded results, and properties of any format. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ValuePath } from '#dist/base/value-path.js';
import { formatField } from '#dist/python/format.js';
import { PythonError } from '#dist/python/python-error.js';
import { float } from '#dist/record/float.js';
import { revive } from '../support/golden.js';
import { times } from '../support/long.js';
import { ROOT } from '../support/run.js';

type Case = readonly [
  body: string,
  value: unknown,
  result: { readonly text?: string; readonly error?: string; readonly message?: string },
];

/** What CPython 3.11 gives for `('{' + body + '}').format(value)`, every body with every value. */
const cases = JSON.parse(
  readFileSync(join(ROOT, 'test/golden/format.json'), 'utf8'),
  revive,
) as readonly Case[];

/** Errors of this package: limits and attributes that the format of a metric does not need. */
const REFUSED = /is above the limit of 4096$|in a format is not supported$/;

function format(body: string, value: unknown): string {
  return formatField(body, value, new ValuePath('metric', 'loss'));
}

/** The text, or the class and message of the error, which must be one of Python's. */
function outcome(body: string, value: unknown): Case[2] {
  try {
    return { text: format(body, value) };
  } catch (error) {
    assert.ok(error instanceof PythonError, String(error));
    return { error: error.pythonClass, message: error.message };
  }
}

for (const body of new Set(cases.map(([body]) => body))) {
  test(`the format ${JSON.stringify(body)} gives what Python gives`, () => {
    for (const [, value, expected] of cases.filter((one) => one[0] === body)) {
      const result = outcome(body, value);
      if (REFUSED.test(result.message ?? '')) assert.match(body, /4097|99999|^0[.[]|^\.3f/);
      else assert.deepEqual(result, expected, `${body} of ${String(value)}`);
    }
  });
}

test('float() stays a float, and a value may be anything that can be logged', () => {
  assert.equal(format('', float(1)), '1.0');
  assert.equal(format(':g', float(1)), '1');
  assert.throws(() => format(':d', float(1)), /Unknown format code 'd' for object of type 'float'/);
  assert.equal(format('', new Date(0)), '1970-01-01T00:00:00.000Z');
  assert.equal(format('', new Float64Array(2)), '[0.0, 0.0]');
  assert.equal(format('!r', { a: 'x' }), "{'a': 'x'}");
  assert.throws(() => format(':d', () => 1), TypeError);
});

test('fixed digits are those of toFixed, which is exact but for ties', () => {
  const value = fc.double({ min: -1e20, max: 1e20, noNaN: true });
  fc.assert(
    fc.property(value, fc.nat(100), (number, digits) => {
      fc.pre(!Object.is(number, -0));
      const [text, expected] = [format(`:.${digits}f`, float(number)), number.toFixed(digits)];
      // Where the digit behind is a lone 5, toFixed rounds up and Python to even.
      const isTie = /^-?\d+\.\d*5$/.test(number.toFixed(Math.min(digits + 1, 100)));
      assert.ok(isTie || text === expected || text === `-${expected}`, `${text} ${expected}`);
    }),
  );
});

test('ties go to even, at any precision', () => {
  const ties: [string, number, string][] = [
    [':.0f', 0.5, '0'],
    [':.0f', 1.5, '2'],
    [':.0f', 2.5, '2'],
    [':.1f', 0.25, '0.2'],
    [':.2f', 0.125, '0.12'],
    [':.2f', 1.005, '1.00'],
    [':.0%', 0.125, '12%'],
    [':.1e', 2.25, '2.2e+00'],
  ];
  for (const [body, value, text] of ties) assert.equal(format(body, value), text);
  assert.equal(format(':.1074f', 5e-324).length, 1076);
  assert.equal(
    format(':.1074f', 5e-324)
      .replace(/^0\.0*/, '')
      .slice(0, 5),
    '49406',
  );
});

test('a width is always reached, whatever the fill character', () => {
  const align = fc.constantFrom('<', '>', '^', '');
  const value = fc.oneof(fc.double(), fc.integer(), fc.string(), fc.boolean());
  const fill = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 });
  fc.assert(
    fc.property(fill, align, fc.integer({ min: 1, max: 300 }), value, (char, side, width, one) => {
      fc.pre([...char].length === 1 && !'{}'.includes(char));
      const body = side === '' ? `:${width}` : `:${char}${side}${width}`;
      const plain = [...format('', one)].length;
      const length = [...format(body, one)].length;
      assert.equal(length, Math.max(width, typeof one === 'boolean' ? 1 : plain));
    }),
  );
});

test('any format either gives a text or raises as Python does, and in linear time', () => {
  const piece = fc.constantFrom(...'{}[]!:.,_+-=<>^*#0z123456789 abcdefgnrsxEFGX%\u{1f680}é');
  const body = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const value = fc.oneof(fc.double(), fc.integer(), fc.bigInt(), fc.string(), fc.boolean());
  fc.assert(
    fc.property(body, value, (text, one) => {
      outcome(text, one);
    }),
    { numRuns: times(1500, 5000) },
  );
  for (const part of ['{', '}', '{}', '[', ':', '!', '0', ' ', '9', 'a', '{0:', '}}']) {
    outcome(part.repeat(200_000), 1);
    outcome(`:${part.repeat(200_000)}`, 1);
  }
});
