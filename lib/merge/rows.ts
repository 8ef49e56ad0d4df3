/**
 * Finds the next steps that are merged by columns: the rows. A row has the records of all ranks at one step. Ranks may
 * lack the step, may have several records there, and their records may have different names.
 *
 * Rows end where not enough is known: at the end of what is read of a log, and before a record that is not merged by
 * columns.
 */
import type { Shape } from '../reader/key-tree.js';
import { Layout, type Progress } from './layout.js';
import type { RecordQueue } from './record-queue.js';

/**
 * Limit on the records of a rank in a row. Where all ranks have more at a step, and alike, the step becomes several
 * rows. Otherwise the step is not merged by columns.
 */
export const MAX_RECORDS = 8;
/** Limit on what is kept of layouts. */
const MAX_LAYOUTS = 2000;

export interface Row {
  /** The first record of the row, which has its step and place. */
  readonly queue: RecordQueue;
  readonly index: number;
  layout: Layout;
  /** When the row is only a part of its step: the progress that each rank has behind the row. */
  readonly part: Progress | undefined;
}

/** The records of a rank at one step, or the first of them. */
interface Group {
  readonly count: number;
  /** The progress behind them. */
  readonly progress: Progress;
  readonly isPart: boolean;
}

export class RowFinder {
  readonly rows: Row[] = [];
  #root = new Layout();
  /** Whether a step behind all rows may become a row. */
  #isOpen = true;
  #most = 1;

  /**
   * Finds rows, at most `most`.
   *
   * @param queues The queues that have records, in ascending order of their ranks.
   */
  find(queues: readonly RecordQueue[], most: number): void {
    if (this.#root.size.count > MAX_LAYOUTS) this.#root = new Layout();
    this.rows.length = 0;
    this.#isOpen = true;
    this.#most = most;
    for (const queue of queues) {
      const end = this.#join(queue, queue === queues[0]);
      if (end === undefined) continue;
      this.rows.length = end;
      this.#isOpen = false;
      if (end === 0) return;
    }
  }

  /** Adds the records of the next queue to the rows. Returns where the rows end; undefined where they go on. */
  #join(queue: RecordQueue, isFirst: boolean): number | undefined {
    const { rows } = this;
    let r = 0;
    for (let i = queue.at; i < queue.end; r++) {
      let order = this.#order(queue, i, r);
      while (order > 0) {
        // Of a part no rank may lack anything.
        if (rows[r]?.part !== undefined) return r;
        r++;
        order = this.#order(queue, i, r);
      }
      if (r === rows.length && !(this.#isOpen && r < this.#most)) return r;
      const count = order < 0 ? this.#insert(r, queue, i, isFirst) : this.#extend(r, queue, i);
      if (count === 0) return r;
      i += count;
    }
    if (!queue.isWhole) return r;
    const part = rows.findIndex((row, at) => at >= r && row.part !== undefined);
    return part === -1 ? undefined : part;
  }

  /** Negative when a record lies before a row, positive when it lies behind the row. No row lies behind all records. */
  #order(queue: RecordQueue, index: number, r: number): number {
    const row = this.rows[r];
    return row === undefined ? -1 : queue.compare(index, row.queue, row.index);
  }

  /** Makes the next records of a queue a row of their own. Returns their number; 0 when they cannot be a row. */
  #insert(r: number, queue: RecordQueue, index: number, isFirst: boolean): number {
    const taken = this.#take(this.#root.start, queue, index);
    if (taken === undefined || (taken.isPart && !isFirst)) return 0;
    const { count, progress } = taken;
    const part = taken.isPart ? progress : undefined;
    this.rows.splice(r, 0, { queue, index, layout: progress.layout, part });
    return count;
  }

  /** Adds the next records of a queue to a row. Returns their number; 0 when they cannot be added. */
  #extend(r: number, queue: RecordQueue, index: number): number {
    const row = this.rows[r] as Row;
    // A step that is a plain number, and a list of one number.
    if (row.queue.depth(row.index) !== queue.depth(index)) return 0;
    const taken = this.#take(row.layout.start, queue, index);
    if (taken === undefined) return 0;
    const { count, progress, isPart } = taken;
    if (isPart ? progress !== row.part : row.part !== undefined) return 0;
    row.layout = progress.layout;
    return count;
  }

  /** Takes a queue's records at one step; undefined when not all of them are known, or can be merged by columns. */
  #take(start: Progress, queue: RecordQueue, first: number): Group | undefined {
    if (queue.shapes[first] === undefined) return undefined;
    let progress = start;
    let index = first;
    do {
      const at = index;
      const shape = queue.shapes[index] as Shape;
      ({ progress } = progress.take(shape, (name) => queue.nameText(at, name)));
      index++;
    } while (index - first < MAX_RECORDS && index < queue.end && continues(queue, index));
    const count = index - first;
    const goesOn = index === queue.end ? !queue.isWhole : queue.isSame(index);
    if (goesOn && count < MAX_RECORDS) return undefined;
    return { count, progress, isPart: goesOn };
  }
}

/** Whether a record has the step of the record before it, and can be merged by columns. */
function continues(queue: RecordQueue, index: number): boolean {
  return (
    queue.isSame(index) &&
    queue.shapes[index] !== undefined &&
    queue.depth(index) === queue.depth(index - 1)
  );
}
