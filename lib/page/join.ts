import type { Sample } from '../plot/curve.js';

/** uPlot's table: one x for each row; undefined: the curve has no point there, null: it has a gap. */
export type Rows = [x: Float64Array, ...y: (number | null | undefined)[][]];

/**
 * Puts curves with points of their own into rows. Points of one curve with the same x get a row each.
 *
 * @param positive Whether values that have no logarithm become gaps.
 */
export function joinSamples(samples: readonly Sample[], positive: boolean): Rows {
  const total = samples.reduce((sum, { x }) => sum + x.length, 0);
  const xs = new Float64Array(total);
  const ys = samples.map((): (number | null | undefined)[] => []);
  const next = samples.map(() => 0);
  let row = 0;
  for (; ; row++) {
    const x = smallestHead(samples, next);
    if (x === Number.POSITIVE_INFINITY) break;
    xs[row] = x;
    for (const [i, sample] of samples.entries()) {
      const at = next[i] ?? 0;
      const has = sample.x[at] === x;
      const y = has ? (sample.y[at] ?? Number.NaN) : 0;
      ys[i]?.push(has ? (Number.isNaN(y) || (positive && y <= 0) ? null : y) : undefined);
      if (has) next[i] = at + 1;
    }
  }
  return [xs.subarray(0, row), ...ys];
}

function smallestHead(samples: readonly Sample[], next: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i]?.x[next[i] ?? 0];
    if (x !== undefined && x < least) least = x;
  }
  return least;
}

/** The point of a sample that is nearest to x and is no gap. */
export function nearest({ x: xs, y: ys }: Sample, x: number): { x: number; y: number } | undefined {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((xs[middle] ?? 0) < x) low = middle + 1;
    else high = middle;
  }
  let before = low - 1;
  let after = low;
  while (before >= 0 && Number.isNaN(ys[before])) before--;
  while (after < xs.length && Number.isNaN(ys[after])) after++;
  const left = x - (xs[before] ?? Number.NEGATIVE_INFINITY);
  const right = (xs[after] ?? Number.POSITIVE_INFINITY) - x;
  const at = left <= right ? before : after;
  const [foundX, foundY] = [xs[at], ys[at]];
  return foundX === undefined || foundY === undefined ? undefined : { x: foundX, y: foundY };
}
