/** Columns of numbers that grow. */
import type { Place } from './step-order.js';

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

  at(index: number): number {
    return this.#array[index] ?? Number.NaN;
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
  /** Where rows have no step of numbers: how far their session had come. */
  readonly places = new Map<number, Place>();
  /** The rows at which another session goes on, and which. */
  readonly #turns = new Column();
  readonly #sessions = new Column();
  #session = -1;
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

  /** The row that comes next is of a session. */
  enter(session: number): void {
    if (session === this.#session) return;
    this.#session = session;
    this.#turns.push(this.length);
    this.#sessions.push(session);
  }

  /** Which rows are kept, a byte for each; undefined where all are. */
  kept(isReplaced: (session: number, step: readonly number[]) => boolean): Uint8Array | undefined {
    const kept = new Uint8Array(this.length).fill(1);
    const [turns, sessions] = [this.#turns.view(), this.#sessions.view()];
    let isWhole = true;
    for (let turn = 0; turn < turns.length; turn++) {
      const session = sessions[turn] as number;
      for (let row = turns[turn] as number; row < (turns[turn + 1] ?? this.length); row++) {
        const step = this.places.get(row) ?? this.steps.map((component) => component.at(row));
        if (!isReplaced(session, step)) continue;
        kept[row] = 0;
        isWhole = false;
      }
    }
    return isWhole ? undefined : kept;
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

  /** The row of a value. */
  row(index: number): number {
    return this.#rows?.at(index) ?? index;
  }

  pickLabels(labels: readonly string[]): string[] {
    if (this.#rows === undefined) return labels.slice(0, this.values.length);
    return Array.from(this.#rows.view(), (row) => labels[row] as string);
  }
}
