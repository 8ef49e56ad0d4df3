/** The order of steps: by their numbers, component by component. */

/** A step as its finite numbers: epoch, iteration, validation iteration. */
export type StepPlace = readonly number[];

/** The place behind all steps, for the results of a whole run. */
export const END: StepPlace = [Number.POSITIVE_INFINITY];

/** How many components of a step are finite, up to the first that is not. */
export function finiteLength(step: ArrayLike<number>, length: number): number {
  for (let i = 0; i < length; i++) if (!Number.isFinite(step[i])) return i;
  return length;
}

/**
 * Negative when a step lies before a place, positive when it lies behind the place. 0 when they are the same or
 * one contains the other, as epoch 3 contains iteration (3, 5).
 */
export function comparePlace(step: ArrayLike<number>, length: number, place: StepPlace): number {
  const common = Math.min(length, place.length);
  for (let i = 0; i < common; i++) {
    const [a, b] = [step[i] as number, place[i] as number];
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}

/** The earlier of two places; when one contains the other, the containing place. */
export function earlierPlace(a: StepPlace, b: StepPlace): StepPlace {
  const order = comparePlace(a, a.length, b);
  return order < 0 || (order === 0 && a.length <= b.length) ? a : b;
}

const NO_COMPONENTS: number[] = [];

/** The furthest place so far, kept without an object for each step. A place lies before the one containing it. */
export class FurthestPlace {
  #components: number[] = NO_COMPONENTS;

  /** The furthest place; empty before the first step. */
  get place(): StepPlace {
    return [...this.#components];
  }

  /** Whether the furthest place is at or behind a place. */
  reaches(place: StepPlace): boolean {
    const components = this.#components;
    return components.length > 0 && comparePlace(components, components.length, place) >= 0;
  }

  /** @param length How many components of `step` count, at least one. */
  add(step: ArrayLike<number>, length: number): void {
    const components = this.#components;
    if (components.length === 0) {
      this.#components = Array.from({ length }, (_, i) => step[i] as number);
      return;
    }
    const order = comparePlace(step, length, components);
    if (order < 0 || (order === 0 && length >= components.length)) return;
    // Setting an unchanged length costs as much as all the rest.
    if (components.length !== length) components.length = length;
    for (let i = 0; i < length; i++) components[i] = step[i] as number;
  }
}
