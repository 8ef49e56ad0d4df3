/** The order in which steps are logged, as far as it is known without reading the whole of a log. */
import { isDescription, numericComponents, stepComponents } from '../reader/step.js';
import type { JsonValue } from '../reader/types.js';

/** Where a record stands among those of all ranks. */
export interface Place {
  /** How often the steps of its log went back before it. */
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

/** Components of a step that consists of finite numbers; undefined of any other step. */
export function numbersOf(step: JsonValue): readonly number[] | undefined {
  const numbers = numericComponents(step);
  return numbers.length > 0 && numbers.length === stepComponents(step).length ? numbers : undefined;
}

const FIRST: readonly number[] = [Number.NEGATIVE_INFINITY];

/** Gives the records of a log their places. */
export class PlaceFinder {
  #latest: Place = { round: 0, components: FIRST };

  /** The place of the record that comes next in the log. */
  of(step: JsonValue): Place {
    const { round, components: before } = this.#latest;
    let components = numbersOf(step);
    if (components === undefined) {
      // What has no number stands where the log has come; the results of the run stand behind its steps.
      if (isDescription(step) || !Array.isArray(step) || before === FIRST) return this.#latest;
      components = [Number.POSITIVE_INFINITY];
    } else if (components.length < before.length && startsWith(before, components)) {
      // An epoch that is logged behind its iterations.
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
