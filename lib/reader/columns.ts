/** Columns of numbers that grow. */

const FIRST_CAPACITY = 8;

/** A list of doubles in one piece of memory. */
export class Column {
  length = 0;
  #array = new Float64Array(FIRST_CAPACITY);

  push(value: number): void {
    if (this.length === this.#array.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.length++] = value;
  }

  /** What is in it now; later pushes do not change it. */
  view(): Float64Array {
    return this.#array.subarray(0, this.length);
  }
}

/** The moments at which something was logged with steps of one depth. */
export class Frame {
  readonly depth: number;
  readonly steps: readonly Column[];
  readonly labels: string[] = [];
  readonly times = new Column();
  readonly elapsed = new Column();
  readonly #metrics = new Map<string, MetricColumn>();

  constructor(depth: number) {
    this.depth = depth;
    this.steps = Array.from({ length: depth }, () => new Column());
  }

  get length(): number {
    return this.times.length;
  }

  get metrics(): ReadonlyMap<string, MetricColumn> {
    return this.#metrics;
  }

  metric(name: string): MetricColumn {
    let column = this.#metrics.get(name);
    if (column === undefined) {
      column = new MetricColumn();
      this.#metrics.set(name, column);
    }
    return column;
  }
}

/** The values of a metric, and in which rows of its frame they stand. */
export class MetricColumn {
  readonly values = new Column();
  /** Undefined as long as every row has a value: the frame's columns are its own then. */
  #rows: Column | undefined;

  push(row: number, value: number): void {
    if (this.#rows === undefined && row !== this.values.length) {
      this.#rows = new Column();
      for (let i = 0; i < this.values.length; i++) this.#rows.push(i);
    }
    this.#rows?.push(row);
    this.values.push(value);
  }

  /** What a column of the frame holds at this metric's rows. */
  pick(column: Column): Float64Array {
    const all = column.view();
    if (this.#rows === undefined) return all.subarray(0, this.values.length);
    return this.#rows.view().map((row) => all[row] as number);
  }

  pickLabels(labels: readonly string[]): string[] {
    if (this.#rows === undefined) return labels.slice(0, this.values.length);
    return Array.from(this.#rows.view(), (row) => labels[row] as string);
  }
}
