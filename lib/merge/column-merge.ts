/** Merges rows: the values of all ranks column by column, many steps at a time. */
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
import type { RecordQueue } from './record-queue.js';
import { MAX_RECORDS, type Row, RowFinder } from './rows.js';

/** Number of values for which there is room at first. */
const FIRST_VALUES = 256;
/** In place of a queue: the value is computed, or the record has not begun. */
const NONE = -1;
/** Facts about a value: a rank wrote a float, the value is not a number, ranks have different values. */
const FLOAT = 1;
const NAMED = 2;
const DIFFERS = 4;

/** Records by the position of their queue, and their index there. */
class Sources {
  positions = new Int32Array(FIRST_VALUES);
  indices = new Uint32Array(FIRST_VALUES);

  set(at: number, position: number, index: number): void {
    this.positions[at] = position;
    this.indices[at] = index;
  }

  /** Makes room; nothing is kept. */
  reserve(count: number): void {
    if (count <= this.positions.length) return;
    this.positions = new Int32Array(2 * count);
    this.indices = new Uint32Array(2 * count);
  }
}

export class ColumnMerge {
  readonly #reduction: Reduction;
  readonly #report: MergeReport;
  readonly #finder = new RowFinder();
  #queues: readonly RecordQueue[] = [];
  /** By queue: where its records behind the rows begin. */
  readonly #ends: number[] = [];
  /** By row: whether a rank that goes on lacks something there. */
  #lacks = new Uint8Array(FIRST_VALUES);
  /** By record of the merged log: the record whose times it gets. */
  readonly #heads = new Sources();
  /**
   * By value: how many ranks have it, the reduction so far, the record whose text it copies, the value's index among
   * the numbers there, and `FLOAT`, `NAMED` and `DIFFERS`.
   */
  #counts = new Int32Array(FIRST_VALUES);
  #values = new Float64Array(FIRST_VALUES);
  readonly #copied = new Sources();
  #numbers = new Uint32Array(FIRST_VALUES);
  #flags = new Uint8Array(FIRST_VALUES);

  constructor(reduction: Reduction, report: MergeReport) {
    this.#reduction = reduction;
    this.#report = report;
  }

  /** The steps that `merge` can merge next. */
  get rows(): readonly Row[] {
    return this.#finder.rows;
  }

  /** Finds the next rows, at most `most`. */
  find(queues: readonly RecordQueue[], most: number): void {
    this.#queues = queues;
    this.#finder.find(queues, most);
  }

  /**
   * Merges the records of the rows.
   *
   * @param ranks The ranks of the queues.
   * @param absent The other ranks: they lack every value.
   */
  merge(ranks: readonly number[], absent: readonly number[]): void {
    let [cells, records] = [0, 0];
    for (const { layout } of this.rows) {
      cells += layout.metrics.length;
      records += layout.records.length;
    }
    this.#reserve(cells, records);
    for (const [position, queue] of this.#queues.entries()) {
      this.#add(position, ranks[position] as number, queue);
    }
    for (const rank of absent) {
      for (const row of this.rows) this.#lack(rank, row, row.layout.start.lacking);
    }
  }

  /** Whether a rank that goes on lacks something in a row. */
  lacks(row: number): boolean {
    return this.#lacks[row] === 1;
  }

