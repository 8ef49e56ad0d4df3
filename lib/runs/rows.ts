/** Small, since a folder may hold thousands of short logs. */
const FIRST_ROWS = 2;
const GROWTH = 1.5;

/**
 * A list of rows of the same few numbers, which grows at its end. All numbers lie in one array: an array for each
 * column would take more memory than the numbers of a short log.
 */
export class Rows {
  length = 0;
  readonly #width: number;
  #data: Float64Array;

  /** @param width Numbers of a row. */
  constructor(width: number) {
    this.#width = width;
    this.#data = new Float64Array(FIRST_ROWS * width);
  }

  /** The number at a place of a row. */
  at(row: number, place: number): number {
    return this.#data[row * this.#width + place] ?? Number.NaN;
  }

  set(row: number, place: number, value: number): void {
    this.#data[row * this.#width + place] = value;
  }

  /** Adds a row, whose numbers are 0 until they are set. Returns its index. */
  add(): number {
    const end = this.length * this.#width;
    if (end === this.#data.length) {
      const grown = new Float64Array(Math.ceil(this.length * GROWTH) * this.#width);
      grown.set(this.#data);
      this.#data = grown;
    }
    return this.length++;
  }
}
