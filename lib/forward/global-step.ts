/** The integer that stands for a step in other tools. */

/** The series of a run that a step belongs to: each has its own steps in the tools. */
export type StepLevel = 'iteration' | 'epoch' | 'validation' | 'summary';

/** Iterations of an epoch, as far as the log was read. */
interface Epoch {
  readonly number: number;
  /** Iterations of the run before this epoch, where each epoch counts from the start; else 0. */
  readonly offset: number;
  /** The epoch's last iteration, as written. */
  last: number;
}

/** Limit on remembered epochs: beyond it an earlier epoch that comes again counts as a new epoch. */
const MAX_EPOCHS = 10_000;

/**
 * Turns the steps of a log into integers, record by record, so that integers stay as the log grows. They agree with
 * the step axis of charts wherever epochs come in order. Some runs count iterations anew in each epoch, others count
 * through: both give the iteration of the whole run.
 */
export class GlobalStep {
  level: StepLevel = 'summary';
  step = 0;
  readonly #epochs = new Map<number, Epoch>();
  #current: Epoch | undefined;
  #lastIteration = 0;
  #validation = 0;

  /**
   * Sets `level` and `step` for a record.
   *
   * @param components The numeric components of the step are the first `depth` elements.
   */
  add(components: ArrayLike<number>, depth: number): void {
    const first = components[0] ?? 0;
    if (depth === 0) {
      this.level = 'summary';
      this.step = this.#lastIteration;
    } else if (depth === 1) {
      this.level = 'epoch';
      this.step = this.#current === undefined ? integer(first) : this.#lastIteration;
    } else {
      const iteration = components[1] ?? 0;
      const epoch = this.#enter(first, iteration);
      if (depth === 2) {
        this.level = 'iteration';
        this.step = integer(epoch.offset + iteration);
      } else {
        this.level = 'validation';
        this.step = this.#validation++;
      }
      this.#lastIteration = Math.max(this.#lastIteration, integer(epoch.offset + iteration));
    }
  }

  /** A resumed run begins: the next record may go back. */
  resume(): void {
    this.#lastIteration = 0;
  }

  #enter(number: number, iteration: number): Epoch {
    const last = this.#current;
    let epoch = last?.number === number ? last : this.#epochs.get(number);
    if (epoch === undefined) {
      const restarts = last !== undefined && number > last.number && iteration <= last.last;
      const offset = last === undefined ? 0 : last.offset + (restarts ? last.last + 1 : 0);
      epoch = { number, offset, last: iteration };
      if (this.#epochs.size < MAX_EPOCHS) this.#epochs.set(number, epoch);
    }
    if (iteration > epoch.last) epoch.last = iteration;
    this.#current = epoch;
    return epoch;
  }
}

/** The tools have whole steps only: fractions are cut off, and numbers to the range of exact integers. */
function integer(step: number): number {
  return Math.max(Math.min(Math.trunc(step), Number.MAX_SAFE_INTEGER), Number.MIN_SAFE_INTEGER);
}
