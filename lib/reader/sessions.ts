import type { Session } from './types.js';

/** Two loggers made within this many seconds count as one; a corrected clock makes no new one. */
const TOLERANCE = 1;
/** Further ones are not told apart: a log to which so many processes append is a table, not a run. */
const MAX_SESSIONS = 10_000;

interface Life {
  readonly start: number;
  readonly line: number;
  records: number;
  /** When its latest record says that it began: clocks drift. */
  latest: number;
}

/** Tells the lives of loggers in one log apart, by when each was made. */
export class SessionFinder {
  readonly #lives: Life[] = [];
  #current: Life | undefined;

  add(timestamp: number, elapsedtime: number, line: number): void {
    const start = timestamp - elapsedtime;
    const current = this.#current;
    if (current !== undefined && Math.abs(start - current.latest) < TOLERANCE) {
      current.records++;
      current.latest = start;
    } else if (!Number.isNaN(start)) {
      this.#switch(start, line);
    }
  }

  #switch(start: number, line: number): void {
    let life = this.#lives.find((one) => Math.abs(start - one.latest) < TOLERANCE);
    if (life === undefined) {
      if (this.#lives.length === MAX_SESSIONS) return;
      life = { start, line, records: 0, latest: start };
      this.#lives.push(life);
    }
    life.records++;
    life.latest = start;
    this.#current = life;
  }

  list(): Session[] {
    return this.#lives
      .map(({ start, line, records }) => ({ start, line, records }))
      .sort((a, b) => a.start - b.start);
  }
}
