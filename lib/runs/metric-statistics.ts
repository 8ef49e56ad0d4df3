import type { JsonValue } from '../reader/types.js';

/** The numbers of a metric at steps of one depth. */
export class MetricStatistics {
  readonly metric: string;
  /** Number of components of the steps; -1 for named steps. */
  readonly depth: number;
  /** Number of values that are not NaN. */
  count = 0;
  nans = 0;
  first = Number.NaN;
  /** The value logged last, NaN too. */
  last = Number.NaN;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  minStep: JsonValue = null;
  maxStep: JsonValue = null;
  lastStep: JsonValue = null;
  #sum = 0;
  /** The rounding errors of the sum (Neumaier). */
  #lost = 0;

  constructor(metric: string, depth: number) {
    this.metric = metric;
    this.depth = depth;
  }

  /** NaN when there are no numbers. */
  get mean(): number {
    const sum = Number.isFinite(this.#sum) ? this.#sum + this.#lost : this.#sum;
    return sum / this.count;
  }

  /** Whether the last value is NaN or infinite. */
  get diverged(): boolean {
    return this.count + this.nans > 0 && !Number.isFinite(this.last);
  }

  /** Adds a value. `step` is called only when the step must be kept. */
  add(value: number, step: () => JsonValue): void {
    this.last = value;
    if (Number.isNaN(value)) {
      this.nans++;
      return;
    }
    const isFirst = this.count++ === 0;
    if (isFirst) this.first = value;
    // The first value is least and largest, even if infinite.
    if (isFirst || value < this.min) {
      this.min = value;
      this.minStep = step();
    }
    if (isFirst || value > this.max) {
      this.max = value;
      this.maxStep = step();
    }
    const sum = this.#sum + value;
    this.#lost +=
      Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }
}
