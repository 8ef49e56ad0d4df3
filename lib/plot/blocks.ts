import { Column } from './column.js';
import type { Order } from './order.js';
import { Smoother } from './smooth.js';

/** Numbers that may grow. `data` may have room beyond them. */
export interface Values {
  readonly data: Float64Array;
  readonly length: number;
}

/** The least and the largest value of a stretch, and which points they are; -1: there is none. */
export interface Extremes {
  min: number;
  max: number;
  minAt: number;
  maxAt: number;
}

/** Points that share one remembered least and largest value. */
const SIZE = 64;

/**
 * Values in the order in which they are drawn, smoothed or not. Blocks of them remember their least and
 * largest value, so that a stretch of thousands is looked through by blocks; every value goes into them
 * once. Between blocks the smoother's state is remembered, so that any stretch can be smoothed again.
 */
export class Blocks {
  readonly #values: Values;
  readonly #order: Order | undefined;
  readonly #keep: number;
  #smoother: Smoother;
  #sorts = 0;
  readonly #min = new Column(Float64Array);
  readonly #max = new Column(Float64Array);
  readonly #minAt = new Column(Uint8Array);
  readonly #maxAt = new Column(Uint8Array);
  /** The smoother's state before each block. */
  readonly #sum = new Column(Float64Array);
  readonly #weight = new Column(Float64Array);

  /**
   * @param order Absent where the values are drawn in the order in which they came.
   * @param smoothing From 0, none, to below 1.
   */
  constructor(values: Values, order: Order | undefined, smoothing: number) {
    this.#values = values;
    this.#order = order;
    this.#keep = smoothing;
    this.#smoother = new Smoother(smoothing);
  }

  get length(): number {
    return this.#order?.length ?? this.#values.length;
  }

  /** Which value is drawn as the i-th. */
  indexAt(i: number): number {
    return this.#order?.at(i) ?? i;
  }

  /** Takes in the values that came since. */
  update(): void {
    const order = this.#order;
    order?.update(this.#values.length);
    if (order !== undefined && order.sorts !== this.#sorts) this.#reset(order.sorts);
    const { length } = this;
    for (let block = this.#min.length; (block + 1) * SIZE <= length; block++) this.#fill(block);
  }

  /** Calls back for the points from `begin` up to `end`; infinite values are NaN then. */
  each(begin: number, end: number, call: (i: number, y: number) => void): void {
    if (begin >= end) return;
    const { data } = this.#values;
    if (this.#keep === 0) {
      for (let i = begin; i < end; i++) {
        const y = data[this.indexAt(i)] ?? Number.NaN;
        call(i, Number.isFinite(y) ? y : Number.NaN);
      }
      return;
    }
    const block = Math.floor(begin / SIZE);
    const smoother = new Smoother(this.#keep);
    const isWhole = block < this.#sum.length;
    smoother.sum = isWhole ? this.#sum.at(block) : this.#smoother.sum;
    smoother.weight = isWhole ? this.#weight.at(block) : this.#smoother.weight;
    for (let i = block * SIZE; i < end; i++) {
      const y = smoother.next(data[this.indexAt(i)] ?? Number.NaN);
      if (i >= begin) call(i, Number.isFinite(y) ? y : Number.NaN);
    }
  }

  /** The extremes of the points from `begin` up to `end`. */
  extremes(begin: number, end: number): Extremes {
    const found: Extremes = {
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
      minAt: -1,
      maxAt: -1,
    };
    const look = (i: number, y: number) => {
      if (y < found.min) {
        found.min = y;
        found.minAt = i;
      }
      if (y > found.max) {
        found.max = y;
        found.maxAt = i;
      }
    };
    const first = Math.ceil(begin / SIZE);
    const last = Math.min(Math.floor(end / SIZE), this.#min.length);
    if (first >= last) {
      this.each(begin, end, look);
      return found;
    }
    this.each(begin, first * SIZE, look);
    for (let block = first; block < last; block++) {
      // A block without a number has NaN for both, which no comparison takes.
      look(block * SIZE + this.#minAt.at(block), this.#min.at(block));
      look(block * SIZE + this.#maxAt.at(block), this.#max.at(block));
    }
    this.each(last * SIZE, end, look);
    return found;
  }

  #fill(block: number): void {
    const { data } = this.#values;
    const order = this.#order;
    const smoother = this.#smoother;
    this.#sum.push(smoother.sum);
    this.#weight.push(smoother.weight);
    const begin = block * SIZE;
    let min = Number.NaN;
    let max = Number.NaN;
    let minAt = 0;
    let maxAt = 0;
    for (let at = 0; at < SIZE; at++) {
      const raw = data[order === undefined ? begin + at : order.at(begin + at)] ?? Number.NaN;
      const y = this.#keep === 0 ? raw : smoother.next(raw);
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

  #reset(sorts: number): void {
    this.#sorts = sorts;
    this.#smoother = new Smoother(this.#keep);
    for (const column of [this.#min, this.#max, this.#sum, this.#weight]) column.length = 0;
    for (const column of [this.#minAt, this.#maxAt]) column.length = 0;
  }
}
