import type { Sample } from '../plot/curve.js';

/** uPlot's table: one x for each row; undefined: the curve has no point there, null: it has a gap. */
export type Rows = [x: Float64Array, ...y: (number | null | undefined)[][]];

/** Rows for each column of pixels: a bucket has two points. */
const ROWS_PER_PIXEL = 2;

export interface Frame {
  readonly from: number;
  readonly to: number;
  /** Columns of pixels. */
  readonly width: number;
  /** Whether values that have no logarithm become gaps. */
  readonly positive: boolean;
}

/** Puts curves with points of their own into rows. */
export function joinSamples(samples: readonly Sample[], frame: Frame): Rows {
  const points = samples.reduce((sum, { x }) => sum + x.length, 0);
  const rows = Math.max(ROWS_PER_PIXEL * frame.width, 1);
  return points > 2 * rows && frame.to > frame.from
    ? alignedRows(samples, rows, frame)
    : exactRows(samples, points, frame);
}

/** A row for each x; points of one curve with the same x get a row each. */
function exactRows(samples: readonly Sample[], points: number, { positive }: Frame): Rows {
  const xs = new Float64Array(points);
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
      ys[i]?.push(has ? cell(sample.y[at], positive) : undefined);
      if (has) next[i] = at + 1;
    }
  }
  return [xs.subarray(0, row), ...ys];
}

/**
 * Where there are more points than pixels all curves share their rows, half a pixel apart: to draw many
 * runs costs as many rows as to draw one. The first and the last row lie outside of the frame.
 */
function alignedRows(samples: readonly Sample[], rows: number, frame: Frame): Rows {
  const { from, to, positive } = frame;
  const step = (to - from) / rows;
  const xs = Float64Array.from({ length: rows + 2 }, (_, row) => from + (row - 0.5) * step);
  const ys = samples.map(({ x, y }) => {
    const values = new Array<number | null | undefined>(rows + 2).fill(undefined);
    let last = -1;
    for (let at = 0; at < x.length; at++) {
      const place = Math.floor(((x[at] ?? 0) - from) / step) + 1;
      // Two in one row: the second moves on, so that both are seen.
      const row = Math.min(Math.max(place, last + 1, 0), rows + 1);
      const isOutside = place < 0 || place > rows + 1;
      values[row] = cell(isOutside ? edge(x, y, at, xs[row] ?? 0) : y[at], positive);
      last = row;
    }
    return values;
  });
  return [xs, ...ys];
}

/** Where the line to a point outside of the frame crosses its edge. */
function edge(xs: Float64Array, ys: Float64Array, at: number, x: number): number | undefined {
  const inside = at === 0 ? 1 : at - 1;
  const [x0, y0, x1, y1] = [xs[at], ys[at], xs[inside], ys[inside]];
  if (x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined) return y0;
  return y1 + ((y0 - y1) * (x - x1)) / (x0 - x1);
}

function cell(y: number | undefined, positive: boolean): number | null {
  return y === undefined || Number.isNaN(y) || (positive && y <= 0) ? null : y;
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
