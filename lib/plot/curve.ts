import { Column } from './column.js';
import { Smoother } from './smooth.js';

/** Points of a curve for drawing, in the order of x. A y that is NaN is a gap. */
export interface Sample {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Which points they are, as they were added. */
  readonly index: Uint32Array;
}

/** The points of a curve: `length` of them, which may grow. */
export interface Points {
  readonly length: number;
  /** NaN: the point has no place on this axis, and is left out. */
  x(index: number): number;
  y(index: number): number;
}

/** Points that share one remembered least and largest value. */
const BLOCK = 64;

/**
 * A curve that may grow, kept so that any stretch of it can be drawn at once: blocks of points remember
 * their least and largest value, so that a bucket of thousands of points is looked through by blocks.
 * Every point goes into the blocks once; a stretch costs as much as it has buckets.
 */
export class Curve {
  readonly #points: Points;
  readonly #keep: number;
  /** Indices by x. Absent as long as the points come in that order. */
  #order: Column<Uint32Array> | undefined;
  #added = 0;
  #lastX = Number.NEGATIVE_INFINITY;
  #shifted = false;
  #smoother: Smoother;
  readonly #min = new Column(Float64Array);
  readonly #max = new Column(Float64Array);
  readonly #minAt = new Column(Uint8Array);
  readonly #maxAt = new Column(Uint8Array);
  /** The smoother's state before each block. */
  readonly #sum = new Column(Float64Array);
  readonly #weight = new Column(Float64Array);

  /** @param smoothing From 0, none, to below 1. */
  constructor(points: Points, smoothing = 0) {
    this.#points = points;
    this.#keep = smoothing;
    this.#smoother = new Smoother(smoothing);
  }

  /** Points that have a place. Call `update()` first. */
  get length(): number {
    return this.#order?.length ?? this.#added;
  }

