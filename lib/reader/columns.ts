/** Growing columns of numbers. */
import type { StepPlace } from './step-order.js';

const FIRST_CAPACITY = 8;

/** A list of doubles in one piece of memory. */
class Column {
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

  /** The present content; later pushes do not change the view. */
  view(): Float64Array {
    return this.#array.subarray(0, this.length);
  }
}

/** The records with steps of one depth: a row each. */
export class Frame {
  readonly depth: number;
  readonly steps: readonly Column[];
  readonly labels: string[] = [];
  readonly times = new Column();
  readonly elapsed = new Column();
  /** For a row whose step has no numbers: how far its session had come. */
  readonly places = new Map<number, StepPlace>();
  /** The rows at which the session changes; `#sessions` holds the session that each of them begins. */
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

  /** Sets the session of the rows that follow. */
  enter(session: number): void {
    if (session === this.#session) return;
    this.#session = session;
    this.#turns.push(this.length);
    this.#sessions.push(session);
  }

  /** For each row a byte: 1 when no later session replaced the row. Undefined when nothing was replaced. */
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

/** The values of a metric, and the row of the frame that each belongs to. */
export class MetricColumn {
  readonly values = new Column();
  /** Undefined as long as every row has a value: value i then belongs to row i. */
  #rows: Column | undefined;

  push(row: number, value: number): void {
    if (this.#rows === undefined && row !== this.values.length) {
      this.#rows = new Column();
      for (let i = 0; i < this.values.length; i++) this.#rows.push(i);
    }
    this.#rows?.push(row);
    this.values.push(value);
  }

  /** The numbers of a frame's column at the rows of this metric. */
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
