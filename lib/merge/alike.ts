/** Merges records that all ranks have at the same steps, under the same names or under some of them. */
import type { ByteSink } from '../base/byte-sink.js';
import type { Shape } from '../reader/key-tree.js';
import type { JsonValue } from '../reader/types.js';
import {
  areDifferent,
  copiesText,
  type MergeReport,
  type Reduction,
  reduceNumbers,
  textOf,
} from './cells.js';
import { Layout } from './layout.js';
import type { RecordQueue } from './record-queue.js';

/** Number of values for which there is room at first. */
const FIRST_VALUES = 256;
/** In place of a queue: the value is computed. */
const COMPUTED = -1;
/** Facts about a value: a rank wrote a float, the value is not a number, ranks have different values. */
const FLOAT = 1;
const NAMED = 2;
const DIFFERS = 4;
/** Limit on combinations of names that are kept. */
const MAX_LAYOUTS = 1000;

/** Records of all ranks at one step. */
interface Row {
  layout: Layout;
  /** The names of the first rank's record, and whether all others have the same. */
  shape: Shape;
  isUniform: boolean;
}

/** The next records of the ranks that go on. */
export class AlikeRecords {
  readonly #reduction: Reduction;
  readonly #report: MergeReport;
  #root = new Layout();
  #layouts = 0;
  #queues: readonly RecordQueue[] = [];
  readonly #rows: Row[] = [];
  #count = 0;
  /**
   * By value: how many ranks have it, the reduction so far, the queue whose text it copies, the value's index there,
   * and `FLOAT`, `NAMED` and `DIFFERS`.
   */
  #counts = new Int32Array(FIRST_VALUES);
  #values = new Float64Array(FIRST_VALUES);
  #copied = new Int32Array(FIRST_VALUES);
  #numbers = new Uint32Array(FIRST_VALUES);
  #flags = new Uint8Array(FIRST_VALUES);

  constructor(reduction: Reduction, report: MergeReport) {
    this.#reduction = reduction;
    this.#report = report;
  }

  /** Takes the queues of the ranks that go on. Returns how many records `merge` can merge, at most `most`. */
  begin(queues: readonly RecordQueue[], most: number): number {
    if (this.#layouts > MAX_LAYOUTS) {
      this.#root = new Layout();
      this.#layouts = 0;
    }
    this.#queues = queues;
    let count = most;
    for (const queue of queues) count = this.#compare(queue, Math.min(count, queue.length));
    const mixed = this.#rows.findIndex((row, i) => i < count && !row.isUniform && !this.#isSole(i));
    this.#count = mixed === -1 ? count : Math.min(count, mixed);
    return this.#count;
  }

  /** Whether a rank lacks a metric that another rank has in a record. */
  lacks(row: number): boolean {
    const { layout, isUniform } = this.#rows[row] as Row;
    if (isUniform) return false;
    const { length } = layout.names;
    return this.#queues.some(({ shapes, at }) => (shapes[at + row]?.names.length ?? 0) < length);
  }

  /**
   * Merges the records, and removes them.
   *
   * @param ranks The ranks of the queues.
   * @param absent The other ranks: they lack every value.
   */
  merge(ranks: readonly number[], absent: readonly number[], file: ByteSink): void {
    let cells = 0;
    for (let row = 0; row < this.#count; row++)
      cells += (this.#rows[row] as Row).layout.names.length;
    this.#reserve(cells);
    this.#counts.fill(0, 0, cells);
    for (const [position, queue] of this.#queues.entries()) this.#add(position, queue);
    this.#write(file);
    this.#reportLacks(ranks, absent);
    for (const queue of this.#queues) queue.take(this.#count);
  }

  /** Compares the records of a queue with those of the first queue. Returns how many have the same steps. */
  #compare(queue: RecordQueue, limit: number): number {
    const lead = this.#queues[0] as RecordQueue;
    for (let i = 0; i < limit; i++) {
      const index = queue.at + i;
      const shape = queue.shapes[index];
      if (shape === undefined || !queue.hasStepOf(index, lead, lead.at + i)) return i;
      const textOf = (name: number) => queue.nameText(index, name);
      if (queue === lead) {
        const { layout } = this.#root.extended(shape, textOf);
        this.#rows[i] = { layout, shape, isUniform: true };
        continue;
      }
      const row = this.#rows[i] as Row;
      if (shape === row.shape) continue;
      const { layout, shares } = row.layout.extended(shape, textOf);
      // Names that no earlier rank has become a record of their own.
      if (!shares) return i;
      if (layout !== row.layout) this.#layouts++;
      row.layout = layout;
      row.isUniform = false;
    }
    return limit;
  }

  /** Whether all ranks have a row's step at the same place, and once. */
  #isSole(row: number): boolean {
    const lead = this.#queues[0] as RecordQueue;
    return this.#queues.every((queue) => {
      const index = queue.at + row;
      if (!queue.hasPlaceOf(index, lead, lead.at + row)) return false;
      const next = index + 1;
      if (next === queue.end) return queue.isWhole;
      return queue.shapes[next] !== undefined && !queue.hasStepOf(next, lead, lead.at + row);
    });
  }

