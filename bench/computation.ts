/** Computes up to a given time, as the training loop between two records does. */

/** Milliseconds by which a computation may be late before the machine counts as having interrupted the computation. */
const INTERRUPTION = 0.015;
/** How much of the time that is left one computation is to take. */
const SHARE = 0.8;

/**
 * Reads the clock a few times for each record only: a loop that does nothing else fills the nursery, since on Node 20
 * and 22 each reading is garbage.
 */
export class Computation {
  /** How often the machine has taken the processor away for 15 µs or more. */
  interruptions = 0;
  #value = 1;
  readonly #perMillisecond: number;

  constructor() {
    // The engine optimises the loop first.
    for (let i = 0; i < 2000; i++) this.#compute(100);
    const start = performance.now();
    this.#compute(1e7);
    this.#perMillisecond = 1e7 / (performance.now() - start);
  }

  /** Returns the time, in milliseconds, at or just after `due`. */
  until(due: number): number {
    let now = performance.now();
    while (now < due) {
      const planned = (due - now) * SHARE;
      this.#compute(planned * this.#perMillisecond);
      const end = performance.now();
      if (end - now - planned > INTERRUPTION) this.interruptions++;
      now = end;
    }
    return now;
  }

  #compute(steps: number): void {
    let value = this.#value;
    for (let i = 0; i < steps; i++) value = value * 0.999 + 0.001;
    this.#value = value;
  }
}
