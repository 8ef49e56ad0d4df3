/** Labels and values as people read them: no two ticks look alike, and no value like another. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { axisTicks, logTicks, valueTicks } from '#dist/plot/scale.js';
import { AXES } from '#dist/runs/axis.js';
import { formatPlace, formatTicks, formatValue } from '#dist/runs/format.js';
import { times } from '../support/long.js';

const DAY = 86_400;

before(() => {
  process.env.TZ = 'Europe/Berlin';
});

function assertDistinct(labels: readonly string[]): void {
  assert.equal(new Set(labels).size, labels.length, labels.join(' '));
}

/** Labels of times, each with the day that stands before it: a day is shown only where it begins. */
function withDays(labels: readonly string[]): string[] {
  let day = '';
  return labels.map((label) => {
    day = /^(-?\d+-)?\d\d-\d\d(?= |$)/.exec(label)?.[0] ?? day;
    return `${day} ${label}`;
  });
}

describe('the labels of ticks', () => {
  test('differ, and show the values of their ticks, whatever the range', () => {
    const size = fc.double({ min: -14, max: 14, noNaN: true });
    const property = fc.property(
      ...[fc.double({ min: -1, max: 1, noNaN: true }), size, size],
      fc.integer({ min: 2, max: 9 }),
      (mantissa, power, spanPower, count) => {
        const min = mantissa * 10 ** power;
        const max = min + 10 ** spanPower;
        const span = max - min;
        if (!(span > Math.max(Math.abs(min), Math.abs(max)) * 1e-9)) return;
        const ticks = valueTicks(min, max, count);
        const labels = formatTicks('value', ticks);
        assertDistinct(labels);
        for (const [i, label] of labels.entries()) {
          const [, number, unit = ''] = /^(.*?)([kMGT]?)$/.exec(label) ?? [];
          const value = Number(number) * 1000 ** ' kMGT'.indexOf(unit || ' ');
          assert.ok(Math.abs(value - (ticks[i] ?? 0)) <= span * 1e-3, `${label} for ${ticks[i]}`);
        }
        for (const axis of AXES) {
          if (axis === 'time' && Math.abs(min) + Math.abs(max) > 8e12) continue;
          if (axis === 'time' && span < 1e-5) continue;
          const labels = formatTicks(axis, axisTicks(axis, min, max, count));
          assertDistinct(axis === 'time' ? withDays(labels) : labels);
        }
        if (min > 0) assertDistinct(formatTicks('value', logTicks(min, max, count)));
      },
    );
    // More than a day, at steps of hours: the same time comes on two days.
    const examples: [number, number, number, number][] = [[0, 0, Math.log10(104_401), 5]];
    fc.assert(property, { numRuns: times(300, 3000), examples });
  });

  test('are short where short labels differ', () => {
    const labels = (ticks: number[]) => formatTicks('value', ticks).join(' ');
    assert.equal(labels([0, 5000, 10_000, 15_000]), '0 5000 10k 15k');
    assert.equal(labels([0, 500_000, 1_000_000]), '0 500k 1M');
    assert.equal(labels([0.001, 0.01, 0.1, 1]), '0.001 0.01 0.1 1');
    assert.equal(labels([1e-7, 2e-7]), '1e-7 2e-7');
    assert.equal(labels([1.764e9, 1.764e9 + 2]), '1764000000 1764000002');
    assert.equal(labels([85_899_345_920, 85_899_345_930]), '85899345920 85899345930');
  });

  test('of long times have their year, and of days the midnights of this zone', () => {
    const seconds = (text: string) => new Date(text).getTime() / 1000;
    const [from, to] = [seconds('2025-03-01T00:00'), seconds('2026-11-01T00:00')];
    for (const label of formatTicks('time', axisTicks('time', from, to, 6))) {
      assert.match(label, /^202[56]-\d\d-\d\d$/);
    }
    // Summer time ends in the night to the 25th, and begins in that to 29 March.
    for (const [first, last] of [
      ['2026-10-24', '2026-10-27'],
      ['2026-03-28', '2026-03-31'],
    ] as const) {
      const ticks = axisTicks('time', seconds(`${first}T00:00`), seconds(`${last}T00:00`), 4);
      for (const tick of ticks) assert.equal(new Date(tick * 1000).getHours(), 0);
      const labels = formatTicks('time', ticks);
      assertDistinct(labels);
      assert.deepEqual([labels[0], labels.at(-1)], [first.slice(5), last.slice(5)]);
      const finer = axisTicks('time', seconds(`${first}T00:00`), seconds(`${last}T00:00`), 14);
      assert.ok(finer.length > 8);
      for (const tick of finer) assert.equal(new Date(tick * 1000).getHours() % 6, 0);
    }
  });

  test('of elapsed time tell close moments apart', () => {
    const ticks = axisTicks('elapsed', 35 * 3600, 35 * 3600 + 60, 4);
    assertDistinct(formatTicks('elapsed', ticks));
    assert.deepEqual(formatTicks('elapsed', [0, 30, 60, 90]), ['0s', '30s', '1m', '1m 30s']);
    assert.deepEqual(formatTicks('elapsed', [0, DAY / 2, DAY]), ['0s', '12h', '1d']);
    assert.equal(formatPlace('elapsed', 35 * 3600 + 725), '1d 11h 12m 05s');
  });
});

test('a value is never shown as another number', () => {
  for (const [value, text] of [
    [0.999999, '0.999999'],
    [0.99999999, '0.99999999'],
    [1, '1'],
    [0.1 + 0.2, '0.3'],
    [Math.fround(0.1), '0.1'],
    [0.123456789, '0.12346'],
    [12_345.6, '12,345.6'],
    [99_999.99, '99,999.99'],
    [3_000_100_000, '3,000,100,000'],
    [1_764_000_002, '1,764,000,002'],
    [1.23456e-7, '1.235e-7'],
    [9.99999e-8, '9.99999e-8'],
    [1e308, '1e+308'],
    [0, '0'],
    [-0.5, '-0.5'],
    [Number.NaN, 'NaN'],
  ] as const) {
    assert.equal(formatValue(value), text);
  }
});
