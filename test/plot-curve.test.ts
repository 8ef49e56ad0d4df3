/** Curves: what is drawn of them shows every peak, in any order of points, smoothed or not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Blocks } from '#dist/plot/blocks.js';
import { Curve } from '#dist/plot/curve.js';
import { Order } from '#dist/plot/order.js';
import { Smoother } from '#dist/plot/smooth.js';

/** A curve through points that may come in any order, and may grow. */
function growingCurve(xs: readonly number[], ys: readonly number[], smoothing = 0) {
  const order = new Order((index) => xs[index] ?? Number.NaN);
  const values = {
    get data() {
      return Float64Array.from(ys);
    },
    get length() {
      return ys.length;
    },
  };
  const blocks = new Blocks(values, order, smoothing);
  return { curve: new Curve(order.x, blocks), update: () => blocks.update() };
}

function curveOf(xs: readonly number[], ys: readonly number[], smoothing = 0): Curve {
  const { curve, update } = growingCurve(xs, ys, smoothing);
  update();
  return curve;
}

function noise(length: number): number[] {
  let seed = 1;
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  });
}

const count = (length: number) => Array.from({ length }, (_, i) => i);

describe('a sample of a curve', () => {
  test('has the points as they are where they are few', () => {
    const { x, y } = curveOf([0, 1, 2], [5, 4, 6]).sample(0, 2, 100);
    assert.deepEqual([...x], [0, 1, 2]);
    assert.deepEqual([...y], [5, 4, 6]);
  });

  test('of a hundred thousand points shows a single one that stands out', () => {
    const ys = noise(100_000);
    ys[76_543] = 9;
    ys[12_345] = -9;
    const { x, y } = curveOf(count(ys.length), ys).sample(0, ys.length, 200);
    assert.ok(x.length <= 402);
    assert.equal(y[x.indexOf(76_543)], 9);
    assert.equal(y[x.indexOf(12_345)], -9);
  });

  test('has the least and the largest value of every bucket, whatever the stretch', () => {
    const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1 });
    const property = fc.property(
      fc.array(values, { minLength: 1, maxLength: 30 }).map((parts) => parts.flat()),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 20 }),
      (ys, a, b, buckets) => {
        const [from, to] = [Math.min(a, b) * ys.length, Math.max(a, b) * ys.length];
        const { x, y } = curveOf(count(ys.length), ys).sample(from, to, buckets);
        const inside = ys.filter((_, i) => i >= from && i <= to);
        const shown = [...y].filter((_, i) => (x[i] ?? 0) >= from && (x[i] ?? 0) <= to);
        assert.equal(Math.min(...shown), Math.min(...inside));
        assert.equal(Math.max(...shown), Math.max(...inside));
        assert.ok(shown.length <= 2 * buckets);
        for (let i = 1; i < x.length; i++) assert.ok((x[i] ?? 0) > (x[i - 1] ?? 0));
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  test('goes one point beyond the stretch, so that the line leaves the chart', () => {
    const { x } = curveOf(count(10), count(10)).sample(3.5, 6.5, 100);
    assert.deepEqual([...x], [3, 4, 5, 6, 7]);
  });

  test('keeps values that are no numbers as gaps, and finds peaks beside them', () => {
    const ys = noise(10_000).map((y, i) => (i >= 3000 && i < 4000 ? Number.NaN : y));
    ys[2000] = Number.POSITIVE_INFINITY;
    ys[2999] = 7;
    const { x, y } = curveOf(count(ys.length), ys).sample(0, ys.length, 100);
    assert.equal(Math.max(...[...y].filter((value) => !Number.isNaN(value))), 7);
    const gap = [...y].filter((_, i) => (x[i] ?? 0) >= 3000 && (x[i] ?? 0) < 4000);
    assert.ok(gap.length >= 9 && gap.every(Number.isNaN));
  });

  test('is in the order of x, also where a run went back', () => {
    const xs = [0, 1, 2, 3, 2, 3, 4, 5];
    const { x, y, index } = curveOf(xs, count(8)).sample(0, 5, 100);
    assert.deepEqual([...x], [0, 1, 2, 2, 3, 3, 4, 5]);
    assert.deepEqual([...y], [0, 1, 2, 4, 3, 5, 6, 7]);
    assert.deepEqual([...index], [0, 1, 2, 4, 3, 5, 6, 7]);
  });

  test('leaves out points without a place', () => {
    const { x } = curveOf([0, Number.NaN, 2], [1, 2, 3]).sample(0, 2, 100);
    assert.deepEqual([...x], [0, 2]);
  });

  test('of points that all have one x is their extremes', () => {
    const { y } = curveOf(new Array<number>(1000).fill(7), noise(1000)).sample(7, 7, 4);
    assert.equal(Math.max(...y), Math.max(...noise(1000)));
    assert.equal(Math.min(...y), Math.min(...noise(1000)));
  });

  test('is empty for an empty curve', () => {
    assert.equal(curveOf([], []).extent(), undefined);
    assert.equal(curveOf([], []).sample(0, 1, 10).x.length, 0);
  });
});

describe('a curve that grows', () => {
  for (const smoothing of [0, 0.9]) {
    test(`is what it would be if it were made anew (smoothing ${smoothing})`, () => {
      const xs: number[] = [];
      const ys: number[] = [];
      const { curve: growing, update } = growingCurve(xs, ys, smoothing);
      const values = noise(1000);
      for (const [i, y] of values.entries()) {
        // It goes back twice, as a resumed run does.
        xs.push(i < 400 ? i : i < 700 ? i - 100 : i - 150);
        ys.push(y);
        if (i % 37 === 0) update();
      }
      update();
      const whole = curveOf(xs, ys, smoothing);
      for (const buckets of [3, 50, 1000]) {
        const [a, b] = [growing.sample(0, 900, buckets), whole.sample(0, 900, buckets)];
        assert.deepEqual(a.x, b.x);
        assert.deepEqual(a.y, b.y);
      }
    });
  }
});

test('a smoothed curve is the average of all points, not of those that are drawn', () => {
  const ys = noise(5000);
  const smoother = new Smoother(0.95);
  const expected = ys.map((y) => smoother.next(y));
  const { x, y } = curveOf(count(ys.length), ys, 0.95).sample(1000, 3000, 20);
  for (const [i, place] of x.entries()) {
    assert.ok(Math.abs((y[i] ?? 0) - (expected[place] ?? 0)) < 1e-12);
  }
});

test('smoothing begins at the first value and leaves out what is no number', () => {
  const smoother = new Smoother(0.9);
  assert.equal(smoother.next(5), 5);
  assert.ok(Number.isNaN(smoother.next(Number.NaN)));
  assert.equal(smoother.next(5), 5);
});
