type Numbers = Float64Array | Uint32Array | Uint8Array;

/** Small, since a folder may hold thousands of short logs. */
const FIRST_CAPACITY = 16;
/** Short columns double: a log of thousands of metrics has thousands of them. */
const SHORT = 1024;
const GROWTH = 1.5;

/** A list of numbers that grows at its end, without an object for each. */
export class Column<T extends Numbers> {
  length = 0;
  /** The numbers, and room beyond them. Changes when the column grows: do not keep it. */
  data: T;
  readonly #make: new (
    length: number,
  ) => T;

  constructor(make: new (length: number) => T) {
    this.#make = make;
    this.data = new make(0);
  }

  push(value: number): void {
    if (this.length === this.data.length) this.#grow();
    this.data[this.length++] = value;
  }

  /** The number at an index within the column. */
  at(index: number): number {
    return this.data[index] ?? Number.NaN;
  }

  #grow(): void {
    const { length } = this.data;
    const wanted = length < SHORT ? 2 * length : Math.ceil(GROWTH * length);
    const grown = new this.#make(Math.max(wanted, FIRST_CAPACITY));
    grown.set(this.data);
    this.data = grown;
  }
}
