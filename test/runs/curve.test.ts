/** Curves: what is drawn of them shows every peak, in any order of points, smoothed or not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Curve, type Sample } from '#dist/runs/curve.js';
import { ExtremesIndex } from '#dist/runs/extremes-index.js';
import { Smoother } from '#dist/runs/smooth.js';
import { SortedIndex } from '#dist/runs/sorted-index.js';

/** A curve through points that may come in any order, and may grow. */
function growingCurve(
  xs: readonly number[],
  ys: readonly number[],
  { smoothing = 0, logarithmic = false } = {},
) {
  const order = new SortedIndex((index) => xs[index] ?? Number.NaN);
  let data = new Float64Array(0);
  const values = {
    get data() {
      if (data.length !== ys.length) data = Float64Array.from(ys);
      return data;
    },
    get length() {
      return ys.length;
    },
  };
  const blocks = new ExtremesIndex(values, order, { smoothing, logarithmic });
  return { curve: new Curve(order.x, blocks), update: () => blocks.update() };
}

function curveOf(
  xs: readonly number[],
  ys: readonly number[],
  drawing: { smoothing?: number; logarithmic?: boolean } = {},
): Curve {
  const { curve, update } = growingCurve(xs, ys, drawing);
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
  test('has all points where they are few', () => {
    const { x, y } = curveOf([0, 1, 2], [5, 4, 6]).sample(0, 2, 100);
    assert.deepEqual([...x], [0, 1, 2]);
    assert.deepEqual([...y], [5, 4, 6]);
  });

  test('of a hundred thousand points shows a single one that stands out', () => {
    const ys = noise(100_000);
    ys[76_543] = 9;
    ys[12_345] = -9;
    const { x, y } = curveOf(count(ys.length), ys).sample(0, ys.length, 200);
    assert.ok(x.length <= 1002);
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
        assert.ok(shown.length <= 5 * buckets);
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
    assert.equal(Math.max(...[...y].filter(Number.isFinite)), 7);
    assert.equal(y[x.indexOf(2000)], Number.POSITIVE_INFINITY);
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

  test('leaves out points without an x value', () => {
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

describe('equal curves', () => {
  const frame = fc.record({
    long: fc.integer({ min: 2000, max: 6000 }),
    short: fc.integer({ min: 2, max: 6000 }),
    buckets: fc.integer({ min: 1, max: 300 }),
    from: fc.integer({ min: 0, max: 1500 }),
    logarithmic: fc.boolean(),
  });

  test('share their points where both are, however long they are and whatever the frame', () => {
    const property = fc.property(frame, ({ long, short, buckets, from, logarithmic }) => {
      const ys = noise(6000).map((y, i) => (y - 0.01) * Math.exp(-i / 500));
      const sampleOf = (length: number) => {
        const curve = curveOf(count(length), ys.slice(0, length), { logarithmic });
        return curve.sample(from, long - 1, buckets);
      };
      const [a, b] = [sampleOf(long), sampleOf(short)];
      for (const { x, y } of [a, b]) {
        for (const [i, place] of x.entries()) assert.equal(y[i], ys[place], `${place}`);
      }
      // Thinned or not: the points that one curve shows in a whole bucket the other shows, too.
      const width = (long - 1 - from) / buckets;
      const pointsOf = ({ x }: Sample) => new Set(x);
      const [mine, others] = [pointsOf(a), pointsOf(b)];
      for (const place of mine) {
        const end = from + (Math.floor((place - from) / width) + 1) * width;
        if (place < from || end >= Math.min(short, long) - 1) continue;
        assert.ok(others.has(place), `${place} is in one of ${mine.size} and ${others.size}`);
      }
    });
    fc.assert(property, { numRuns: 100 });
  });
});

test('the first and the last point, and every gap, are in every stretch', () => {
  const ys: number[] = count(4000).map((i) => (i % 2 === 0 ? 0.1 : 0.9));
  ys[0] = 0.4;
  ys[3999] = 0.5;
  ys[1717] = Number.NaN;
  const curve = curveOf(count(ys.length), ys);
  assert.equal(curve.last(), 0.5);
  for (const buckets of [1, 7, 200, 450]) {
    const { x, y } = curve.sample(0, 3999, buckets);
    assert.deepEqual([x[0], y[0]], [0, 0.4]);
    assert.deepEqual([x.at(-1), y.at(-1)], [3999, 0.5]);
    assert.ok(Number.isNaN(y[x.indexOf(1717)]));
  }
});

test('on a logarithmic axis the least value above 0 is kept, and so are values not above 0', () => {
  const ys = noise(10_000).map((y) => y + 1);
  ys[5000] = -3;
  ys[5001] = 1e-3;
  const { x, y } = curveOf(count(ys.length), ys, { logarithmic: true }).sample(0, 9999, 50);
  assert.equal(y[x.indexOf(5001)], 1e-3);
  assert.equal(y[x.indexOf(5000)], -3);
});

describe('a curve that grows', () => {
  for (const smoothing of [0, 0.9]) {
    test(`is the same as a curve made from all points (smoothing ${smoothing})`, () => {
      const xs: number[] = [];
      const ys: number[] = [];
      const { curve: growing, update } = growingCurve(xs, ys, { smoothing });
      const values = noise(1000);
      for (const [i, y] of values.entries()) {
        // It goes back twice, as a resumed run does.
        xs.push(i < 400 ? i : i < 700 ? i - 100 : i - 150);
        ys.push(y);
        if (i % 37 === 0) update();
      }
      update();
      const whole = curveOf(xs, ys, { smoothing });
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
  const { x, y } = curveOf(count(ys.length), ys, { smoothing: 0.95 }).sample(1000, 3000, 20);
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

test('a smoothed constant is that constant, however long it lasts', () => {
  for (const constant of [0.1, 1 / 3, 1e-4, -7e-300, Number.MAX_VALUE]) {
    for (const keep of [0.3, 0.9, 0.99, 0.9999]) {
      const smoother = new Smoother(keep);
      for (let i = 0; i < 5000; i++) assert.equal(smoother.next(constant), constant);
    }
  }
});

test('smoothing stays finite between the largest numbers', () => {
  const smoother = new Smoother(0.9);
  for (let i = 0; i < 100; i++) {
    const y = smoother.next(i % 2 === 0 ? Number.MAX_VALUE : -Number.MAX_VALUE);
    assert.ok(Number.isFinite(y));
  }
});
