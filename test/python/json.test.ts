/** Properties of the lines that both implementations write. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { float, JSONStreamBackend, Timestamp } from 'dllogger';
import fc from 'fast-check';
import { isLong } from '../support/long.js';
import { temporaryDirectory } from '../support/run.js';
import { anyText } from '../support/texts.js';

const directory = temporaryDirectory();
let files = 0;

/** The texts after `"data": ` of values logged one by one. */
function written(values: readonly unknown[], nonFinite: 'literal' | 'null' = 'literal'): string[] {
  const path = join(directory, `${files++}.json`);
  const backend = new JSONStreamBackend(0, path, { nonFinite });
  for (const value of values) backend.log(new Timestamp(0), 0, [], { v: value as never });
  backend.close();
  const lines = readFileSync(path, 'latin1').split('\n');
  assert.equal(lines.pop(), '');
  return lines.map((line) => {
    const match = /^DLLL \{"timestamp": .*, "data": (\{"v": .*\})\}$/.exec(line);
    assert.ok(match?.[1], line);
    return match[1].slice('{"v": '.length, -1);
  });
}

test('numbers read back as the same double, and look as Python prints them', () => {
  const sample = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), 20_000);
  const texts = written(sample);
  for (const [index, value] of sample.entries()) {
    const text = texts[index] ?? '';
    assert.ok(Object.is(Number(text), value), `${value} as ${text}`);
    const isInteger = Number.isSafeInteger(value) && !Object.is(value, -0);
    const magnitude = Math.abs(value);
    const isFixed = value === 0 || (magnitude >= 1e-4 && magnitude < 1e16);
    const form = isInteger ? /^-?\d+$/ : isFixed ? /^-?\d+\.\d+$/ : /^-?\d(\.\d+)?e[+-]\d\d+$/;
    assert.match(text, form);
    // As many digits as JavaScript finds: the fewest that read back.
    assert.equal(
      text.replace(/\.0$|^-|\.|e.*$/g, '').replace(/^0+|0+$/g, '').length,
      digits(value),
    );
  }
});

function digits(value: number): number {
  return value
    .toExponential()
    .replace(/e.*$|[-.]/g, '')
    .replace(/0+$/, '').length;
}

test('known numbers have the text that Python gives them', () => {
  const cases: [unknown, string][] = [
    [17, '17'],
    [-0, '-0.0'],
    [0, '0'],
    [float(1), '1.0'],
    [float(-0), '-0.0'],
    [float(1e22), '1e+22'],
    [2 ** 53 - 1, '9007199254740991'],
    [2 ** 53, '9007199254740992.0'],
    [1e16, '1e+16'],
    [1e-5, '1e-05'],
    [1.5e300, '1.5e+300'],
    [5e-324, '5e-324'],
    [10n ** 30n, '1000000000000000000000000000000'],
    [-5n, '-5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ];
  assert.deepEqual(
    written(cases.map(([value]) => value)),
    cases.map(([, text]) => text),
  );
});

test("with nonFinite: 'null' every line is strict JSON", () => {
  const values = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    float(Number.NEGATIVE_INFINITY),
    [Number.NaN, { a: Number.NaN }],
    new Float64Array([1, Number.NaN]),
  ];
  const texts = written(values, 'null');
  assert.deepEqual(texts, ['null', 'null', 'null', '[null, {"a": null}]', '[1.0, null]']);
});

test('strings read back as they were, and lines are printable ASCII', () => {
  const strings = fc.sample(anyText({ maxLength: 40 }), 5000);
  for (const [index, text] of written(strings).entries()) {
    assert.match(text, /^"[ -~]*"$/);
    assert.equal(JSON.parse(text), strings[index]);
    assert.doesNotMatch(text, /\\u[0-9a-f]{0,3}[A-F]/);
  }
});

test('nested values read back as they were', () => {
  const values = fc.sample(fc.jsonValue({ stringUnit: isLong ? 'binary' : 'grapheme' }), 3000);
  for (const [index, text] of written(values).entries()) {
    const value = values[index];
    // -0 and __proto__ survive in the text; a comparison after JSON.parse needs neither.
    assert.equal(JSON.stringify(JSON.parse(text)), JSON.stringify(value));
  }
});
