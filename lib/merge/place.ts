/** The order of steps, as far as it is known without reading whole logs. */
import { isDescription, numericComponents, stepComponents } from '../reader/step.js';
import type { JsonValue } from '../reader/types.js';

/** The position of a record among the records of all ranks. */
export interface MergePlace {
  /** How often steps went back in its log before the record. */
  readonly round: number;
  readonly components: readonly number[];
}

export function comparePlaces(a: MergePlace, b: MergePlace): number {
  return a.round - b.round || compareComponents(a.components, b.components);
}

export function compareComponents(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
  }
  return a.length - b.length;
}

/** The components of a step of finite numbers; undefined for any other step. */
export function numbersOf(step: JsonValue): readonly number[] | undefined {
  const numbers = numericComponents(step);
  return numbers.length > 0 && numbers.length === stepComponents(step).length ? numbers : undefined;
}

/** Finds the places of a log's records. */
export class PlaceFinder {
  #round = 0;
  /** The components of the latest place, and memory for those of the next; empty before the first. */
  #latest: number[] = [];
  #next: number[] = [];
  /** Whether the latest record has the place of the record before it. */
  isSame = false;

  /** How often steps went back up to the latest record. */
  get round(): number {
    return this.#round;
  }

  /** The place of the latest record. */
  get latest(): MergePlace {
    const components = this.#latest.length === 0 ? [Number.NEGATIVE_INFINITY] : [...this.#latest];
    return { round: this.#round, components };
  }

  /** The place of the next record. */
  of(step: JsonValue): MergePlace {
    const components = numbersOf(step);
    this.isSame = true;
    if (components !== undefined) {
      this.addNumbers(components, components.length);
    } else if (!isDescription(step) && Array.isArray(step) && this.#latest.length > 0) {
      // The run's summary follows all steps.
      this.#next.length = 0;
      this.#next.push(Number.POSITIVE_INFINITY);
      this.#moveOn();
    }
    // Any other step without a number gets the place of the record before it.
    return this.latest;
  }

  /**
   * Takes the next record, whose step has `length` finite numbers, at least one.
   *
   * @returns Whether the step contains the step before: the record of an epoch follows the epoch's iterations, so its
   *   place has infinity behind the step's numbers.
   */
  addNumbers(step: ArrayLike<number>, length: number): boolean {
    const next = this.#next;
    const before = this.#latest;
    let contains = length < before.length;
    for (let i = 0; i < length; i++) {
      const component = step[i] as number;
      next[i] = component;
      if (component !== before[i]) contains = false;
    }
    const size = contains ? length + 1 : length;
    if (contains) next[length] = Number.POSITIVE_INFINITY;
    if (next.length !== size) next.length = size;
    this.#moveOn();
    return contains;
  }

  #moveOn(): void {
    const order = this.#latest.length === 0 ? 1 : compareComponents(this.#next, this.#latest);
    this.isSame = order === 0;
    if (order === 0) return;
    if (order < 0) this.#round++;
    [this.#latest, this.#next] = [this.#next, this.#latest];
  }
}
