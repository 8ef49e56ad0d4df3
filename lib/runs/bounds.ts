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
  const edges = [from, to];
  for (const { x: xs, y: ys } of samples) {
    const { length } = xs;
    for (let i = 0; i < length; i++) {
      const x = xs[i] as number;
      const y = ys[i] as number;
      if (!isDrawable(y, logarithmic)) continue;
      if (x >= from && x <= to) {
        if (y < min) min = y;
        if (y > max) max = y;
      }
      if (i + 1 === length) break;
      const nextX = xs[i + 1] as number;
      if (!(x < from || nextX > to)) continue;
      const nextY = ys[i + 1] as number;
      if (!isDrawable(nextY, logarithmic)) continue;
      for (const edge of edges) {
        if (!(x < edge && nextX > edge)) continue;
        const between = crossing(x, y, nextX, nextY, edge, logarithmic);
        min = Math.min(min, between);
        max = Math.max(max, between);
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
