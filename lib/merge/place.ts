/** The order of steps, as far as it is known without reading whole logs. */
import { isDescription, numericComponents, stepComponents } from '../reader/step.js';
import type { JsonValue } from '../reader/types.js';

/** The position of a record among the records of all ranks. */
export interface Place {
  /** How often steps went back in its log before the record. */
  readonly round: number;
  readonly components: readonly number[];
}

export function comparePlaces(a: Place, b: Place): number {
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

const FIRST: readonly number[] = [Number.NEGATIVE_INFINITY];

/** Finds the places of a log's records. */
export class PlaceFinder {
  #latest: Place = { round: 0, components: FIRST };

  /** The place of the next record. */
  of(step: JsonValue): Place {
    const { round, components: before } = this.#latest;
    let components = numbersOf(step);
    if (components === undefined) {
      // A step without a number gets the place of the record before it; the run's summary follows all steps.
      if (isDescription(step) || !Array.isArray(step) || before === FIRST) return this.#latest;
      components = [Number.POSITIVE_INFINITY];
    } else if (components.length < before.length && startsWith(before, components)) {
      // The record of an epoch follows the epoch's iterations.
      components = [...components, Number.POSITIVE_INFINITY];
    }
    const order = compareComponents(components, before);
    if (order !== 0) this.#latest = { round: order < 0 ? round + 1 : round, components };
    return this.#latest;
  }
}

function startsWith(whole: readonly number[], start: readonly number[]): boolean {
  return start.every((component, i) => whole[i] === component);
}
