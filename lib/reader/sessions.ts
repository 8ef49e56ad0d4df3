/** Starts that differ by less, in seconds, count as equal: a logger reads its two clocks one after the other. */
const TOLERANCE = 1;
/** Limit on sessions; later ones count as the last. A log to which so many processes append is a table, not a run. */
const MAX_SESSIONS = 10_000;
/** How many of the latest sessions are compared with a record whose clock may have been stepped. */
const TRIED = 64;
/** Records, or seconds, of a session that is too long to be taken for a run that died at its start. */
const KNOWN_RECORDS = 10;
const KNOWN_SECONDS = 1;
/** No sessions yet: memory is taken only when there are some. */
const NO_SESSIONS: OpenSession[] = [];

/** A session so far. */
export class OpenSession {
  /** Index among the sessions of the log, in the order in which they appeared. */
  readonly index: number;
  /** When its logger was made, in seconds since 1970-01-01 UTC. */
  readonly start: number;
  /** The line of its first record. */
  readonly line: number;
  records = 0;
  /** The start according to the latest record, which differs when the clock drifts or is stepped. */
  latest: number;
  /** Timestamp of the latest record. */
  end = Number.NaN;
  /** Elapsed time of the first record; that of the latest is `elapsed`. */
  readonly first: number;
  elapsed: number;
  /** The longest time between two records in a row, in seconds of elapsed time. */
  longestGap = 0;

  constructor(index: number, start: number, line: number, elapsed: number) {
    this.index = index;
    this.start = start;
    this.line = line;
    this.latest = start;
    this.first = elapsed;
    this.elapsed = elapsed;
  }
}

/**
 * Finds the sessions of a log: one for each logger that wrote to it. All records of a session have the same
 * start, which is timestamp minus elapsed time. When the wall clock is stepped, elapsed time still continues.
 */
export class SessionFinder {
  #sessions: OpenSession[] = NO_SESSIONS;
  /** The sessions by the whole second of `latest`. Made for the second session. */
  #bySecond: Map<number, OpenSession[]> | undefined;
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
    if (this.#sessions.length === 0) return undefined;
    const bySecond = this.#index();
    const second = Math.floor(start);
    for (const near of [second, second - 1, second + 1]) {
      const found = bySecond.get(near)?.find(({ latest }) => Math.abs(start - latest) < TOLERANCE);
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
    const session = new OpenSession(this.#sessions.length, start, line, elapsedtime);
    if (this.#sessions === NO_SESSIONS) this.#sessions = [session];
    else this.#sessions.push(session);
    if (this.#bySecond !== undefined) list(this.#bySecond, session);
    return session;
  }

  #move(session: OpenSession, latest: number): void {
    const before = Math.floor(session.latest);
    session.latest = latest;
    const bySecond = this.#bySecond;
    if (bySecond === undefined || Math.floor(latest) === before) return;
    const others = bySecond.get(before)?.filter((one) => one !== session) ?? [];
    if (others.length === 0) bySecond.delete(before);
    else bySecond.set(before, others);
    list(bySecond, session);
  }

  #index(): Map<number, OpenSession[]> {
    if (this.#bySecond !== undefined) return this.#bySecond;
    this.#bySecond = new Map();
    for (const session of this.#sessions) list(this.#bySecond, session);
    return this.#bySecond;
  }
}

function list(bySecond: Map<number, OpenSession[]>, session: OpenSession): void {
  const second = Math.floor(session.latest);
  const known = bySecond.get(second);
  if (known === undefined) bySecond.set(second, [session]);
  else known.push(session);
}