  /** Writes the merged records, and removes those that were merged. Returns the number of lines. */
  write(file: ByteSink): number {
    let [firstCell, record] = [0, 0];
    for (const { layout } of this.rows) {
      for (const { index, cells, texts } of layout.records) {
        let line = this.#head(record + index);
        for (let k = 0; k < cells.length; k++) {
          const cell = cells[k] as number;
          line += texts[k] + this.#text(firstCell + cell);
          if (((this.#flags[firstCell + cell] as number) & DIFFERS) !== 0) {
            this.#report.differ(layout.metrics[cell] as string);
          }
        }
        file.write(`${line}}}\n`);
      }
      firstCell += layout.metrics.length;
      record += layout.records.length;
    }
    for (const [position, queue] of this.#queues.entries())
      queue.takeTo(this.#ends[position] as number);
    return record;
  }

  /** Adds the records of the next queue. */
  #add(position: number, rank: number, queue: RecordQueue): void {
    const { rows } = this;
    const heads = this.#heads;
    let [index, firstCell, firstRecord] = [queue.at, 0, 0];
    for (let r = 0; r < rows.length; r++) {
      const row = rows[r] as Row;
      let progress = row.layout.start;
      if (queue.isIn(index, row)) {
        const end = Math.min(queue.end, index + MAX_RECORDS);
        do {
          const taken = progress.take(queue.shapes[index] as Shape, String);
          const head = firstRecord + taken.record;
          if (heads.positions[head] === NONE) heads.set(head, position, index);
          this.#addValues(position, queue, index, taken.cells, firstCell);
          progress = taken.progress;
          index++;
        } while (index < end && queue.isSame(index));
      }
      if (progress.lacking.length > 0) {
        this.#lacks[r] = 1;
        this.#lack(rank, row, progress.lacking);
      }
      firstCell += row.layout.metrics.length;
      firstRecord += row.layout.records.length;
    }
    this.#ends[position] = index;
  }

  #addValues(
    position: number,
    queue: RecordQueue,
    index: number,
    cells: readonly number[],
    firstCell: number,
  ): void {
    const { numbers } = queue;
    const how = this.#reduction;
    const [counts, values, flags, copied] = [this.#counts, this.#values, this.#flags, this.#copied];
    const copy = copiesText(how) ? position : NONE;
    const named = queue.named[index];
    const first = queue.valuesAt(index);
    for (let k = 0; k < cells.length; k++) {
      const cell = firstCell + (cells[k] as number);
      const number = first + k;
      const value = numbers[number] as number;
      const isNumber = named === undefined || named[k] === undefined;
      const count = (counts[cell] as number) + 1;
      counts[cell] = count;
      if (count === 1) {
        values[cell] = value;
        copied.set(cell, position, index);
        this.#numbers[cell] = number;
        if (isNumber) flags[cell] = queue.isInteger(index, number) ? 0 : FLOAT;
        else flags[cell] = NAMED;
        continue;
      }
      const flag = flags[cell] as number;
      if ((flag & NAMED) !== 0) {
        const other = isNumber ? value : (named[k] as JsonValue);
        if (areDifferent(this.#namedValue(cell), other)) flags[cell] = flag | DIFFERS;
      }
      if ((flag & NAMED) !== 0 || !isNumber || how === 'first') continue;
      if (flag === 0 && !queue.isInteger(index, number)) flags[cell] = FLOAT;
      const before = values[cell] as number;
      const reduced = reduceNumbers(how, before, value, count);
      if (Object.is(reduced, before)) continue;
      values[cell] = reduced;
      copied.set(cell, copy, index);
      this.#numbers[cell] = number;
    }
  }

  #lack(rank: number, { queue, index, layout }: Row, cells: readonly number[]): void {
    for (const cell of cells) {
      this.#report.lack(rank, layout.metrics[cell] as string, () => queue.step(index));
    }
  }

  /** The first rank's value of a metric, when the value is not a number. */
  #namedValue(cell: number): JsonValue {
    const queue = this.#queues[this.#copied.positions[cell] as number] as RecordQueue;
    const index = this.#copied.indices[cell] as number;
    const i = (this.#numbers[cell] as number) - queue.valuesAt(index);
    return queue.named[index]?.[i] as JsonValue;
  }

  #head(record: number): string {
    const queue = this.#queues[this.#heads.positions[record] as number] as RecordQueue;
    return queue.head(this.#heads.indices[record] as number);
  }

  #text(cell: number): string {
    const queue = this.#queues[this.#copied.positions[cell] as number];
    const index = this.#copied.indices[cell] as number;
    return textOf({
      value: this.#values[cell] as number,
      text: queue?.valueText(index, this.#numbers[cell] as number),
      isFloat: this.#flags[cell] === FLOAT,
    });
  }

  /** Prepares the merge of the rows. Nothing is kept from one merge to the next. */
  #reserve(cells: number, records: number): void {
    if (this.rows.length > this.#lacks.length) this.#lacks = new Uint8Array(2 * this.rows.length);
    this.#lacks.fill(0, 0, this.rows.length);
    this.#heads.reserve(records);
    this.#heads.positions.fill(NONE, 0, records);
    this.#copied.reserve(cells);
    if (cells > this.#values.length) {
      this.#counts = new Int32Array(2 * cells);
      this.#values = new Float64Array(2 * cells);
      this.#numbers = new Uint32Array(2 * cells);
      this.#flags = new Uint8Array(2 * cells);
    }
    this.#counts.fill(0, 0, cells);
  }
}
