/**
 * The exponential moving average of a curve, without the pull towards zero at its beginning. Values
 * that are no numbers are left out of it.
 */
export class Smoother {
  /** The sum so far, and the weight that it has; both are all there is to remember. */
  sum = 0;
  weight = 0;
  readonly #keep: number;

  /** @param keep How much of the past stays with each value: from 0 (no smoothing) to below 1. */
  constructor(keep: number) {
    this.#keep = keep;
  }

  next(value: number): number {
    if (!Number.isFinite(value)) return value;
    this.sum = this.#keep * this.sum + (1 - this.#keep) * value;
    this.weight = this.#keep * this.weight + (1 - this.#keep);
    return this.sum / this.weight;
  }
}
