import type { JsonValue } from '../reader/types.js';
import { Rows } from './rows.js';

/** Indices of the numbers in a row. */
const COUNT = 0;
const NANS = 1;
const FIRST = 2;
const LAST = 3;
const MIN = 4;
const MAX = 5;
const SUM = 6;
/** The rounding errors of the sum (Knuth's TwoSum). */
const LOST = 7;
const PLACES = 8;
/** A row without values. */
const NO_VALUES = Float64Array.of(0, 0, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0, 0);

/** The numbers of metrics, a row for each metric and depth: objects would lie apart in memory, and in no cache. */
export class StatisticsRows {
  readonly #rows = new Rows(PLACES);
  /** The step of each row's least and largest value. */
  readonly #minSteps: JsonValue[] = [];
  readonly #maxSteps: JsonValue[] = [];

  /** Adds a row without values. Returns its index. */
  begin(): number {
    const row = this.#rows.add();
    this.#rows.data.set(NO_VALUES, row * PLACES);
    this.#minSteps.push(null);
    this.#maxSteps.push(null);
    return row;
  }

  at(row: number, place: number): number {
    return this.#rows.at(row, place);
  }

  minStep(row: number): JsonValue {
    return this.#minSteps[row] ?? null;
  }

  maxStep(row: number): JsonValue {
    return this.#maxSteps[row] ?? null;
  }

  /** Adds a value. `step` is called only when the step must be kept. */
  add(row: number, value: number, step: () => JsonValue): void {
    const { data } = this.#rows;
    const at = row * PLACES;
    data[at + LAST] = value;
    if (Number.isNaN(value)) {
      data[at + NANS] = (data[at + NANS] as number) + 1;
      return;
    }
    const count = data[at + COUNT] as number;
    data[at + COUNT] = count + 1;
    if (count === 0) data[at + FIRST] = value;
    // The negation lets the first value replace NaN.
    if (!(value >= (data[at + MIN] as number))) {
      data[at + MIN] = value;
      this.#minSteps[row] = step();
    }
    if (!(value <= (data[at + MAX] as number))) {
      data[at + MAX] = value;
      this.#maxSteps[row] = step();
    }
    const before = data[at + SUM] as number;
    const sum = before + value;
    const added = sum - before;
    const lost = before - (sum - added) + (value - added);
    data[at + LOST] = (data[at + LOST] as number) + lost;
    data[at + SUM] = sum;
  }
}

/** The numbers of a metric at steps of one depth. */
export class MetricStatistics {
  readonly metric: string;
  /** Number of components of the steps; -1 for named steps. */
  readonly depth: number;
  /** Where the numbers are among the rows. */
  readonly row: number;
  readonly #rows: StatisticsRows;

  constructor(metric: string, depth: number, rows: StatisticsRows) {
    this.metric = metric;
    this.depth = depth;
    this.#rows = rows;
    this.row = rows.begin();
  }

  /** Number of values that are not NaN. */
  get count(): number {
    return this.#rows.at(this.row, COUNT);
  }

  get nans(): number {
    return this.#rows.at(this.row, NANS);
  }

  get first(): number {
    return this.#rows.at(this.row, FIRST);
  }

  /** The value logged last, NaN too. */
  get last(): number {
    return this.#rows.at(this.row, LAST);
  }

  /** Infinity when there are no numbers; `max` is then -Infinity. */
  get min(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.#rows.at(this.row, MIN);
  }

  get max(): number {
    return this.count === 0 ? Number.NEGATIVE_INFINITY : this.#rows.at(this.row, MAX);
  }

  get minStep(): JsonValue {
    return this.#rows.minStep(this.row);
  }

  get maxStep(): JsonValue {
    return this.#rows.maxStep(this.row);
  }

  /** NaN when there are no numbers. */
  get mean(): number {
    const sum = this.#rows.at(this.row, SUM);
    const lost = this.#rows.at(this.row, LOST);
    // Not finite: a value so large that its own rounding error overflows.
    return (sum + (Number.isFinite(lost) && Number.isFinite(sum) ? lost : 0)) / this.count;
  }

  /** Whether the last value is NaN or infinite. */
  get diverged(): boolean {
    return this.count + this.nans > 0 && !Number.isFinite(this.last);
  }
}
