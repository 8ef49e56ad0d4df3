/** Numbers that stay floats. */
import { describe } from '../base/describe.js';
import { shared } from '../base/shared.js';
import { floatRepr } from './number.js';

class Float {
  readonly #value: number;

  /** @throws TypeError when `value` is not a number. */
  constructor(value: number) {
    if (typeof value !== 'number') {
      throw new TypeError(`float() takes a number, not ${describe(value)}`);
    }
    this.#value = value;
  }

  /** @internal The number, also where a subclass overrides valueOf(). */
  static numberOf(value: Float): number {
    return value.#value;
  }

  /** The number, for arithmetic and comparison. */
  valueOf(): number {
    return this.#value;
  }

  /** The number, for `JSON.stringify`. */
  toJSON(): number {
    return this.#value;
  }

  /** As Python prints it: `1.0`. */
  toString(): string {
    return floatRepr(this.#value);
  }
}

/**
 * A number that stays a float: `float(1)` is written `1.0`, where `1` is written `1`.
 * Backends of your own get the plain number in its place. All copies of the package in a thread have one class.
 *
 * @class
 */
const SharedFloat = shared('Float.1', () => Float);
type SharedFloat = Float;

export { SharedFloat as Float };

/**
 * Marks a number as a Python float, so that whole numbers print with `.0`.
 *
 * @param value the number.
 * @returns a wrapper whose `valueOf()` is the number, and whose text is Python's.
 * @throws TypeError when `value` is not a number.
 */
export function float(value: number): SharedFloat {
  return new SharedFloat(value);
}

/**
 * @internal Checks the option `floats` of a backend. Returns undefined when the option names no metric.
 *
 * @throws TypeError when the option is not an array of names.
 */
export function floatMetrics(names: unknown): ReadonlySet<string> | undefined {
  if (names === undefined) return undefined;
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    const what = Array.isArray(names) ? 'one of other values' : describe(names);
    throw new TypeError(
      `the option floats is an array of the names of metrics, such as ['loss', 'lr'], not ${what}`,
    );
  }
  return names.length === 0 ? undefined : new Set(names);
}
