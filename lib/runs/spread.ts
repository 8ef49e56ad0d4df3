/** Several runs as one: the mean of their lines, and the values between which the lines lie. */
import type { Sample } from './curve.js';

interface Spread {
  readonly x: Float64Array;
  readonly mean: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * Lines are compared at the x of their points; where points are too many, at equal distances. Between two points a
 * line is straight. Before its first point, behind its last point and at gaps, a line does not count.
 *
 * @param range The range of the x axis to cover.
 * @param most Limit on the points of the result.
 */
export function spreadOf(
  lines: readonly Sample[],
  range: readonly [from: number, to: number],
  most: number,
): Spread {
  const x = places(lines, range, most);
  const sums = new Float64Array(x.length);
  const counts = new Uint32Array(x.length);
  const low = new Float64Array(x.length).fill(Number.NaN);
  const high = new Float64Array(x.length).fill(Number.NaN);
  for (const line of lines) {
    eachValue(line, x, (i, y) => {
      sums[i] = (sums[i] ?? 0) + y;
      counts[i] = (counts[i] ?? 0) + 1;
      if (!((low[i] ?? 0) <= y)) low[i] = y;
      if (!((high[i] ?? 0) >= y)) high[i] = y;
    });
  }
  // Where no line has a value, the mean is NaN: a gap.
  const mean = sums.map((sum, i) => sum / (counts[i] ?? 0));
  return { x, mean, low, high };
}

function places(
  lines: readonly Sample[],
  [from, to]: readonly [number, number],
  most: number,
): Float64Array {
  const all = new Set<number>();
  for (const { x } of lines) {
    for (const at of x) all.add(at);
    if (all.size > most) {
      return Float64Array.from({ length: most }, (_, i) => from + ((to - from) * i) / (most - 1));
    }
  }
  return Float64Array.from(all).sort();
}

/** The values that a line has at places in ascending order. */
function eachValue(
  { x: xs, y: ys }: Sample,
  places: Float64Array,
  take: (i: number, y: number) => void,
): void {
  let next = 0;
  for (let i = 0; i < places.length; i++) {
    const place = places[i] ?? Number.NaN;
    while (next < xs.length && (xs[next] ?? 0) < place) next++;
    if (next >= xs.length) return;
    const [x1, y1] = [xs[next] ?? Number.NaN, ys[next] ?? Number.NaN];
    if (x1 === place) {
      if (Number.isFinite(y1)) take(i, y1);
      continue;
    }
    if (next === 0) continue;
    const [x0, y0] = [xs[next - 1] ?? Number.NaN, ys[next - 1] ?? Number.NaN];
    const share = (place - x0) / (x1 - x0);
    const y = y0 * (1 - share) + y1 * share;
    if (Number.isFinite(y)) take(i, y);
  }
}
