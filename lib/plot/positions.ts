import type { JsonValue } from '../reader/types.js';
import type { Axis } from './axis.js';
import { Column } from './column.js';

/** The deepest steps that are told apart: `[epoch, iteration, validation]`. */
export const MAX_DEPTH = 3;

/** The places of a step that are numbers: `[0, 5]` for `[0, 5]`, `[7]` for `7`, none for text and objects. */
export function stepPlaces(step: JsonValue): readonly number[] {
  if (typeof step === 'number') return [step];
  if (!Array.isArray(step)) return [];
  const end = step.findIndex((place) => !Number.isFinite(place));
  return end === -1 ? step : step.slice(0, end);
}

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
  /** Goes up when positions that were given out change. */
  version = 0;
  readonly #depth = new Column(Uint8Array);
  readonly #time = new Column(Float64Array);
  readonly #elapsed = new Column(Float64Array);
  /** The iteration in the whole run, or what stands for it. */
  readonly #step = new Column(Float64Array);
  /** The third place: a validation's iteration. */
  readonly #sub = new Column(Float32Array);
  readonly #epoch = new Column(Float64Array);
  /** The iteration within its epoch. */
  readonly #within = new Column(Float32Array);
  readonly #epochs = new Map<number, Epoch>();
  #current: Epoch | undefined;
  #lastStep = 0;
  #largestWithin = 0;
  #largestSub = 0;
  #smallestSub = Number.POSITIVE_INFINITY;
  #unnumbered = 0;
  #begin = Number.NaN;

  get length(): number {
    return this.#time.length;
  }

  /** Adds a record; its index is `length - 1` then. */
  add(places: readonly number[], time: number, elapsed: number): void {
    const [first, second, third] = places;
    if (Number.isNaN(this.#begin)) this.#begin = time;
    this.#time.push(time);
    this.#elapsed.push(Number.isNaN(elapsed) ? time - this.#begin : elapsed);
    this.#depth.push(Math.min(places.length, MAX_DEPTH));
    if (first === undefined) this.#addUnnumbered();
    else if (second === undefined) this.#addEpoch(first);
    else this.#addIteration(first, second, third);
  }

  /** A function from a record's index to its place on an axis. NaN: it has none. */
  on(axis: Axis): (index: number) => number {
    if (axis === 'time') return (index) => this.#time.at(index);
    if (axis === 'elapsed') return (index) => this.#elapsed.at(index);
    if (axis === 'epoch') {
      const perEpoch = this.#largestWithin + 1;
      return (index) => {
        const within = this.#within.at(index) + this.#fraction(index);
        return this.#epoch.at(index) + within / perEpoch;
      };
    }
    return (index) => this.#step.at(index) + this.#fraction(index);
  }

  /** The validation's iterations share one iteration's place: they lie between it and the next. */
  #fraction(index: number): number {
    const sub = this.#sub.at(index);
    if (sub === 0 || this.#smallestSub === this.#largestSub) return 0;
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
    const epoch = this.#enter(number, iteration);
    const step = epoch.offset + iteration;
    const within = Math.max(iteration - epoch.first, 0);
    this.#lastStep = Math.max(this.#lastStep, step);
    if (within > this.#largestWithin) {
      this.#largestWithin = within;
      this.version++;
    }
    if (sub !== undefined && sub >= 0) this.#addSub(sub);
    this.#push(step, number, within, sub !== undefined && sub >= 0 ? sub : 0);
  }

  #addSub(sub: number): void {
    if (sub > this.#largestSub || sub < this.#smallestSub) this.version++;
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
