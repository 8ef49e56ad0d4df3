import { Column } from './column.js';
import { Smoother } from './smooth.js';
import type { SortedIndex } from './sorted-index.js';

/** A list of numbers that may grow. `data` may have room beyond the numbers. */
export interface Values {
  readonly data: Float64Array;
  readonly length: number;
}

/** How a curve's values are to be drawn. */
export interface Drawing {
  /** From 0 (no smoothing) to below 1. */
  readonly smoothing: number;
  /** Whether the y axis is logarithmic: only values above 0 then have a place. */
  readonly logarithmic: boolean;
}

/** Whether a value has a place on the y axis. */
export function isDrawable(y: number, logarithmic: boolean): boolean {
  return Number.isFinite(y) && !(logarithmic && y <= 0);
}

/** Points of a block, which has one stored least and largest value. */
const SIZE = 64;
/** Stored in place of an index within a block when the block has no such point. */
const NONE = 255;

/**
 * Values in the order in which they are drawn, smoothed or not. Each block of values has its least and
 * largest value and its first gap stored, so that a range of thousands is searched block by block. Every
 * value enters a block once. The smoother's state before each block is stored, so that any range can be
 * smoothed again.
 */
export class ExtremesIndex {
  readonly #values: Values;
  readonly #order: SortedIndex | undefined;
  readonly #drawing: Drawing;
  /** Made when a block is first asked for. Most series have so few points that none is. */
  #blocks: Blocks | undefined;
  #sorts = 0;

  /** @param order Undefined when values are drawn in the order in which they came. */
  constructor(values: Values, order: SortedIndex | undefined, drawing: Drawing) {
    this.#values = values;
    this.#order = order;
    this.#drawing = drawing;
  }

  get length(): number {
    return this.#order?.length ?? this.#values.length;
  }

  /** The index of the value that is drawn as the i-th. */
  indexAt(i: number): number {
    return this.#order?.at(i) ?? i;
  }

  /** Takes the values that came since the last update. */
  update(): void {
    const order = this.#order;
    order?.update(this.#values.length);
    if (order !== undefined && order.sorts !== this.#sorts) {
      this.#sorts = order.sorts;
      this.#blocks = undefined;
    }
  }

  /** Calls back for each point from `begin` up to `end`, including points that cannot be drawn. */
  each(begin: number, end: number, call: (i: number, y: number) => void): void {
    if (begin >= end) return;
    const { data } = this.#values;
    const { smoothing } = this.#drawing;
    if (smoothing === 0) {
      for (let i = begin; i < end; i++) call(i, data[this.indexAt(i)] ?? Number.NaN);
      return;
    }
    const block = Math.floor(begin / SIZE);
    const smoother = this.#filled().smootherAt(block, smoothing);
    for (let i = block * SIZE; i < end; i++) {
      const y = smoother.next(data[this.indexAt(i)] ?? Number.NaN);
      if (i >= begin) call(i, y);
    }
  }

  /** Copies the points from `begin` up to `end`: their values, and their indices as counted when they came. */
  copy(begin: number, end: number, values: Float64Array, indices: Uint32Array): void {
    if (this.#drawing.smoothing > 0) {
      this.each(begin, end, (i, y) => {
        values[i - begin] = y;
        indices[i - begin] = this.indexAt(i);
      });
      return;
    }
    const { data } = this.#values;
    for (let i = begin; i < end; i++) {
      const index = this.indexAt(i);
      values[i - begin] = data[index] ?? Number.NaN;
      indices[i - begin] = index;
    }
  }

  /**
   * Calls back, in order, for the points that show the course from `begin` up to `end`: the first and
   * the last, the least and the largest, and the first that cannot be drawn.
   */
  outline(begin: number, end: number, call: (i: number, y: number) => void): void {
    const { logarithmic } = this.#drawing;
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const at = { min: begin, max: begin, gap: begin };
    let hasGap = false;
    const look = (i: number, y: number) => {
      if (!isDrawable(y, logarithmic)) {
        if (!hasGap) at.gap = i;
        hasGap = true;
        return;
      }
      if (y < min) {
        min = y;
        at.min = i;
      }
      if (y > max) {
        max = y;
        at.max = i;
      }
    };
    const blocks = this.#filled();
    const first = Math.ceil(begin / SIZE);
    const last = Math.min(Math.floor(end / SIZE), blocks.length);
    if (first >= last) this.each(begin, end, look);
    else {
      this.each(begin, first * SIZE, look);
      for (let block = first; block < last; block++) {
        const gap = blocks.gapAt.at(block);
        if (gap !== NONE) look(block * SIZE + gap, Number.NaN);
        if (blocks.minAt.at(block) === NONE) continue;
        look(block * SIZE + blocks.minAt.at(block), blocks.min.at(block));
        look(block * SIZE + blocks.maxAt.at(block), blocks.max.at(block));
      }
      this.each(last * SIZE, end, look);
    }
    let before = -1;
    for (const i of [begin, at.min, at.max, at.gap, end - 1].sort((a, b) => a - b)) {
      if (i > before) this.each(i, i + 1, call);
      before = i;
    }
  }

  /** The blocks, with those that became whole. */
  #filled(): Blocks {
    this.#blocks ??= new Blocks(this.#drawing.smoothing);
    const blocks = this.#blocks;
    const { length } = this;
    while ((blocks.length + 1) * SIZE <= length) this.#fill(blocks);
    return blocks;
  }

