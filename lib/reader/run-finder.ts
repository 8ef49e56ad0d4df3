/**
 * The runs of a log, and the one rule about its sessions: a later session replaces the steps of earlier ones
 * from its first step on.
 *
 * A run that was killed in epoch 5 and resumed from the checkpoint of epoch 3 logs some steps twice. The steps
 * of the killed session are replaced, and so are its results of the whole run. A session that begins at or
 * before the first step of its run has started the run again: it replaces the whole of the earlier session,
 * parameters too. Sessions without a numeric step replace nothing.
 *
 * Processes that append to one log at the same time replace nothing either: a session that overlaps another
 * session in time is a run of its own. A session that overlaps no other continues the run that was last
 * written before it.
 *
 * The answer for a record may change as later records come: a session that seemed resumed turns out to write at
 * the same time as another, and a replaced record lies before the session that replaces it. `isSettled` tells
 * whether every answer so far still holds. If not, read the log again with the finder that `again()` returns.
 */
import type { FlatRecord } from './flat-record.js';
import type { RecordReceiver } from './log-parser.js';
import { type OpenSession, SessionFinder } from './sessions.js';
import { numericComponents, stepKind } from './step.js';
import {
  comparePlace,
  END,
  earlierPlace,
  FurthestPlace,
  finiteLength,
  type StepPlace,
} from './step-order.js';
import type { JsonValue, LogEntry, Session } from './types.js';

/** Sessions that overlap by less than this, in seconds, followed each other. */
const SAME_MOMENT = 1;
/** Bound in place of a step: everything of the session is replaced, parameters too. */
const EVERYTHING = 'everything';
const NOWHERE: StepPlace = [];
type Bound = StepPlace | typeof EVERYTHING | undefined;

/** A session, and the answers given for its records. */
class RunSession {
  readonly open: OpenSession;
  /** The first numeric step; undefined until it is read. */
  first: StepPlace | undefined;
  firstStep: JsonValue;
  /** Whether the session wrote at the same time as another session. */
  isBeside: boolean;
  /** Once a record of this session is later than this time, the session may overlap one that began then. */
  compareAfter = Number.POSITIVE_INFINITY;
  run: number;
  /** The step from which on a later session replaces this one. */
  from: Bound;
  /** Number of records for which an answer was given, and of those that were replaced. */
  answers = 0;
  hidden = 0;
  /** The furthest step so far. */
  readonly furthest = new FurthestPlace();
  /** Known from an earlier reading: the furthest step of the session, and the time of its last record. */
  readonly #knownFurthest: StepPlace;
  readonly #knownEnd: number;

  constructor(open: OpenSession, run: number, before: RunSession | undefined) {
    this.open = open;
    this.run = before?.run ?? run;
    this.from = before?.from;
    this.first = before?.first;
    this.firstStep = before?.firstStep ?? null;
    this.isBeside = before?.isBeside ?? false;
    this.#knownFurthest = before?.furthestPlace ?? NOWHERE;
    this.#knownEnd = before?.end ?? Number.NEGATIVE_INFINITY;
  }

