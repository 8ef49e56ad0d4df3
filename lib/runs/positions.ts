import { AXES, type Axis } from './axis.js';
import { Column } from './column.js';
import { Epochs, NO_EPOCH } from './epochs.js';
import type { Packable } from './packed.js';
import { Rows } from './rows.js';
import { Stretches } from './stretches.js';

/** Indices of the numbers in a row. */
const TIME = 0;
const ELAPSED = 1;
/** With its epoch, the iteration places a record on the step axis; a step without iteration is given one. */
const ITERATION = 2;
const PLACES = 3;

const bit = (axis: Axis): number => 1 << AXES.indexOf(axis);
/** The bit of each axis in the answer of `inOrder()`. */
const BITS = { step: bit('step'), epoch: bit('epoch'), time: bit('time'), elapsed: bit('elapsed') };

/**
 * The places of a run's records on every axis. Some runs count iterations from 0 in each epoch, others go
 * on counting: the step axis is that of all iterations in both cases.
 */
export class Positions {
  readonly #rows = new Rows(PLACES);
  /** The epoch that places a record on the step axis, and its number as logged. */
  readonly #stretches = new Stretches();
  readonly #epochs = new Epochs();
  /** The third component of each step (a validation's iteration), or 0. Undefined as long as all are 0. */
  #subs: Column<Float64Array> | undefined;
  #largestSub = 0;
  #smallestSub = Number.POSITIVE_INFINITY;
  #hasWholeEpochs = true;
  #hasWholeIterations = true;
  #unnumbered = 0;
  #begin = Number.NaN;
  /** The latest answer of `inOrder()`, for all metrics of a record. */
  #comparedBefore = -1;
  #compared = -1;
  #inOrder = 0;

  /** The row and the number of values for which rows were asked last, and these rows. */
  #begun = -1;
  #begunLength = 0;
  #begunRows = new Column(Uint32Array);

  get length(): number {
    return this.#rows.length;
  }

  /** The lists of numbers of which the positions consist. */
  get lists(): readonly Packable[] {
    const lists = [this.#rows, ...this.#stretches.lists, ...this.#epochs.lists];
    return this.#subs === undefined ? lists : [...lists, this.#subs];
  }

  /**
   * Adds a record, whose index is then `length - 1`.
   *
   * @param step The components of the record's step, of which the first `depth` are numbers.
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

  /** Goes up when records that were added before have moved on the step axis. */
  get version(): number {
    return this.#epochs.version;
  }

  /**
   * A function from a record's index to its place on an axis, NaN when the record has none. Places on the
   * step and epoch axes may move as the log grows, when an epoch turns out to be longer. Their order stays.
   */
  on(axis: Axis): (index: number) => number {
    const rows = this.#rows;
    const stretches = this.#stretches;
    if (axis === 'time') return (index) => rows.at(index, TIME);
    if (axis === 'elapsed') return (index) => rows.at(index, ELAPSED);
    this.#epochs.settle();
    if (axis === 'step') {
      return (index) =>
        this.#epochs.step(
          stretches.at(index).epoch,
          rows.at(index, ITERATION) + this.#fraction(index),
        );
    }
    return (index) => {
      const { epoch, hasIteration } = stretches.at(index);
      const number = this.#number(index);
      // Between epochs that are not whole numbers there is no room for iterations.
      if (!this.#hasWholeEpochs || !hasIteration) return number;
      const iteration = rows.at(index, ITERATION) + this.#fraction(index);
      return number + this.#epochs.share(epoch, iteration);
    };
  }

  /**
   * A column for the rows of a series that has a value in each of the first `length` rows and goes on at `row`: one
   * for all such series.
   */
  rowsFrom(row: number, length: number): Column<Uint32Array> {
    if (row !== this.#begun || length !== this.#begunLength) {
      this.#begun = row;
      this.#begunLength = length;
      this.#begunRows = new Column(Uint32Array);
      for (let i = 0; i < length; i++) this.#begunRows.push(i);
    }
    return this.#begunRows;
  }

  /** A bit for each axis on which the record at `index` does not lie before the record at `before`. */
  inOrder(before: number, index: number): number {
    if (before === this.#comparedBefore && index === this.#compared) return this.#inOrder;
    const rows = this.#rows;
    const { epoch: first, hasIteration: hadIteration } = this.#stretches.at(before);
    const { epoch: second, hasIteration } = this.#stretches.at(index);
    // A step without iteration lies before one with it.
    const sub = hadIteration ? hasIteration && this.#sub(before) <= this.#sub(index) : true;
    const iterations = isOrdered(rows.at(before, ITERATION), rows.at(index, ITERATION), sub);
    const isFollowed =
      first !== NO_EPOCH && second !== NO_EPOCH && this.#epochs.isBefore(first, second);
    const inEpoch = !hasIteration || (first === second && iterations);
    const onStep = first === second ? iterations : isFollowed;
    const onEpoch = isOrdered(this.#number(before), this.#number(index), inEpoch);
    const onTime = rows.at(before, TIME) <= rows.at(index, TIME);
    const onElapsed = rows.at(before, ELAPSED) <= rows.at(index, ELAPSED);
    this.#comparedBefore = before;
    this.#compared = index;
    this.#inOrder =
      (onStep ? BITS.step : 0) |
      (onEpoch ? BITS.epoch : 0) |
      (onTime ? BITS.time : 0) |
      (onElapsed ? BITS.elapsed : 0);
    return this.#inOrder;
  }

  /** The iterations of a validation belong to one training iteration: they lie between it and the next. */
  #fraction(index: number): number {
    const sub = this.#sub(index);
    if (sub <= 0 || this.#smallestSub === this.#largestSub || !this.#hasWholeIterations) return 0;
    return sub / (this.#largestSub + 1);
  }

  #addUnnumbered(row: number): void {
    this.#place(row, NO_EPOCH, this.#unnumbered, this.#unnumbered);
    this.#unnumbered++;
  }

  /** In a run with iterations, an epoch's summary lies at the largest iteration of the epoch so far. */
  #addEpoch(row: number, number: number): void {
    const epoch = this.#epochs.find(number) ?? this.#epochs.furthest;
    const iteration = epoch === NO_EPOCH ? number : this.#epochs.largest(epoch);
    this.#place(row, epoch, iteration, number);
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

  /** @param sub Undefined for a step that has no iteration of its own. */
  #place(row: number, epoch: number, iteration: number, number: number, sub?: number): void {
    this.#rows.set(row, ITERATION, iteration);
    // A record that belongs to no epoch has one number, its iteration.
    const shared = epoch === NO_EPOCH ? 0 : number;
    this.#stretches.add(row, epoch, shared, sub !== undefined);
    if (this.#subs === undefined && sub !== undefined && sub > 0) {
      this.#subs = new Column(Float64Array);
      for (let i = 0; i < row; i++) this.#subs.push(0);
    }
    this.#subs?.push(sub ?? 0);
  }

  #sub(index: number): number {
    return this.#subs?.at(index) ?? 0;
  }

  /** The number of a record's epoch, as logged. */
  #number(index: number): number {
    const { epoch, number } = this.#stretches.at(index);
    return epoch === NO_EPOCH ? this.#rows.at(index, ITERATION) : number;
  }
}

function isOrdered(a: number, b: number, then: boolean): boolean {
  return a < b || (a === b && then);
}
