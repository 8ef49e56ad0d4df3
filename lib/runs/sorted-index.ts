import { Column } from './column.js';

/** The order of points by their x, for points that do not come in that order. Points without an x are left out. */
export class SortedIndex {
  /** How often all points were sorted again. */
  sorts = 0;
  /** The x of a point, by its index; NaN when the point has none. */
  readonly x: (index: number) => number;
  readonly #version: () => number;
  #seen = 0;
  readonly #indices = new Column(Uint32Array);
  #added = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** @param version Its result goes up when points may have moved. */
  constructor(x: (index: number) => number, version = () => 0) {
    this.x = x;
    this.#version = version;
  }

  get length(): number {
    return this.#indices.length;
  }

  at(i: number): number {
    return this.#indices.at(i);
  }

  /** Adds the points up to a length. */
  update(length: number): void {
    const version = this.#version();
    let isSorted = version === this.#seen;
    this.#seen = version;
    for (; this.#added < length; this.#added++) {
      const x = this.x(this.#added);
      if (Number.isNaN(x)) continue;
      if (x < this.#last) isSorted = false;
      else this.#last = x;
      this.#indices.push(this.#added);
    }
    if (!isSorted) this.#sort();
  }

  /** Points with the same x stay in the order in which they came. */
  #sort(): void {
    const x = Float64Array.from({ length: this.#added }, (_, i) => this.x(i));
    const { data, length } = this.#indices;
    data.subarray(0, length).sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0) || a - b);
    this.#last = length === 0 ? Number.NEGATIVE_INFINITY : this.x(this.at(length - 1));
    this.sorts++;
  }
}