  /** Timestamp of the session's last record. */
  get end(): number {
    return Math.max(this.open.end, this.#knownEnd);
  }

  get furthestPlace(): StepPlace {
    const furthest = new FurthestPlace();
    for (const place of [this.#knownFurthest, this.furthest.place]) {
      if (place.length > 0) furthest.add(place, place.length);
    }
    return furthest.place;
  }

  overlaps(other: RunSession): boolean {
    return this.open.start < other.end - SAME_MOMENT && other.open.start < this.end - SAME_MOMENT;
  }
}

/** A run, of the sessions that are arranged so far. */
interface Arranged {
  readonly index: number;
  /** The lowest first step of the run's sessions. */
  first: StepPlace;
  end: number;
  readonly furthest: FurthestPlace;
}

/** No sessions yet: memory is taken only when there are some. */
const NO_SESSIONS: RunSession[] = [];

export class RunFinder implements RecordReceiver {
  /** Which of the log's runs the latest record belongs to, counted from 0. */
  run = 0;
  /** Index of the latest record's session, in the order in which sessions appear. */
  session = 0;
  /** Whether a later session replaced the latest record. */
  isHidden = false;
  /** Whether the latest record has the first step of a session that continues a run. */
  resumes = false;
  /** Whether every answer given so far still holds. */
  isSettled = true;
  readonly #showsAll: boolean;
  readonly #finder = new SessionFinder();
  #sessions: RunSession[] = NO_SESSIONS;
  /** The sessions as an earlier reading left them. */
  readonly #before: readonly RunSession[];
  #current: RunSession | undefined;

  /** @param showsAll Replaces nothing: a session that would replace something becomes a run of its own. */
  constructor(showsAll = false, before: readonly RunSession[] = NO_SESSIONS) {
    this.#showsAll = showsAll;
    this.#before = before;
  }

  /** A finder to read the log again, which starts with the knowledge of this one. */
  again(): RunFinder {
    const known = [...this.#sessions, ...this.#before.slice(this.#sessions.length)];
    return new RunFinder(this.#showsAll, known);
  }

  /** How many records later sessions replaced: in one run, or in all. */
  hiddenOf(run?: number): number {
    const own = this.#sessions.filter((session) => run === undefined || session.run === run);
    return own.reduce((sum, { hidden }) => sum + hidden, 0);
  }

  /** The sessions of one run, or of all runs, sorted by start. */
  sessions(run?: number): Session[] {
    return this.#sessions
      .filter((session) => run === undefined || session.run === run)
      .map(({ open: { start, line, records }, firstStep, run: index }) => ({
        ...{ start, line, records, firstStep, run: index },
      }))
      .sort((a, b) => a.start - b.start);
  }

  /** Takes the next record of the log. */
  flat(record: FlatRecord, line: number): void {
    const { timestamp, elapsedtime, step, stepLength } = record;
    const session = this.#enter(timestamp, elapsedtime, line);
    if (session === undefined) return;
    if (stepLength === 0) {
      this.#answer(session, END, END.length);
      return;
    }
    const length = finiteLength(step, stepLength);
    if (length > 0 && session.first === undefined) {
      this.#begin(session, Array.from(step.subarray(0, length)), record.stepValue);
    }
    this.#answer(session, step, length);
  }

  /** Takes the next record of the log. */
  entry(entry: LogEntry): void {
    const session = this.#enter(entry.timestamp, entry.elapsedtime, entry.line);
    if (session === undefined) return;
    if (entry.kind === 'METADATA') {
      session.answers++;
      this.run = session.run;
      this.isHidden = false;
      return;
    }
    const { step } = entry;
    const kind = stepKind(step);
    if (kind === 'run') {
      this.#answer(session, END, END.length);
    } else if (kind === 'parameter' || kind === 'environment') {
      this.#give(session, session.from === EVERYTHING);
    } else {
      const places = numericComponents(step);
      if (places.length > 0 && session.first === undefined) this.#begin(session, places, step);
      this.#answer(session, places, places.length);
    }
  }

  /**
   * Whether a later session replaced a record of a session.
   *
   * @param step The record's step; for a record without a numeric step, how far its session had come.
   * @param isDescription Whether the record holds parameters or the environment.
   */
  replaces(session: number, step: readonly number[], isDescription: boolean): boolean {
    const from = this.#sessions[session]?.from;
    if (from === undefined || from === EVERYTHING) return from === EVERYTHING;
    if (isDescription || step.length === 0) return false;
    return comparePlace(step, step.length, from) >= 0;
  }

  /** How far a session has come. */
  furthest(session: number): StepPlace {
    return this.#sessions[session]?.furthest.place ?? [];
  }

  #answer(session: RunSession, step: ArrayLike<number>, length: number): void {
    if (length > 0) session.furthest.add(step, length);
    const { from } = session;
    this.#give(session, from !== undefined && isReplaced(from, session.furthest, step, length));
  }

  #give(session: RunSession, isHidden: boolean): void {
    session.answers++;
    if (isHidden) session.hidden++;
    this.run = session.run;
    this.isHidden = isHidden;
  }

  #enter(timestamp: number, elapsedtime: number, line: number): RunSession | undefined {
    const open = this.#finder.add(timestamp, elapsedtime, line);
    this.resumes = false;
    if (open === undefined) {
      this.run = 0;
      this.session = 0;
      this.isHidden = false;
      return undefined;
    }
    if (open !== this.#current?.open) {
      this.session = open.index;
      let session = this.#sessions[open.index];
      if (session === undefined) {
        const run = this.#sessions[open.index - 1]?.run ?? 0;
        session = new RunSession(open, run, this.#before[open.index]);
        if (this.#sessions === NO_SESSIONS) this.#sessions = [session];
        else this.#sessions[open.index] = session;
      }
      this.#current = session;
    }
    const session = this.#current;
    if (session !== undefined && open.end > session.compareAfter) this.#compareTimes(session);
    return session;
  }

  #begin(session: RunSession, first: StepPlace, firstStep: JsonValue): void {
    session.first = first;
    session.firstStep = firstStep;
    this.#compareTimes(session);
    this.#arrange();
    this.resumes = this.#sessions.some(
      (other) => other !== session && other.first !== undefined && other.run === session.run,
    );
  }

  /** Finds the sessions that overlap a session, and the time at which to compare them again. */
  #compareTimes(session: RunSession): void {
    let isNews = false;
    session.compareAfter = Number.POSITIVE_INFINITY;
    for (const other of this.#sessions) {
      if (other === session || other.first === undefined) continue;
      other.compareAfter = compareAfter(other, session);
      session.compareAfter = compareAfter(session, other);
      if ((other.isBeside && session.isBeside) || !session.overlaps(other)) continue;
      session.isBeside = true;
      other.isBeside = true;
      isNews = true;
    }
    if (isNews) this.#arrange();
  }

