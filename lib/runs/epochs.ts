import type { Packable } from './packed.js';
import { Rows } from './rows.js';

/** The epoch of steps that belong to no epoch. */
export const NO_EPOCH = 0;

/** Limit on epochs that are found by number. Beyond it only the epoch entered last is. */
const MAX_KNOWN = 1 << 20;

/** Indices of the numbers in a row. */
const NUMBER = 0;
/** The least and the largest iteration, as logged. */
const LEAST = 1;
const LARGEST = 2;
/** Added to the epoch's iterations on the axis of all iterations. */
const OFFSET = 3;
/** The iteration at which the epoch begins, as logged. */
const BEGIN = 4;
/** The largest LARGEST - BEGIN of this and all earlier epochs. */
const WIDEST = 5;
/** The epoch's index in `#ordered`. */
const RANK = 6;
const PLACES = 7;
/** No epochs yet: memory is taken only when there are some. */
const NONE: number[] = [];

/**
 * The epochs of a run, and their offsets on the axis of all iterations. Some runs count iterations from 0
 * in each epoch, others go on counting. Which of the two a run does, and how long an epoch is, shows only
 * when all records of the epoch are read, and some records are logged late. So offsets are computed on
 * demand, and move when the log grows. The order of steps is always that of (epoch, iteration):
 * iterations that go on over epochs come in that order too.
 */
export class Epochs {
  /** Goes up when an offset that was already computed has moved. */
  version = 0;
  /** The epochs by number. Made for the second epoch. */
  #ids: Map<number, number> | undefined;
  readonly #rows = new Rows(PLACES);
  /** The epochs, sorted by number. */
  #ordered: number[] = NONE;
  #isOrdered = true;
  /** Number of epochs, first in `#ordered`, whose offsets are current. */
  #settled = 0;
  #current = NO_EPOCH;
  #furthest = NO_EPOCH;

  constructor() {
    // The first row is that of NO_EPOCH, whose iterations have no offset.
    this.#push(Number.NEGATIVE_INFINITY, 0);
    this.#rows.set(NO_EPOCH, OFFSET, 0);
  }

  /** The epoch with a number; undefined when none was entered. */
  find(number: number): number | undefined {
    if (this.#ids !== undefined) return this.#ids.get(number);
    const isOnly = this.#current !== NO_EPOCH && this.#rows.at(this.#current, NUMBER) === number;
    return isOnly ? this.#current : undefined;
  }

  /** The lists of numbers of which the epochs consist. */
  get lists(): readonly Packable[] {
    return [this.#rows];
  }

  /** The epoch with the largest number so far. */
  get furthest(): number {
    return this.#furthest;
  }

  /** The largest iteration of an epoch so far. */
  largest(epoch: number): number {
    return this.#rows.at(epoch, LARGEST);
  }

  /** Adds an iteration to the epoch with a number. Returns the epoch. */
  enter(number: number, iteration: number): number {
    const isCurrent = this.#current !== NO_EPOCH && this.#rows.at(this.#current, NUMBER) === number;
    const epoch = isCurrent ? this.#current : (this.find(number) ?? this.#add(number, iteration));
    this.#current = epoch;
    if (iteration > this.#rows.at(epoch, LARGEST)) this.#rows.set(epoch, LARGEST, iteration);
    else if (iteration < this.#rows.at(epoch, LEAST)) this.#rows.set(epoch, LEAST, iteration);
    else return epoch;
    this.#settled = Math.min(this.#settled, this.#rows.at(epoch, RANK));
    return epoch;
  }

  /** Whether all steps of an epoch come before those of another. */
  isBefore(epoch: number, other: number): boolean {
    return this.#rows.at(epoch, NUMBER) < this.#rows.at(other, NUMBER);
  }

  /** Brings the offsets up to date. */
  settle(): void {
    if (!this.#isOrdered) this.#sort();
    let hasMoved = false;
    for (let rank = this.#settled; rank < this.#ordered.length; rank++) {
      const epoch = this.#ordered[rank] ?? NO_EPOCH;
      const before = this.#rows.at(epoch, OFFSET);
      this.#place(epoch, rank === 0 ? undefined : this.#ordered[rank - 1]);
      const after = this.#rows.at(epoch, OFFSET);
      if (before < after || before > after) hasMoved = true;
    }
    this.#settled = this.#ordered.length;
    if (hasMoved) this.version++;
  }

  /** The place of an iteration among those of all epochs. Valid right after `settle()`. */
  step(epoch: number, iteration: number): number {
    return this.#rows.at(epoch, OFFSET) + iteration;
  }

  /** How far an iteration lies into its epoch, from 0 to below 1. Valid right after `settle()`. */
  share(epoch: number, iteration: number): number {
    const last = this.#ordered[this.#ordered.length - 1] ?? NO_EPOCH;
    return Math.max(iteration - this.#rows.at(epoch, BEGIN), 0) / (this.#rows.at(last, WIDEST) + 1);
  }

  #place(epoch: number, previous: number | undefined): void {
    const least = this.#rows.at(epoch, LEAST);
    let [offset, begin, widest] = [0, least, 0];
    if (previous === undefined) {
      // In a log that begins in the middle of a run the first epoch begins where the log does.
      if (this.#rows.at(epoch, NUMBER) <= 1) begin = Math.min(0, least);
    } else {
      const end = this.#rows.at(previous, LARGEST);
      const restarts = least <= end;
      offset = this.#rows.at(previous, OFFSET) + (restarts ? end + 1 - Math.min(0, least) : 0);
      begin = Math.min(restarts ? 0 : end + 1, least);
      widest = this.#rows.at(previous, WIDEST);
    }
    this.#rows.set(epoch, OFFSET, offset);
    this.#rows.set(epoch, BEGIN, begin);
    this.#rows.set(epoch, WIDEST, Math.max(widest, this.#rows.at(epoch, LARGEST) - begin));
  }

  #add(number: number, iteration: number): number {
    const epoch = this.#rows.length;
    this.#push(number, iteration);
    if (this.#current !== NO_EPOCH) this.#remember(number, epoch);
    const last = this.#ordered[this.#ordered.length - 1];
    this.#rows.set(epoch, RANK, this.#ordered.length);
    if (last !== undefined && this.isBefore(epoch, last)) this.#isOrdered = false;
    if (this.#ordered === NONE) this.#ordered = [epoch];
    else this.#ordered.push(epoch);
    if (!this.isBefore(epoch, this.#furthest)) this.#furthest = epoch;
    return epoch;
  }

  #remember(number: number, epoch: number): void {
    this.#ids ??= new Map([[this.#rows.at(this.#current, NUMBER), this.#current]]);
    if (this.#ids.size < MAX_KNOWN) this.#ids.set(number, epoch);
  }

  #push(number: number, iteration: number): void {
    const epoch = this.#rows.add();
    this.#rows.set(epoch, NUMBER, number);
    this.#rows.set(epoch, LEAST, iteration);
    this.#rows.set(epoch, LARGEST, iteration);
    for (const place of [OFFSET, BEGIN, WIDEST, RANK]) this.#rows.set(epoch, place, Number.NaN);
  }

  #sort(): void {
    this.#ordered.sort((a, b) => this.#rows.at(a, NUMBER) - this.#rows.at(b, NUMBER) || a - b);
    for (const [rank, epoch] of this.#ordered.entries()) this.#rows.set(epoch, RANK, rank);
    this.#isOrdered = true;
    this.#settled = 0;
  }
}
