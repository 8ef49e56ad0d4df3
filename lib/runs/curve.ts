import { firstIndex } from '../base/search.js';
import type { Axis } from './axis.js';
import type { ExtremesIndex } from './extremes-index.js';

/** Points of a curve for drawing, in the order of x. Values that cannot be drawn are gaps. */
export interface Sample {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** The index of each point, counted as points were added. */
  readonly index: Uint32Array;
}

/** The first, last, least and largest point, and a gap. Lines with fewer points are drawn whole. */
export const POINTS_PER_BUCKET = 5;

/** What the x of a curve's points depend on. Two curves with the same places have the same x at each index. */
export interface Places {
  /** What tells where the points lie: one object for all series that were always logged together. */
  readonly rows: object;
  readonly axis: Axis;
  /** Number of records: places may move when there are more. */
  readonly records: number;
}

/** A curve that may grow. The cost of drawing a range of it depends on the points seen, not on the curve's length. */
export class Curve {
  readonly #place: (index: number) => number;
  readonly #blocks: ExtremesIndex;
  readonly #places: Places | undefined;

  /**
   * @param place Returns the x of a point, by its index. In the order of the blocks, x never decreases.
   * @param blocks The values.
   * @param places Undefined when points are not drawn in the order in which they came.
   */
  constructor(place: (index: number) => number, blocks: ExtremesIndex, places?: Places) {
    this.#place = place;
    this.#blocks = blocks;
    this.#places = places;
  }

  /** Number of points that have an x. */
  get length(): number {
    return this.#blocks.length;
  }

  /** The value where the curve ends; NaN for a curve without points. */
  last(): number {
    let last = Number.NaN;
    const end = this.length;
    this.#blocks.each(Math.max(end - 1, 0), end, (_, y) => {
      last = y;
    });
    return last;
  }

  /** The least and largest x; undefined for a curve without points. */
  extent(): readonly [number, number] | undefined {
    if (this.length === 0) return undefined;
    return [this.#x(0), this.#x(this.length - 1)];
  }

  /**
   * The points to draw from one x to another, and one point beyond on either side: every point where they
   * are few, else the first, last, least and largest point and the first gap of each bucket. Buckets are
   * equal parts of the range, whatever the curve, so that curves that are equal there look equal.
   *
   * @param buckets Number of the chart's columns of pixels.
   */
  sample(from: number, to: number, buckets: number): Sample {
    const blocks = this.#blocks;
    const begin = this.#lowerBound(from);
    const end = this.#upperBound(to, begin);
    const before = Math.max(begin - 1, 0);
    const after = Math.min(end + 1, this.length);
    if (after - before <= POINTS_PER_BUCKET * buckets) return this.#all(before, after);
    const out = new Points(POINTS_PER_BUCKET * buckets + 2);
    const add = (i: number, y: number) => {
      const index = blocks.indexAt(i);
      out.add(this.#place(index), y, index);
    };
    blocks.each(before, begin, add);
    // `between` multiplies before it adds: `to - from` may be larger than the largest number.
    const bound = (bucket: number) =>
      bucket === buckets ? end : this.#lowerBound(between(from, to, bucket / buckets), begin, end);
    let i = begin;
    for (let bucket = 1; bucket <= buckets && i < end; bucket++) {
      const next = bound(bucket);
      if (next > i) blocks.outline(i, next, add);
      i = Math.max(i, next);
    }
    blocks.each(end, after, add);
    return out.take();
  }

  /** Each point from one to before another. */
  #all(begin: number, end: number): Sample {
    const sample = takeSample(end - begin);
    const { x, y, index } = sample;
    this.#blocks.copy(begin, end, y, index);
    const isKnown = placed?.x === x && placed.begin === begin && isSame(placed, this.#places);
    if (isKnown) return sample;
    const place = this.#place;
    for (let i = 0; i < x.length; i++) x[i] = place(index[i] as number);
    placed = this.#places === undefined ? undefined : { x, begin, ...this.#places };
    return sample;
  }

  /** The values of the points with the given indices, in the order of the indices. */
  values(indices: Uint32Array): Float64Array {
    const wanted = new Map(Array.from(indices, (index, at) => [index, at] as const));
    const values = new Float64Array(indices.length).fill(Number.NaN);
    this.#blocks.each(0, this.length, (i, y) => {
      const at = wanted.get(this.#blocks.indexAt(i));
      if (at !== undefined) values[at] = y;
    });
    return values;
  }

  #x(i: number): number {
    return this.#place(this.#blocks.indexAt(i));
  }

  /** The first point whose x is not less than `x`. */
  #lowerBound(x: number, low = 0, high = this.length): number {
    // A drawing mostly begins with the curve, and ends with it.
    if (low < high && this.#x(low) >= x) return low;
    return firstIndex(low, high, (i) => this.#x(i) < x);
  }

  /** The first point whose x is greater than `x`. */
  #upperBound(x: number, low = 0, high = this.length): number {
    if (low < high && this.#x(high - 1) <= x) return high;
    return firstIndex(low, high, (i) => this.#x(i) <= x);
  }
}

/** The number at a share of the way between two numbers. */
function between(from: number, to: number, share: number): number {
  return from * (1 - share) + to * share;
}

/** The points given back last: a log may have thousands of charts with as many points. */
let spare: Sample | undefined;

/** The places that were computed last, with their x. The memory that was given back still holds the x, if it is the same memory. */
let placed: (Places & { readonly x: Float64Array; readonly begin: number }) | undefined;

function isSame(a: Places, b: Places | undefined): boolean {
  return a.rows === b?.rows && a.axis === b.axis && a.records === b.records;
}

/** Gives back points that nothing refers to any more. Their memory becomes that of a later sample. */
export function giveSample(sample: Sample): void {
  spare = sample;
}

/** Collects the points of a sample. */
class Points {
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  readonly #index: Uint32Array;
  #length = 0;

  constructor(capacity: number) {
    const { x, y, index } = takeSample(capacity);
    if (placed?.x === x) placed = undefined;
    this.#x = x;
    this.#y = y;
    this.#index = index;
  }

  add(x: number, y: number, index: number): void {
    const at = this.#length++;
    this.#x[at] = x;
    this.#y[at] = y;
    this.#index[at] = index;
  }

  take(): Sample {
    const [x, y, index, length] = [this.#x, this.#y, this.#index, this.#length];
    if (length === x.length) return { x, y, index };
    return { x: x.subarray(0, length), y: y.subarray(0, length), index: index.subarray(0, length) };
  }
}

/** Memory for points, with any numbers in it. */
function takeSample(length: number): Sample {
  const given = spare;
  spare = undefined;
  if (given?.x.length === length) return given;
  const [x, y] = [new Float64Array(length), new Float64Array(length)];
  return { x, y, index: new Uint32Array(length) };
}
