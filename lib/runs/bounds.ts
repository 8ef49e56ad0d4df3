/** Which values a chart must have room for. */

import type { Sample } from './curve.js';
import { isDrawable } from './extremes-index.js';

/**
 * The least and the largest value of lines from one x to another, including the values at which a line enters
 * or leaves that range; undefined where there is none.
 */
export function valueBounds(
  samples: readonly Sample[],
  [from, to]: readonly [from: number, to: number],
  logarithmic: boolean,
): readonly [min: number, max: number] | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  const take = (y: number) => {
    min = Math.min(min, y);
    max = Math.max(max, y);
  };
  for (const { x: xs, y: ys } of samples) {
    for (let i = 0; i < xs.length; i++) {
      const [x, y] = [xs[i] ?? Number.NaN, ys[i] ?? Number.NaN];
      if (!isDrawable(y, logarithmic)) continue;
      if (x >= from && x <= to) take(y);
      const [nextX, nextY] = [xs[i + 1] ?? Number.NaN, ys[i + 1] ?? Number.NaN];
      if (!isDrawable(nextY, logarithmic)) continue;
      for (const edge of [from, to]) {
        if (x < edge && nextX > edge) take(crossing(x, y, nextX, nextY, edge, logarithmic));
      }
    }
  }
  return min <= max ? [min, max] : undefined;
}

/** The value of a line between two points. The line is drawn straight, also on a logarithmic axis. */
function crossing(
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  x: number,
  logarithmic: boolean,
): number {
  const share = (x - x0) / (x1 - x0);
  if (logarithmic) return Math.exp(Math.log(y0) * (1 - share) + Math.log(y1) * share);
  return y0 * (1 - share) + y1 * share;
}
