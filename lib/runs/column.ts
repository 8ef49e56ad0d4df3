import type { Packable } from './packed.js';
import { giveNumbers, takeNumbers } from './spare.js';

type Numbers = Float64Array | Uint32Array | Uint8Array;

interface Make<T> {
  new (length: number): T;
  new (buffer: ArrayBuffer, offset: number, length: number): T;
}

/** What all columns without numbers share: a log of thousands of metrics has thousands of them. */
const NOTHING = new Map<unknown, Numbers>(
  [Float64Array, Uint32Array, Uint8Array].map((make) => [make, new make(0)]),
);
const FIRST_CAPACITY = 16;
/** Short columns grow in few steps: a log of thousands of metrics has thousands of them. */
const SHORT = 1024;
const SHORT_GROWTH = 4;
const GROWTH = 1.5;

/** A list of numbers that grows at its end, without an object for each. */
export class Column<T extends Numbers> implements Packable {
  length = 0;
  /** The numbers, and room beyond them. Changes when the column grows or is packed: do not keep it. */
  data: T;
  readonly #make: Make<T>;

  constructor(make: Make<T>) {
    this.#make = make;
    this.data = NOTHING.get(make) as T;
  }

  push(value: number): void {
    if (this.length === this.data.length) this.#grow();
    this.data[this.length++] = value;
  }

  /** The number at an index within the column. */
  at(index: number): number {
    return this.data[index] ?? Number.NaN;
  }

  get bytes(): number {
    return this.length * this.data.BYTES_PER_ELEMENT;
  }

  moveTo(buffer: ArrayBuffer, offset: number): void {
    const moved = new this.#make(buffer, offset, this.length);
    moved.set(this.data.subarray(0, this.length));
    this.#give();
    this.data = moved;
  }

  #grow(): void {
    const { length } = this.data;
    const wanted = length < SHORT ? SHORT_GROWTH * length : Math.ceil(GROWTH * length);
    const grown = this.#take(Math.max(wanted, FIRST_CAPACITY));
    grown.set(this.data);
    this.#give();
    this.data = grown;
  }

  #take(length: number): T {
    // The type of the elements is that of the constructor.
    return (this.#make as unknown) === Float64Array
      ? (takeNumbers(length) as Numbers as T)
      : new this.#make(length);
  }

  #give(): void {
    if (this.data instanceof Float64Array) giveNumbers(this.data);
  }
}