  /** Decides again which run each session belongs to, and which steps are replaced. */
  #arrange(): void {
    const sessions = [...this.#sessions, ...this.#before.slice(this.#sessions.length)];
    const runs: Arranged[] = [];
    const bounds: Bound[] = [];
    let latest = 0;
    for (const [i, session] of sessions.entries()) {
      const { first } = session;
      if (first !== undefined) {
        const found = session.isBeside ? undefined : lastWritten(runs);
        const goesOn = found !== undefined && !(this.#showsAll && found.furthest.reaches(first));
        if (goesOn) {
          // At or before the first step: the run was started again.
          const isAnew = comparePlace(first, first.length, found.first) <= 0;
          bounds[i] = isAnew ? EVERYTHING : first;
          addTo(found, session, first);
          latest = found.index;
        } else {
          latest = runs.length;
          const run = { index: latest, first, end: session.end, furthest: new FurthestPlace() };
          addTo(run, session, first);
          runs.push(run);
        }
      }
      this.#assign(session, latest);
    }
    const replaced: Bound[] = [];
    for (let i = sessions.length - 1; i >= 0; i--) {
      const session = sessions[i] as RunSession;
      this.#replace(session, replaced[session.run]);
      replaced[session.run] = earlierBound(bounds[i], replaced[session.run]);
    }
  }

  #assign(session: RunSession, run: number): void {
    if (session.run === run) return;
    session.run = run;
    if (session.answers > 0) this.isSettled = false;
  }

  #replace(session: RunSession, from: Bound): void {
    const before = session.from;
    if (this.#showsAll || String(before) === String(from)) return;
    session.from = from;
    if (session.hidden > 0) this.isSettled = false;
    if (from === undefined || session.answers === 0) return;
    if (from === EVERYTHING || session.furthest.reaches(from)) this.isSettled = false;
  }
}

/** The time from which on a further record of `session` would overlap `other`, if earlier than the time known so far. */
function compareAfter(session: RunSession, other: RunSession): number {
  const moment = other.open.start + SAME_MOMENT;
  return moment >= session.end && moment < session.compareAfter ? moment : session.compareAfter;
}

/** Whether a later session, which replaces from a bound on, replaced a record. */
function isReplaced(
  from: Bound,
  furthest: FurthestPlace | undefined,
  step: ArrayLike<number>,
  length: number,
): boolean {
  if (from === undefined || from === EVERYTHING) return from === EVERYTHING;
  // A record without a numeric step stands at the furthest step of its session.
  return length === 0 ? furthest?.reaches(from) === true : comparePlace(step, length, from) >= 0;
}

function lastWritten(runs: readonly Arranged[]): Arranged | undefined {
  let latest = runs[0];
  for (const run of runs) if (latest !== undefined && run.end > latest.end) latest = run;
  return latest;
}

function addTo(run: Arranged, session: RunSession, first: StepPlace): void {
  run.end = Math.max(run.end, session.end);
  run.first = earlierPlace(run.first, first);
  const { furthestPlace: place } = session;
  if (place.length > 0) run.furthest.add(place, place.length);
}

function earlierBound(a: Bound, b: Bound): Bound {
  if (a === EVERYTHING || b === EVERYTHING) return EVERYTHING;
  if (a === undefined || b === undefined) return a ?? b;
  return earlierPlace(a, b);
}