  #cellsOf({ layout, isUniform }: Row, shape: Shape): readonly number[] | undefined {
    return isUniform ? undefined : layout.extended(shape, String).cells;
  }

  /** Adds the records of the next queue. */
  #add(position: number, queue: RecordQueue): void {
    const { numbers, at } = queue;
    const how = this.#reduction;
    const [counts, values, copied] = [this.#counts, this.#values, this.#copied];
    const flags = this.#flags;
    const copy = copiesText(how) ? position : COMPUTED;
    let base = 0;
    for (let i = 0; i < this.#count; i++) {
      const row = this.#rows[i] as Row;
      const index = at + i;
      const shape = queue.shapes[index] as Shape;
      const named = queue.named[index];
      const first = queue.valuesAt(index);
      const cells = this.#cellsOf(row, shape);
      for (let k = 0; k < shape.names.length; k++) {
        const cell = base + (cells === undefined ? k : (cells[k] as number));
        const number = first + k;
        const value = numbers[number] as number;
        const isNumber = named === undefined || named[k] === undefined;
        const count = (counts[cell] as number) + 1;
        counts[cell] = count;
        if (count === 1) {
          values[cell] = value;
          copied[cell] = position;
          this.#numbers[cell] = number;
          if (isNumber) flags[cell] = queue.isInteger(index, number) ? 0 : FLOAT;
          else flags[cell] = NAMED;
          continue;
        }
        const flag = flags[cell] as number;
        if ((flag & NAMED) !== 0) {
          const before = this.#namedValue(cell, i);
          const other = isNumber ? value : (named[k] as JsonValue);
          if (areDifferent(before, other)) flags[cell] = flag | DIFFERS;
        }
        if ((flag & NAMED) !== 0 || !isNumber || how === 'first') continue;
        if (flag === 0 && !queue.isInteger(index, number)) flags[cell] = FLOAT;
        const before = values[cell] as number;
        const reduced = reduceNumbers(how, before, value, count);
        if (Object.is(reduced, before)) continue;
        values[cell] = reduced;
        copied[cell] = copy;
        this.#numbers[cell] = number;
      }
      base += row.layout.names.length;
    }
  }

  /** The first rank's value of a metric, when the value is not a number. */
  #namedValue(cell: number, row: number): JsonValue {
    const queue = this.#queues[this.#copied[cell] as number] as RecordQueue;
    const index = queue.at + row;
    const i = (this.#numbers[cell] as number) - queue.valuesAt(index);
    return queue.named[index]?.[i] as JsonValue;
  }

  #write(file: ByteSink): void {
    const lead = this.#queues[0] as RecordQueue;
    let cell = 0;
    for (let i = 0; i < this.#count; i++) {
      const { names, texts } = (this.#rows[i] as Row).layout;
      let line = lead.head(lead.at + i);
      for (let k = 0; k < names.length; k++, cell++) {
        line += texts[k] + this.#text(cell, i);
        if (((this.#flags[cell] as number) & DIFFERS) !== 0)
          this.#report.differ(names[k] as string);
      }
      file.write(`${line}}}\n`);
    }
  }

  #text(cell: number, row: number): string {
    const queue = this.#queues[this.#copied[cell] as number];
    return textOf({
      value: this.#values[cell] as number,
      text: queue?.valueText(queue.at + row, this.#numbers[cell] as number),
      isFloat: this.#flags[cell] === FLOAT,
    });
  }

  #reportLacks(ranks: readonly number[], absent: readonly number[]): void {
    const lead = this.#queues[0] as RecordQueue;
    for (let i = 0; i < this.#count; i++) {
      const row = this.#rows[i] as Row;
      if (row.isUniform && absent.length === 0) continue;
      const lacking = row.layout.names.map(() => [...absent]);
      if (!row.isUniform) {
        for (const [position, { shapes, at }] of this.#queues.entries()) {
          const extended = row.layout.extended(shapes[at + i] as Shape, String);
          for (const cell of extended.lacking) lacking[cell]?.push(ranks[position] as number);
        }
      }
      const step = lead.step(lead.at + i);
      for (const [cell, metric] of row.layout.names.entries()) {
        const all = lacking[cell] as number[];
        if (all.length > 0)
          this.#report.lack(
            all.sort((a, b) => a - b),
            metric,
            step,
          );
      }
    }
  }

  #reserve(cells: number): void {
    if (cells <= this.#values.length) return;
    // Nothing is kept from one merge to the next.
    this.#counts = new Int32Array(2 * cells);
    this.#values = new Float64Array(2 * cells);
    this.#copied = new Int32Array(2 * cells);
    this.#numbers = new Uint32Array(2 * cells);
    this.#flags = new Uint8Array(2 * cells);
  }
}
