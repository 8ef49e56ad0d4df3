/**
 * The exponential moving average of a curve, without the pull towards zero at its beginning. NaN and
 * infinities do not count.
 */
export class Smoother {
  /** The average so far, and the total weight of its values: the smoother's whole state. */
  mean = 0;
  weight = 0;
  readonly #keep: number;

  /** @param keep The weight of the past at each value: from 0 (no smoothing) to below 1. */
  constructor(keep: number) {
    this.#keep = keep;
  }

  next(value: number): number {
    if (!Number.isFinite(value)) return value;
    this.weight = this.#keep * this.weight + (1 - this.#keep);
    const share = (1 - this.#keep) / this.weight;
    // The average of a constant is exactly that constant: its distance from the mean is 0.
    const step = share * value - share * this.mean;
    // The distance between the largest numbers of opposite sign is not finite.
    this.mean = Number.isFinite(step) ? this.mean + step : (1 - share) * this.mean + share * value;
    return this.mean;
  }
}
