import { Column } from './column.js';

/** Stands for the steps that belong to no epoch. */
export const NO_EPOCH = 0;

/** Beyond so many epochs a number is looked for only in the epoch entered last. */
const MAX_KNOWN = 1 << 20;

/**
 * The epochs of a run, and where they lie on the axis of all iterations. Some runs count their
 * iterations from 0 in each epoch, others go on counting; which of the two it is, and how long an epoch
 * is, shows only when all of its records are read, as some are logged late. So offsets are computed when
 * they are asked for, and move when the log grows. The order of steps is always that of (epoch,
 * iteration): iterations that go on over epochs come in that order too.
 */
export class Epochs {
  /** Goes up when an offset that was already told has moved. */
  version = 0;
  readonly #ids = new Map<number, number>();
  readonly #number = new Column(Float64Array);
  /** The least and the largest iteration of each, as they are written. */
  readonly #least = new Column(Float64Array);
  readonly #largest = new Column(Float64Array);
  /** Iterations before it, where each epoch counts its own. */
  readonly #offset = new Column(Float64Array);
  /** Where it begins, as iterations are written. */
  readonly #begin = new Column(Float64Array);
  /** The most iterations of it and of all before it. */
  readonly #widest = new Column(Float64Array);
  /** Where it stands among the others. */
  readonly #rank = new Column(Uint32Array);
  /** The epochs by their numbers. */
  #ordered: number[] = [];
  #isOrdered = true;
  /** How many of `#ordered` have their offsets. */
  #settled = 0;
  #current = NO_EPOCH;
  #furthest = NO_EPOCH;

  constructor() {
    // The columns' first entry is NO_EPOCH's, whose iterations lie where they say.
    this.#push(Number.NEGATIVE_INFINITY, 0);
    this.#offset.data[NO_EPOCH] = 0;
  }

  /** The epoch with a number, as far as one was entered. */
  find(number: number): number | undefined {
    return this.#ids.get(number);
  }

  /** The epoch with the largest number so far. */
  get furthest(): number {
    return this.#furthest;
  }

  /** The largest iteration of an epoch so far. */
  largest(epoch: number): number {
    return this.#largest.at(epoch);
  }

  /** Takes in an iteration of the epoch with a number, and returns the epoch. */
  enter(number: number, iteration: number): number {
    const isCurrent = this.#current !== NO_EPOCH && this.#number.at(this.#current) === number;
    const epoch = isCurrent
      ? this.#current
      : (this.#ids.get(number) ?? this.#add(number, iteration));
    this.#current = epoch;
    if (iteration > this.#largest.at(epoch)) this.#largest.data[epoch] = iteration;
    else if (iteration < this.#least.at(epoch)) this.#least.data[epoch] = iteration;
    else return epoch;
    this.#settled = Math.min(this.#settled, this.#rank.at(epoch));
    return epoch;
  }

  /** Whether all steps of an epoch come before those of another. */
  isBefore(epoch: number, other: number): boolean {
    return this.#number.at(epoch) < this.#number.at(other);
  }

  /** Brings the offsets up to date. */
  settle(): void {
    if (!this.#isOrdered) this.#sort();
    let hasMoved = false;
    for (let rank = this.#settled; rank < this.#ordered.length; rank++) {
      const epoch = this.#ordered[rank] ?? NO_EPOCH;
      const before = this.#offset.at(epoch);
      this.#place(epoch, rank === 0 ? undefined : this.#ordered[rank - 1]);
      if (before < this.#offset.at(epoch) || before > this.#offset.at(epoch)) hasMoved = true;
    }
    this.#settled = this.#ordered.length;
    if (hasMoved) this.version++;
  }

  /** Where an iteration lies among those of all epochs; right after `settle()`. */
  step(epoch: number, iteration: number): number {
    return this.#offset.at(epoch) + iteration;
  }

  /** How far an iteration lies into its epoch, from 0 to below 1; right after `settle()`. */
  share(epoch: number, iteration: number): number {
    const last = this.#ordered[this.#ordered.length - 1] ?? NO_EPOCH;
    return Math.max(iteration - this.#begin.at(epoch), 0) / (this.#widest.at(last) + 1);
  }

  #place(epoch: number, previous: number | undefined): void {
    const least = this.#least.at(epoch);
    let [offset, begin, widest] = [0, least, 0];
    if (previous === undefined) {
      // A log may begin in the middle of a run: then its first epoch begins where the log does.
      if (this.#number.at(epoch) <= 1) begin = Math.min(0, least);
    } else {
      const end = this.#largest.at(previous);
      const restarts = least <= end;
      offset = this.#offset.at(previous) + (restarts ? end + 1 - Math.min(0, least) : 0);
      begin = Math.min(restarts ? 0 : end + 1, least);
      widest = this.#widest.at(previous);
    }
    this.#offset.data[epoch] = offset;
    this.#begin.data[epoch] = begin;
    this.#widest.data[epoch] = Math.max(widest, this.#largest.at(epoch) - begin);
  }

  #add(number: number, iteration: number): number {
    const epoch = this.#number.length;
    this.#push(number, iteration);
    if (this.#ids.size < MAX_KNOWN) this.#ids.set(number, epoch);
    const last = this.#ordered[this.#ordered.length - 1];
    this.#rank.data[epoch] = this.#ordered.length;
    if (last !== undefined && this.isBefore(epoch, last)) this.#isOrdered = false;
    this.#ordered.push(epoch);
    if (!this.isBefore(epoch, this.#furthest)) this.#furthest = epoch;
    return epoch;
  }

  #push(number: number, iteration: number): void {
    this.#number.push(number);
    this.#least.push(iteration);
    this.#largest.push(iteration);
    for (const column of [this.#offset, this.#begin, this.#widest]) column.push(Number.NaN);
    this.#rank.push(0);
  }

  #sort(): void {
    this.#ordered.sort((a, b) => this.#number.at(a) - this.#number.at(b) || a - b);
    for (const [rank, epoch] of this.#ordered.entries()) this.#rank.data[epoch] = rank;
    this.#isOrdered = true;
    this.#settled = 0;
  }
}
