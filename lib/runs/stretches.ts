import { firstIndex } from '../base/search.js';
import type { Packable } from './packed.js';
import { Rows } from './rows.js';

/** Indices of the numbers in a row. */
const FIRST = 0;
const EPOCH = 1;
const NUMBER = 2;
const HAS_ITERATION = 3;
const PLACES = 4;

/** What records in a row have in common: their epoch, the epoch's number as logged, whether they have an iteration. */
export interface Stretch {
  readonly epoch: number;
  readonly number: number;
  readonly hasIteration: boolean;
}

/** What the records of a run share with those beside them: one row for each stretch, rather than one for each record. */
export class Stretches implements Stretch {
  readonly #rows = new Rows(PLACES);
  /** The stretch found last, and the records in it, from `#begin` to before `#end`. */
  #row = -1;
  #begin = 0;
  #end = 0;
  /** Of the stretch found last. */
  epoch = Number.NaN;
  number = Number.NaN;
  hasIteration = false;

  /** Adds a record. */
  add(index: number, epoch: number, number: number, hasIteration: boolean): void {
    const rows = this.#rows;
    const last = rows.length - 1;
    const isSame =
      last >= 0 &&
      rows.at(last, EPOCH) === epoch &&
      rows.at(last, NUMBER) === number &&
      rows.at(last, HAS_ITERATION) === Number(hasIteration);
    if (isSame) return;
    if (this.#row === last) this.#end = index;
    const row = rows.add();
    rows.set(row, FIRST, index);
    rows.set(row, EPOCH, epoch);
    rows.set(row, NUMBER, number);
    rows.set(row, HAS_ITERATION, Number(hasIteration));
  }

  /** The stretch of a record: valid until the next call. */
  at(index: number): Stretch {
    if (index < this.#begin || index >= this.#end) this.#find(index);
    return this;
  }

  /** The lists of numbers of which the stretches consist. */
  get lists(): readonly Packable[] {
    return [this.#rows];
  }

  #find(index: number): void {
    // Records are mostly asked for in their order.
    const rows = this.#rows;
    const isNext = index === this.#end && this.#row + 1 < rows.length;
    this.#row = isNext
      ? this.#row + 1
      : firstIndex(1, rows.length, (row) => rows.at(row, FIRST) <= index) - 1;
    this.epoch = rows.at(this.#row, EPOCH);
    this.number = rows.at(this.#row, NUMBER);
    this.hasIteration = rows.at(this.#row, HAS_ITERATION) === 1;
    this.#begin = rows.at(this.#row, FIRST);
    const next = this.#row + 1;
    this.#end = next < rows.length ? rows.at(next, FIRST) : Number.POSITIVE_INFINITY;
  }
}
