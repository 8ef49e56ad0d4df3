import { AXES, type Axis } from './axis.js';
import { Column } from './column.js';
import { Epochs, NO_EPOCH } from './epochs.js';

/** In place of a validation's iteration: the step has no iteration of its own. */
const NO_ITERATION = -1;

/**
 * Where the records of a run lie on every axis. Some run through their iterations anew in each epoch,
 * others go on counting: the step axis is that of all iterations in both cases.
 */
export class Positions {
  readonly #time = new Column(Float64Array);
  readonly #elapsed = new Column(Float64Array);
  /** The epoch on whose iterations the step axis counts, and the iteration, or what stands for it. */
  readonly #within = new Column(Uint32Array);
  readonly #iteration = new Column(Float64Array);
  /** The third place: a validation's iteration, or NO_ITERATION. */
  readonly #sub = new Column(Float64Array);
  /** The number of the epoch, as written. */
  readonly #epoch = new Column(Float64Array);
  readonly #epochs = new Epochs();
  #largestSub = 0;
  #smallestSub = Number.POSITIVE_INFINITY;
  #hasWholeEpochs = true;
  #hasWholeIterations = true;
  #unnumbered = 0;
  #begin = Number.NaN;
  /** The metrics of one record ask the same question. */
  #compared: readonly [number, number] = [-1, -1];
  #inOrder = 0;

  get length(): number {
    return this.#time.length;
  }

  /**
   * Adds a record; its index is `length - 1` then.
   *
   * @param step The places of its step that are numbers, the first `depth` of them.
   */
  add(step: ArrayLike<number>, depth: number, time: number, elapsed: number): void {
    if (Number.isNaN(this.#begin)) this.#begin = time;
    this.#time.push(time);
    this.#elapsed.push(Number.isNaN(elapsed) ? time - this.#begin : elapsed);
    const [first = 0, second = 0, third] = [step[0], step[1], depth > 2 ? step[2] : undefined];
    if (depth === 0) this.#addUnnumbered();
    else if (depth === 1) this.#addEpoch(first);
    else this.#addIteration(first, second, third);
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
    if (axis === 'time') return (index) => this.#time.at(index);
    if (axis === 'elapsed') return (index) => this.#elapsed.at(index);
    this.#epochs.settle();
    if (axis === 'step') {
      return (index) =>
        this.#epochs.step(
          this.#within.at(index),
          this.#iteration.at(index) + this.#fraction(index),
        );
    }
    return (index) => {
      const epoch = this.#epoch.at(index);
      // Between epochs that are no whole numbers there is no room for iterations.
      if (!this.#hasWholeEpochs || this.#sub.at(index) === NO_ITERATION) return epoch;
      const iteration = this.#iteration.at(index) + this.#fraction(index);
      return epoch + this.#epochs.share(this.#within.at(index), iteration);
    };
  }

  /** The axes, a bit for each, on which a record does not lie before an earlier one. */
  inOrder(before: number, index: number): number {
    if (before === this.#compared[0] && index === this.#compared[1]) return this.#inOrder;
    const sub = this.#sub.at(before) <= this.#sub.at(index);
    const iterations = isOrdered(this.#iteration.at(before), this.#iteration.at(index), sub);
    const [first, second] = [this.#within.at(before), this.#within.at(index)];
    const isFollowed =
      first !== NO_EPOCH && second !== NO_EPOCH && this.#epochs.isBefore(first, second);
    const hasIteration = this.#sub.at(index) !== NO_ITERATION;
    const inEpoch = !hasIteration || (first === second && iterations);
    const places = {
      step: first === second ? iterations : isFollowed,
      epoch: isOrdered(this.#epoch.at(before), this.#epoch.at(index), inEpoch),
      time: this.#time.at(before) <= this.#time.at(index),
      elapsed: this.#elapsed.at(before) <= this.#elapsed.at(index),
    };
    this.#compared = [before, index];
    this.#inOrder = AXES.reduce((bits, axis, i) => (places[axis] ? bits | (1 << i) : bits), 0);
    return this.#inOrder;
  }

  /** The validation's iterations share one iteration's place: they lie between it and the next. */
  #fraction(index: number): number {
    const sub = this.#sub.at(index);
    if (sub <= 0 || this.#smallestSub === this.#largestSub || !this.#hasWholeIterations) return 0;
    return sub / (this.#largestSub + 1);
  }

  #addUnnumbered(): void {
    this.#push(NO_EPOCH, this.#unnumbered, this.#unnumbered, NO_ITERATION);
    this.#unnumbered++;
  }

  /** Beside iterations, an epoch's summary lies where the epoch ends: at its last iteration so far. */
  #addEpoch(number: number): void {
    const epoch = this.#epochs.find(number) ?? this.#epochs.furthest;
    const iteration = epoch === NO_EPOCH ? number : this.#epochs.largest(epoch);
    this.#push(epoch, iteration, number, NO_ITERATION);
  }

  #addIteration(number: number, iteration: number, sub: number | undefined): void {
    if (!Number.isInteger(number)) this.#hasWholeEpochs = false;
    if (!Number.isInteger(iteration)) this.#hasWholeIterations = false;
    const hasSub = sub !== undefined && sub >= 0;
    if (hasSub) this.#addSub(sub);
    this.#push(this.#epochs.enter(number, iteration), iteration, number, hasSub ? sub : 0);
  }

  #addSub(sub: number): void {
    this.#largestSub = Math.max(this.#largestSub, sub);
    this.#smallestSub = Math.min(this.#smallestSub, sub);
  }

  #push(within: number, iteration: number, epoch: number, sub: number): void {
    this.#within.push(within);
    this.#iteration.push(iteration);
    this.#epoch.push(epoch);
    this.#sub.push(sub);
  }
}

function isOrdered(a: number, b: number, then: boolean): boolean {
  return a < b || (a === b && then);
}
