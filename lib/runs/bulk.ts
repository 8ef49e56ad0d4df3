import type { Sample } from './curve.js';
import { isDrawable } from './extremes-index.js';

/** Quantiles that bound the core of the values. The bulk reaches beyond the core by its width on either side. */
const LOW = 0.05;
const HIGH = 0.95;

/**
 * Bounds of the bulk of the values that lines have from one x to another; undefined where the lines have none.
 * Values beyond lie so far out that the others would be hard to see beside them.
 */
export function bulkBounds(
  samples: readonly Sample[],
  [from, to]: readonly [from: number, to: number],
  logarithmic: boolean,
): readonly [min: number, max: number] | undefined {
  const values: number[] = [];
  for (const { x: xs, y: ys } of samples) {
    for (let i = 0; i < xs.length; i++) {
      const [x, y] = [xs[i] ?? Number.NaN, ys[i] ?? Number.NaN];
      if (x < from || x > to || !isDrawable(y, logarithmic)) continue;
      values.push(logarithmic ? Math.log10(y) : y);
    }
  }
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  const [least, low, high, largest] = [at(0), at(LOW), at(HIGH), at(1)];
  if (least === undefined || low === undefined || high === undefined || largest === undefined) {
    return undefined;
  }
  const span = high - low;
  const [min, max] = [Math.max(least, low - span), Math.min(largest, high + span)];
  return logarithmic ? [10 ** min, 10 ** max] : [min, max];
}