  /** Takes in the points that came since. */
  update(): void {
    const points = this.#points;
    for (; this.#added < points.length; this.#added++) {
      const x = points.x(this.#added);
      if (this.#order === undefined && !(x >= this.#lastX)) this.#makeOrder();
      if (Number.isNaN(x)) continue;
      if (x < this.#lastX) this.#shifted = true;
      else this.#lastX = x;
      this.#order?.push(this.#added);
    }
    if (this.#shifted) this.#sort();
    this.#fillBlocks();
  }

  /** The least and largest x; undefined for a curve without points. */
  extent(): readonly [number, number] | undefined {
    if (this.length === 0) return undefined;
    return [this.#x(0), this.#x(this.length - 1)];
  }

  /** The value last in the order of x. */
  last(): number {
    return this.length === 0 ? Number.NaN : this.#points.y(this.indexAt(this.length - 1));
  }

  /**
   * What there is to draw from one x to another, and one point beyond on either side: every point where
   * these are few, else the least and the largest of each bucket, so that every peak is seen.
   *
   * @param buckets As many as the chart has columns of pixels.
   */
  sample(from: number, to: number, buckets: number): Sample {
    const begin = this.#lowerBound(from);
    const end = this.#upperBound(to, begin);
    const before = Math.max(begin - 1, 0);
    const after = Math.min(end + 1, this.length);
    const out = new Sink(this, this.#points, Math.min(after - before, 2 * buckets + 2));
    const add = (i: number, y: number) => out.add(i, y);
    if (end - begin <= 2 * buckets) {
      this.#each(before, after, add);
      return out.take();
    }
    this.#each(before, begin, add);
    const left = this.#x(begin);
    const width = (this.#x(end - 1) - left) / buckets;
    let i = begin;
    for (let bucket = 1; bucket <= buckets && i < end; bucket++) {
      const bound = bucket === buckets ? end : this.#lowerBound(left + bucket * width, i, end);
      if (bound > i) this.#addExtremes(out, i, bound);
      i = bound;
    }
    this.#each(end, after, add);
    return out.take();
  }

  /** @internal The index of the i-th point in the order of x. */
  indexAt(i: number): number {
    return this.#order?.at(i) ?? i;
  }

  #addExtremes(out: Sink, begin: number, end: number): void {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let minAt = -1;
    let maxAt = -1;
    const look = (i: number, y: number) => {
      if (y < min) {
        min = y;
        minAt = i;
      }
      if (y > max) {
        max = y;
        maxAt = i;
      }
    };
    const firstBlock = Math.ceil(begin / BLOCK);
    const lastBlock = Math.min(Math.floor(end / BLOCK), this.#min.length);
    if (firstBlock >= lastBlock) this.#each(begin, end, look);
    else {
      this.#each(begin, firstBlock * BLOCK, look);
      for (let block = firstBlock; block < lastBlock; block++) {
        // A block without a number has NaN for both, which no comparison takes.
        const start = block * BLOCK;
        if (this.#min.at(block) < min) {
          min = this.#min.at(block);
          minAt = start + this.#minAt.at(block);
        }
        if (this.#max.at(block) > max) {
          max = this.#max.at(block);
          maxAt = start + this.#maxAt.at(block);
        }
      }
      this.#each(lastBlock * BLOCK, end, look);
    }
    if (minAt === -1) out.add(begin, Number.NaN);
    else if (minAt === maxAt) out.add(minAt, min);
    else if (minAt < maxAt) {
      out.add(minAt, min);
      out.add(maxAt, max);
    } else {
      out.add(maxAt, max);
      out.add(minAt, min);
    }
  }

  /** Calls back for the points from `begin` up to `end`, with their values, smoothed. */
  #each(begin: number, end: number, call: (i: number, y: number) => void): void {
    if (begin >= end) return;
    if (this.#keep === 0) {
      for (let i = begin; i < end; i++) call(i, finite(this.#points.y(this.indexAt(i))));
      return;
    }
    const block = Math.floor(begin / BLOCK);
    const smoother = new Smoother(this.#keep);
    smoother.sum = block < this.#sum.length ? this.#sum.at(block) : this.#smoother.sum;
    smoother.weight = block < this.#sum.length ? this.#weight.at(block) : this.#smoother.weight;
    for (let i = block * BLOCK; i < end; i++) {
      const y = finite(smoother.next(this.#points.y(this.indexAt(i))));
      if (i >= begin) call(i, y);
    }
  }

  /** Makes the blocks that are whole by now. */
  #fillBlocks(): void {
    for (let block = this.#min.length; (block + 1) * BLOCK <= this.length; block++) {
      this.#sum.push(this.#smoother.sum);
      this.#weight.push(this.#smoother.weight);
      let min = Number.NaN;
      let max = Number.NaN;
      let minAt = 0;
      let maxAt = 0;
      for (let at = 0; at < BLOCK; at++) {
        const y = this.#smoother.next(this.#points.y(this.indexAt(block * BLOCK + at)));
        if (!Number.isFinite(y)) continue;
        if (!(y >= min)) {
          min = y;
          minAt = at;
        }
        if (!(y <= max)) {
          max = y;
          maxAt = at;
        }
      }
      this.#min.push(min);
      this.#max.push(max);
      this.#minAt.push(minAt);
      this.#maxAt.push(maxAt);
    }
  }

  #makeOrder(): void {
    this.#order = new Column(Uint32Array);
    for (let i = 0; i < this.#added; i++) this.#order.push(i);
  }

  #sort(): void {
    const order = this.#order;
    if (order === undefined) return;
    // Sorting is stable: points with the same x stay in the order of the file.
    const x = Float64Array.from({ length: this.#added }, (_, i) => this.#points.x(i));
    const sorted = order.data
      .subarray(0, order.length)
      .sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0) || a - b);
    order.data.set(sorted);
    this.#shifted = false;
    this.#smoother = new Smoother(this.#keep);
    for (const column of [this.#min, this.#max, this.#minAt, this.#maxAt]) column.length = 0;
    this.#sum.length = 0;
    this.#weight.length = 0;
  }

  #x(i: number): number {
    return this.#points.x(this.indexAt(i));
  }

  /** The first point whose x is not less. */
  #lowerBound(x: number, low = 0, high = this.length): number {
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#x(middle) < x) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first point whose x is greater. */
  #upperBound(x: number, low = 0, high = this.length): number {
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#x(middle) <= x) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function finite(y: number): number {
  return Number.isFinite(y) ? y : Number.NaN;
}

/** Points on their way into a sample. */
class Sink {
  readonly #curve: Curve;
  readonly #points: Points;
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  readonly #index: Uint32Array;
  #length = 0;

  constructor(curve: Curve, points: Points, capacity: number) {
    this.#curve = curve;
    this.#points = points;
    this.#x = new Float64Array(capacity);
    this.#y = new Float64Array(capacity);
    this.#index = new Uint32Array(capacity);
  }

  add(i: number, y: number): void {
    const index = this.#curve.indexAt(i);
    this.#x[this.#length] = this.#points.x(index);
    this.#y[this.#length] = y;
    this.#index[this.#length] = index;
    this.#length++;
  }

  take(): Sample {
    return {
      x: this.#x.subarray(0, this.#length),
      y: this.#y.subarray(0, this.#length),
      index: this.#index.subarray(0, this.#length),
    };
  }
}
