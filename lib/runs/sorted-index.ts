import { Column } from './column.js';

/** The order of points by their x, where they do not come in it; those without a place are left out. */
export class SortedIndex {
  /** How often all of it was sorted anew. */
  sorts = 0;
  /** The place of a point, by its index; NaN where it has none. */
  readonly x: (index: number) => number;
  readonly #version: () => number;
  #seen = 0;
  readonly #indices = new Column(Uint32Array);
  #added = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** @param version Goes up when points may have moved. */
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

  /** Takes in the points up to a length. */
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