  #fill(blocks: Blocks): void {
    const { data } = this.#values;
    const order = this.#order;
    const { smoother } = blocks;
    const { smoothing, logarithmic } = this.#drawing;
    blocks.mean.push(smoother.mean);
    blocks.weight.push(smoother.weight);
    const begin = blocks.length * SIZE;
    let min = Number.NaN;
    let max = Number.NaN;
    let [minAt, maxAt, gapAt] = [NONE, NONE, NONE];
    for (let at = 0; at < SIZE; at++) {
      const raw = data[order === undefined ? begin + at : order.at(begin + at)] ?? Number.NaN;
      const y = smoothing === 0 ? raw : smoother.next(raw);
      if (!isDrawable(y, logarithmic)) {
        if (gapAt === NONE) gapAt = at;
        continue;
      }
      if (!(y >= min)) {
        min = y;
        minAt = at;
      }
      if (!(y <= max)) {
        max = y;
        maxAt = at;
      }
    }
    blocks.min.push(min);
    blocks.max.push(max);
    blocks.minAt.push(minAt);
    blocks.maxAt.push(maxAt);
    blocks.gapAt.push(gapAt);
  }
}

/** What is stored of the blocks that are whole. */
class Blocks {
  readonly min = new Column(Float64Array);
  readonly max = new Column(Float64Array);
  readonly minAt = new Column(Uint8Array);
  readonly maxAt = new Column(Uint8Array);
  /** The index in each block of the first value that cannot be drawn. */
  readonly gapAt = new Column(Uint8Array);
  /** The smoother's state before each block. */
  readonly mean = new Column(Float64Array);
  readonly weight = new Column(Float64Array);
  /** Stands behind the last block. */
  readonly smoother: Smoother;

  constructor(smoothing: number) {
    this.smoother = new Smoother(smoothing);
  }

  get length(): number {
    return this.min.length;
  }

  /** A smoother as it stands before a block: one of these blocks, or the block after the last. */
  smootherAt(block: number, smoothing: number): Smoother {
    const smoother = new Smoother(smoothing);
    const isWhole = block < this.length;
    smoother.mean = isWhole ? this.mean.at(block) : this.smoother.mean;
    smoother.weight = isWhole ? this.weight.at(block) : this.smoother.weight;
    return smoother;
  }
}
