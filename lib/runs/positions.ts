import { AXES, type Axis } from './axis.js';
import { Epochs, NO_EPOCH } from './epochs.js';
import { Rows } from './rows.js';

/** In place of a validation's iteration: the step has no iteration of its own. */
const NO_ITERATION = -1;

/** Places of a row. */
const TIME = 0;
const ELAPSED = 1;
/** The epoch on whose iterations the step axis counts, and the iteration, or what stands for it. */
const WITHIN = 2;
const ITERATION = 3;
/** The third place of the step: a validation's iteration, or NO_ITERATION. */
const SUB = 4;
/** The number of the epoch, as written. */
const EPOCH = 5;
const PLACES = 6;

/**
 * Where the records of a run lie on every axis. Some run through their iterations anew in each epoch,
 * others go on counting: the step axis is that of all iterations in both cases.
 */
export class Positions {
  readonly #rows = new Rows(PLACES);
  readonly #epochs = new Epochs();
  #largestSub = 0;
  #smallestSub = Number.POSITIVE_INFINITY;
  #hasWholeEpochs = true;
  #hasWholeIterations = true;
  #unnumbered = 0;
  #begin = Number.NaN;
  /** The metrics of one record ask the same question. */
  #comparedBefore = -1;
  #compared = -1;
  #inOrder = 0;

  get length(): number {
    return this.#rows.length;
  }

  /**
   * Adds a record; its index is `length - 1` then.
   *
   * @param step The places of its step that are numbers, the first `depth` of them.
   */
  add(step: ArrayLike<number>, depth: number, time: number, elapsed: number): void {
    if (Number.isNaN(this.#begin)) this.#begin = time;
    const row = this.#rows.add();
    this.#rows.set(row, TIME, time);
    this.#rows.set(row, ELAPSED, Number.isNaN(elapsed) ? time - this.#begin : elapsed);
    const [first = 0, second = 0, third] = [step[0], step[1], depth > 2 ? step[2] : undefined];
    if (depth === 0) this.#addUnnumbered(row);
    else if (depth === 1) this.#addEpoch(row, first);
    else this.#addIteration(row, first, second, third);
  }

  /** Goes up when records that were there already moved on the step axis. */
  get version(): number {
    return this.#epochs.version;
  }

  /**
   * A function from a record's index to its place on an axis; NaN: it has none. Places on the step and
   * epoch axes may move as the log grows, when an epoch turns out to be longer; their order stays.
   */
  on(axis: Axis): (index: number) => number {
    const rows = this.#rows;
    if (axis === 'time') return (index) => rows.at(index, TIME);
    if (axis === 'elapsed') return (index) => rows.at(index, ELAPSED);
    this.#epochs.settle();
    if (axis === 'step') {
      return (index) =>
        this.#epochs.step(
          rows.at(index, WITHIN),
          rows.at(index, ITERATION) + this.#fraction(index),
        );
    }
    return (index) => {
      const epoch = rows.at(index, EPOCH);
      // Between epochs that are no whole numbers there is no room for iterations.
      if (!this.#hasWholeEpochs || rows.at(index, SUB) === NO_ITERATION) return epoch;
      const iteration = rows.at(index, ITERATION) + this.#fraction(index);
      return epoch + this.#epochs.share(rows.at(index, WITHIN), iteration);
    };
  }

  /** The axes, a bit for each, on which a record does not lie before an earlier one. */
  inOrder(before: number, index: number): number {
    if (before === this.#comparedBefore && index === this.#compared) return this.#inOrder;
    const rows = this.#rows;
    const sub = rows.at(before, SUB) <= rows.at(index, SUB);
    const iterations = isOrdered(rows.at(before, ITERATION), rows.at(index, ITERATION), sub);
    const [first, second] = [rows.at(before, WITHIN), rows.at(index, WITHIN)];
    const isFollowed =
      first !== NO_EPOCH && second !== NO_EPOCH && this.#epochs.isBefore(first, second);
    const hasIteration = rows.at(index, SUB) !== NO_ITERATION;
    const inEpoch = !hasIteration || (first === second && iterations);
    const places = {
      step: first === second ? iterations : isFollowed,
      epoch: isOrdered(rows.at(before, EPOCH), rows.at(index, EPOCH), inEpoch),
      time: rows.at(before, TIME) <= rows.at(index, TIME),
      elapsed: rows.at(before, ELAPSED) <= rows.at(index, ELAPSED),
    };
    this.#comparedBefore = before;
    this.#compared = index;
    this.#inOrder = AXES.reduce((bits, axis, i) => (places[axis] ? bits | (1 << i) : bits), 0);
    return this.#inOrder;
  }

  /** The validation's iterations share one iteration's place: they lie between it and the next. */
  #fraction(index: number): number {
    const sub = this.#rows.at(index, SUB);
    if (sub <= 0 || this.#smallestSub === this.#largestSub || !this.#hasWholeIterations) return 0;
    return sub / (this.#largestSub + 1);
  }

  #addUnnumbered(row: number): void {
    this.#place(row, NO_EPOCH, this.#unnumbered, this.#unnumbered, NO_ITERATION);
    this.#unnumbered++;
  }

  /** Beside iterations, an epoch's summary lies where the epoch ends: at its last iteration so far. */
  #addEpoch(row: number, number: number): void {
    const epoch = this.#epochs.find(number) ?? this.#epochs.furthest;
    const iteration = epoch === NO_EPOCH ? number : this.#epochs.largest(epoch);
    this.#place(row, epoch, iteration, number, NO_ITERATION);
  }

  #addIteration(row: number, number: number, iteration: number, sub: number | undefined): void {
    if (!Number.isInteger(number)) this.#hasWholeEpochs = false;
    if (!Number.isInteger(iteration)) this.#hasWholeIterations = false;
    const hasSub = sub !== undefined && sub >= 0;
    if (hasSub) this.#addSub(sub);
    const epoch = this.#epochs.enter(number, iteration);
    this.#place(row, epoch, iteration, number, hasSub ? sub : 0);
  }

  #addSub(sub: number): void {
    this.#largestSub = Math.max(this.#largestSub, sub);
    this.#smallestSub = Math.min(this.#smallestSub, sub);
  }

  #place(row: number, within: number, iteration: number, epoch: number, sub: number): void {
    this.#rows.set(row, WITHIN, within);
    this.#rows.set(row, ITERATION, iteration);
    this.#rows.set(row, EPOCH, epoch);
    this.#rows.set(row, SUB, sub);
  }
}

function isOrdered(a: number, b: number, then: boolean): boolean {
  return a < b || (a === b && then);
}
