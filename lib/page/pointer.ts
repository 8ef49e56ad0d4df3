/** Finds what lies under the pointer, for the tooltip, the dots and the line that stands out. */

import { firstIndex } from '../base/search.js';
import type { Sample } from '../runs/curve.js';
import { isDrawable } from '../runs/extremes-index.js';
import type { DrawnCurve } from './charts/drawn.js';
import type { Scales } from './path.js';

/** Largest distance, in pixels, at which the pointer makes a line stand out. */
const REACH = 24;

/** A run's values at the pointer. */
export interface Reading {
  readonly curve: DrawnCurve;
  /** The x of the run's point nearest to the pointer; of its last point if the run ended before the pointer. */
  readonly x: number;
  /** The value, logged or smoothed. */
  readonly value: number;
  /** The logged value, where `value` is smoothed. */
  readonly raw: number | undefined;
  readonly hasEnded: boolean;
}

export interface Readings {
  /** Runs that have values at the pointer, the largest first; then those that have ended. */
  readonly all: readonly Reading[];
  /** The run whose line is nearest to the pointer, if one is near. */
  readonly nearest: Reading | undefined;
}

/** @param left,top The pointer, in the pixels of `scales`. */
export function readingsAt(
  curves: readonly DrawnCurve[],
  scales: Scales,
  left: number,
  top: number,
): Readings {
  const all: Reading[] = [];
  let nearest: Reading | undefined;
  let least = REACH * scales.ratio;
  for (const curve of curves) {
    const reading = readingOf(curve, scales, left);
    if (reading === undefined) continue;
    all.push(reading);
    const distance = distanceTo(curve.smooth ?? curve.raw, scales, left, top);
    if (distance > least || (distance === least && nearest !== undefined)) continue;
    least = distance;
    nearest = reading;
  }
  const rank = ({ hasEnded }: Reading) => Number(hasEnded);
  all.sort((a, b) => rank(a) - rank(b) || compare(b.value, a.value));
  return { all, nearest };
}

/** Compares values; NaN is below all. */
function compare(a: number, b: number): number {
  if (a === b) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a < b ? -1 : 1;
}

function readingOf(curve: DrawnCurve, { x }: Scales, left: number): Reading | undefined {
  const { raw, smooth, extent, last, smoothLast } = curve;
  const [begin, end] = [x(extent[0]), x(extent[1])];
  // Half a pixel of tolerance: a pointer at the first or last point counts as on it.
  if (left < begin - 0.5) return undefined;
  if (left > end + 0.5) {
    const value = smooth === undefined ? last : smoothLast;
    return { curve, x: extent[1], value, raw: smooth && last, hasEnded: true };
  }
  const point = pointAt(smooth ?? raw, x, left);
  if (point === undefined) return undefined;
  const rawPoint = smooth === undefined ? undefined : pointAt(raw, x, left);
  return { curve, x: point.x, value: point.y, raw: rawPoint?.y, hasEnded: false };
}

/** The point whose x is nearest to the pointer's, whether it can be drawn or not. */
function pointAt(
  { x: xs, y: ys }: Sample,
  x: (value: number) => number,
  left: number,
): { readonly x: number; readonly y: number } | undefined {
  const after = firstAfter(xs, x, left);
  const distance = (i: number) => Math.abs(x(xs[i] ?? Number.POSITIVE_INFINITY) - left);
  const at = after > 0 && distance(after - 1) < distance(after) ? after - 1 : after;
  const found = Math.min(at, xs.length - 1);
  const [foundX, foundY] = [xs[found], ys[found]];
  return foundX === undefined || foundY === undefined ? undefined : { x: foundX, y: foundY };
}

/** The first point that does not lie left of the pointer. */
function firstAfter(xs: Float64Array, x: (value: number) => number, left: number): number {
  return firstIndex(0, xs.length, (i) => x(xs[i] ?? 0) < left);
}

/** Pixels from the pointer to the drawn line; infinite if the line is out of reach. */
function distanceTo({ x: xs, y: ys }: Sample, scales: Scales, left: number, top: number): number {
  const { x, y, logarithmic } = scales;
  const reach = REACH * scales.ratio;
  let least = Number.POSITIVE_INFINITY;
  const begin = Math.max(firstAfter(xs, x, left - reach) - 1, 0);
  for (let i = begin; i < xs.length; i++) {
    const px = x(xs[i] ?? 0);
    const value = ys[i] ?? Number.NaN;
    if (isDrawable(value, logarithmic)) {
      const py = y(value);
      least = Math.min(least, Math.hypot(px - left, py - top));
      const next = ys[i + 1] ?? Number.NaN;
      if (isDrawable(next, logarithmic)) {
        least = Math.min(least, distanceToPiece(px, py, x(xs[i + 1] ?? 0), y(next), left, top));
      }
    }
    if (px > left + reach) break;
  }
  return least;
}

function distanceToPiece(
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
  left: number,
  top: number,
): number {
  const [dx, dy] = [toX - fromX, toY - fromY];
  const length = dx * dx + dy * dy;
  if (length === 0) return Math.hypot(fromX - left, fromY - top);
  const along = ((left - fromX) * dx + (top - fromY) * dy) / length;
  const share = Math.min(Math.max(along, 0), 1);
  return Math.hypot(fromX + share * dx - left, fromY + share * dy - top);
}
