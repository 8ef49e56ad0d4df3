/** Starts that differ by less, in seconds, count as equal: a logger reads its two clocks one after the other. */
const TOLERANCE = 1;
/** Limit on sessions; later ones count as the last. A log to which so many processes append is a table, not a run. */
const MAX_SESSIONS = 10_000;
/** How many of the latest sessions are compared with a record whose clock may have been stepped. */
const TRIED = 64;
/** Records, or seconds, of a session that is too long to be taken for a run that died at its start. */
const KNOWN_RECORDS = 10;
const KNOWN_SECONDS = 1;

/** A session so far. */
export interface OpenSession {
  /** Index among the sessions of the log, in the order in which they appeared. */
  readonly index: number;
  /** When its logger was made, in seconds since 1970-01-01 UTC. */
  readonly start: number;
  /** The line of its first record. */
  readonly line: number;
  records: number;
  /** The start according to the latest record, which differs when the clock drifts or is stepped. */
  latest: number;
  /** Timestamp of the latest record. */
  end: number;
  /** Elapsed time of the first record; that of the latest is `elapsed`. */
  readonly first: number;
  elapsed: number;
  /** The longest time between two records in a row, in seconds of elapsed time. */
  longestGap: number;
}

/**
 * Finds the sessions of a log: one for each logger that wrote to it. All records of a session have the same
 * start, which is timestamp minus elapsed time. When the wall clock is stepped, elapsed time still continues.
 */
export class SessionFinder {
  readonly #sessions: OpenSession[] = [];
  /** The sessions by the whole second of `latest`. */
  readonly #bySecond = new Map<number, OpenSession[]>();
  #current: OpenSession | undefined;

  /**
   * Adds the next record of the log, and returns its session. Undefined as long as no record of the log has
   * an elapsed time.
   */
  add(timestamp: number, elapsedtime: number, line: number): OpenSession | undefined {
    const start = timestamp - elapsedtime;
    let session = this.#current;
    if (Number.isNaN(start)) {
      // A record without elapsed time belongs to the session of the record before it.
      if (session !== undefined) session.records++;
      return session;
    }
    if (session === undefined || Math.abs(start - session.latest) >= TOLERANCE) {
      session =
        this.#startedAt(start) ??
        this.#steppedTo(start, elapsedtime) ??
        this.#open(start, elapsedtime, line);
      this.#current = session;
    }
    if (session.records++ > 0) {
      const gap = elapsedtime - session.elapsed;
      if (gap > session.longestGap) session.longestGap = gap;
    }
    session.elapsed = elapsedtime;
    session.end = timestamp;
    if (session.latest !== start) this.#move(session, start);
    return session;
  }

  #startedAt(start: number): OpenSession | undefined {
    const second = Math.floor(start);
    for (const near of [second, second - 1, second + 1]) {
      const found = this.#bySecond
        .get(near)
        ?.find(({ latest }) => Math.abs(start - latest) < TOLERANCE);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The session whose elapsed time a record continues, although its start differs. */
  #steppedTo(start: number, elapsedtime: number): OpenSession | undefined {
    let nearest: OpenSession | undefined;
    for (const session of this.#sessions.slice(-TRIED)) {
      const gap = elapsedtime - session.elapsed;
      if (!(gap >= 0 && gap <= 2 * session.longestGap) || session.records < 2) continue;
      // A logger that was made after the session's last record may belong to a run that was started again.
      const mayBeNew = start >= session.end - TOLERANCE;
      const isKnown =
        session.records >= KNOWN_RECORDS || session.elapsed - session.first >= KNOWN_SECONDS;
      if (mayBeNew && !isKnown) continue;
      if (nearest === undefined || session.elapsed > nearest.elapsed) nearest = session;
    }
    return nearest;
  }

  #open(start: number, elapsedtime: number, line: number): OpenSession {
    const last = this.#sessions[MAX_SESSIONS - 1];
    if (last !== undefined) return last;
    const session = {
      ...{ index: this.#sessions.length, start, line, records: 0, latest: start, end: Number.NaN },
      ...{ first: elapsedtime, elapsed: elapsedtime, longestGap: 0 },
    };
    this.#sessions.push(session);
    this.#list(session);
    return session;
  }

  #move(session: OpenSession, latest: number): void {
    const before = Math.floor(session.latest);
    session.latest = latest;
    if (Math.floor(latest) === before) return;
    const list = this.#bySecond.get(before) ?? [];
    list.splice(list.indexOf(session), 1);
    if (list.length === 0) this.#bySecond.delete(before);
    this.#list(session);
  }

  #list(session: OpenSession): void {
    const second = Math.floor(session.latest);
    const list = this.#bySecond.get(second);
    if (list === undefined) this.#bySecond.set(second, [session]);
    else list.push(session);
  }
}
