import { AXES, type Axis } from './axis.js';
import { Column } from './column.js';

/** Where an epoch lies on the axis of all iterations. */
interface Epoch {
  readonly number: number;
  /** Iterations before it, where they are counted from 0 in each epoch; else 0. */
  readonly offset: number;
  /** Its first iteration as it is written. */
  readonly first: number;
  /** Its last iteration as it is written. */
  last: number;
}

/** More epochs than this are no epochs: their places on the axis are not kept. */
const MAX_EPOCHS = 10_000;

/**
 * Where the records of a run lie on every axis. Some run through their iterations anew in each epoch,
 * others go on counting: the step axis is that of all iterations in both cases.
 */
export class Positions {
  readonly #time = new Column(Float64Array);
  readonly #elapsed = new Column(Float64Array);
  /** The iteration in the whole run, or what stands for it. */
  readonly #step = new Column(Float64Array);
  /** The third place: a validation's iteration. */
  readonly #sub = new Column(Float64Array);
  readonly #epoch = new Column(Float64Array);
  /** The iteration within its epoch. */
  readonly #within = new Column(Float64Array);
  readonly #epochs = new Map<number, Epoch>();
  #current: Epoch | undefined;
  #lastStep = 0;
  #largestWithin = 0;
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

  /**
   * A function from a record's index to its place on an axis; NaN: it has none. Places on the step and
   * epoch axes may move as the log grows, when an epoch turns out to be longer; their order stays.
   */
  on(axis: Axis): (index: number) => number {
    if (axis === 'time') return (index) => this.#time.at(index);
    if (axis === 'elapsed') return (index) => this.#elapsed.at(index);
    if (axis === 'step') return (index) => this.#step.at(index) + this.#fraction(index);
    return (index) => {
      // Between epochs that are no whole numbers there is no room for iterations.
      if (!this.#hasWholeEpochs) return this.#epoch.at(index);
      const within = this.#within.at(index) + this.#fraction(index);
      return this.#epoch.at(index) + within / (this.#largestWithin + 1);
    };
  }

  /** The axes, a bit for each, on which a record does not lie before an earlier one. */
  inOrder(before: number, index: number): number {
    if (before === this.#compared[0] && index === this.#compared[1]) return this.#inOrder;
    const sub = this.#sub.at(before) <= this.#sub.at(index);
    const compare = (a: number, b: number, then: boolean) => a < b || (a === b && then);
    const within = compare(this.#within.at(before), this.#within.at(index), sub);
    const places = {
      step: compare(this.#step.at(before), this.#step.at(index), sub),
      epoch: compare(this.#epoch.at(before), this.#epoch.at(index), within),
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
    if (sub === 0 || this.#smallestSub === this.#largestSub || !this.#hasWholeIterations) return 0;
    return sub / (this.#largestSub + 1);
  }

  #addUnnumbered(): void {
    this.#push(this.#unnumbered, this.#unnumbered, 0, 0);
    this.#unnumbered++;
  }

  #addEpoch(epoch: number): void {
    // Beside iterations, an epoch's summary lies where the epoch ends.
    this.#push(this.#current === undefined ? epoch : this.#lastStep, epoch, 0, 0);
  }

  #addIteration(number: number, iteration: number, sub: number | undefined): void {
    if (!Number.isInteger(number)) this.#hasWholeEpochs = false;
    if (!Number.isInteger(iteration)) this.#hasWholeIterations = false;
    const epoch = this.#enter(number, iteration);
    const step = epoch.offset + iteration;
    const within = Math.max(iteration - epoch.first, 0);
    this.#lastStep = Math.max(this.#lastStep, step);
    if (within > this.#largestWithin) this.#largestWithin = within;
    if (sub !== undefined && sub >= 0) this.#addSub(sub);
    this.#push(step, number, within, sub !== undefined && sub >= 0 ? sub : 0);
  }

  #addSub(sub: number): void {
    this.#largestSub = Math.max(this.#largestSub, sub);
    this.#smallestSub = Math.min(this.#smallestSub, sub);
  }

  #enter(number: number, iteration: number): Epoch {
    const last = this.#current;
    let epoch = last?.number === number ? last : this.#epochs.get(number);
    if (epoch === undefined) {
      epoch =
        last === undefined ? firstEpoch(number, iteration) : epochAfter(last, number, iteration);
      if (this.#epochs.size < MAX_EPOCHS) this.#epochs.set(number, epoch);
    }
    epoch.last = Math.max(epoch.last, iteration);
    this.#current = epoch;
    return epoch;
  }

  #push(step: number, epoch: number, within: number, sub: number): void {
    this.#step.push(step);
    this.#epoch.push(epoch);
    this.#within.push(within);
    this.#sub.push(sub);
  }
}

/** A log may begin in the middle of a run: then its first epoch begins where the log does. */
function firstEpoch(number: number, iteration: number): Epoch {
  return { number, offset: 0, first: number <= 1 ? 0 : iteration, last: iteration };
}

function epochAfter(last: Epoch, number: number, iteration: number): Epoch {
  const restarts = number > last.number && iteration <= last.last;
  return restarts
    ? { number, offset: last.offset + last.last + 1, first: 0, last: iteration }
    : { number, offset: last.offset, first: Math.min(last.last + 1, iteration), last: iteration };
}
