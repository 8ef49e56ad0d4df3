import type { Packable } from './packed.js';
import { giveNumbers, takeNumbers } from './spare.js';

const FIRST_ROWS = 16;
const GROWTH = 1.5;
const LEAST_GROWTH = 32;

/**
 * A list of rows of the same few numbers, which grows at its end. All numbers lie in one array: an array for each
 * column would take more memory than the numbers of a short log.
 */
export class Rows implements Packable {
  length = 0;
  readonly #width: number;
  /** The numbers, row by row, and room beyond them. Changes when the list grows or is packed: do not keep it. */
  data: Float64Array;

  /** @param width Numbers of a row. */
  constructor(width: number) {
    this.#width = width;
    this.data = takeNumbers(FIRST_ROWS * width);
  }

  /** The number at a place of a row. */
  at(row: number, place: number): number {
    return this.data[row * this.#width + place] ?? Number.NaN;
  }

  set(row: number, place: number, value: number): void {
    this.data[row * this.#width + place] = value;
  }

  /** Adds a row, all of whose numbers the caller sets. Returns its index. */
  add(): number {
    const end = this.length * this.#width;
    if (end === this.data.length) {
      const rows = Math.max(Math.ceil(this.length * GROWTH), this.length + LEAST_GROWTH);
      const grown = takeNumbers(rows * this.#width);
      grown.set(this.data);
      giveNumbers(this.data);
      this.data = grown;
    }
    return this.length++;
  }

  get bytes(): number {
    return this.length * this.#width * Float64Array.BYTES_PER_ELEMENT;
  }

  moveTo(buffer: ArrayBuffer, offset: number): void {
    const numbers = this.length * this.#width;
    const moved = new Float64Array(buffer, offset, numbers);
    moved.set(this.data.subarray(0, numbers));
    giveNumbers(this.data);
    this.data = moved;
  }
}
