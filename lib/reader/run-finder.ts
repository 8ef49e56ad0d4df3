/**
 * The runs of a log, and the one rule about its sessions: a later session replaces the steps of earlier ones
 * from its first step on.
 *
 * A run that was killed in epoch 5 and goes on from the checkpoint of epoch 3 logs some steps twice: those of
 * the session that was killed are replaced, and so are its results of the whole run. A session that begins at
 * or before the first step of its run began it anew: the whole of the earlier session is replaced, parameters
 * too. Sessions without a step of numbers replace nothing.
 *
 * Processes that append to one log at the same time replace nothing either: each session whose time overlaps
 * that of another one is a run of its own. A session that overlaps none goes on with the run that was written
 * last before it.
 *
 * What a record is may show only later: a session that seemed to be resumed turns out to write beside another
 * one, and what was replaced lies before what replaces it. `isSettled` tells whether everything that was told
 * so far holds; else the log is read anew with the finder that `again()` gives.
 */
import type { FlatRecord } from './flat-record.js';
import type { Sink } from './log-parser.js';
import { type OpenSession, SessionFinder } from './sessions.js';
import { numericComponents, stepKind } from './step.js';
import {
  comparePlace,
  END,
  earlierPlace,
  FurthestPlace,
  finiteLength,
  type Place,
} from './step-order.js';
import type { JsonValue, LogEntry, Session } from './types.js';

/** Sessions that overlap by less than this, in seconds, followed each other. */
const SAME_MOMENT = 1;
/** In the place of a first step: everything before is replaced, parameters too. */
const EVERYTHING = 'everything';
type Bound = Place | typeof EVERYTHING | undefined;

/** A session, and what was told of its records. */
class Life {
  readonly session: OpenSession;
  /** The first step of numbers; undefined before it. */
  first: Place | undefined;
  firstStep: JsonValue;
  /** Whether it wrote at the same time as another one. */
  isBeside: boolean;
  /** When its records come to a later moment than this, another session may have begun before. */
  lookAgain = Number.POSITIVE_INFINITY;
  run: number;
  /** From where on a later session replaces it. */
  from: Bound;
  told = 0;
  hidden = 0;
  /** How far it has come. */
  readonly furthest = new FurthestPlace();
  /** What an earlier reading found: how far it comes, and when it ends. */
  readonly #knownFurthest: FurthestPlace;
  readonly #knownEnd: number;

  constructor(session: OpenSession, run: number, before: Life | undefined) {
    this.session = session;
    this.run = before?.run ?? run;
    this.from = before?.from;
    this.first = before?.first;
    this.firstStep = before?.firstStep ?? null;
    this.isBeside = before?.isBeside ?? false;
    this.#knownFurthest = new FurthestPlace(before?.furthestPlace);
    this.#knownEnd = before?.end ?? Number.NEGATIVE_INFINITY;
  }

  /** Timestamp of its last record. */
  get end(): number {
    return Math.max(this.session.end, this.#knownEnd);
  }

  get furthestPlace(): Place {
    const { place } = this.furthest;
    if (place.length > 0) this.#knownFurthest.add(place, place.length);
    return this.#knownFurthest.place;
  }

  overlaps(other: Life): boolean {
    return (
      this.session.start < other.end - SAME_MOMENT && other.session.start < this.end - SAME_MOMENT
    );
  }
}

/** Sessions that make a run, as far as they are arranged. */
interface Arranged {
  readonly index: number;
  /** The least first step. */
  first: Place;
  end: number;
  readonly furthest: FurthestPlace;
}

export class RunFinder implements Sink {
  /** Which of the log's runs the latest record belongs to, counted from 0. */
  run = 0;
  /** Its session, by the order in which they appear. */
  session = 0;
  /** Whether a later session replaced the latest record. */
  isHidden = false;
  /** Whether the latest record is the first step with which a session goes on with a run. */
  resumes = false;
  /** Whether all that was told of records holds. */
  isSettled = true;
  readonly #showsAll: boolean;
  readonly #finder = new SessionFinder();
  readonly #lives: Life[] = [];
  /** Those of an earlier reading. */
  readonly #before: readonly Life[];
  #current: Life | undefined;

  /** @param showsAll Nothing is replaced: a session that would replace something is a run of its own. */
  constructor(showsAll = false, before: readonly Life[] = []) {
    this.#showsAll = showsAll;
    this.#before = before;
  }

  /** For reading the log anew, knowing what is known of it now. */
  again(): RunFinder {
    const known = [...this.#lives, ...this.#before.slice(this.#lives.length)];
    return new RunFinder(this.#showsAll, known);
  }

  /** How many records a later session replaced, of a run or of all. */
  hiddenOf(run?: number): number {
    const own = this.#lives.filter((life) => run === undefined || life.run === run);
    return own.reduce((sum, { hidden }) => sum + hidden, 0);
  }

  /** The sessions of a run, or of all, by their starts. */
  sessions(run?: number): Session[] {
    return this.#lives
      .filter((life) => run === undefined || life.run === run)
      .map(({ session: { start, line, records }, firstStep, run: index }) => ({
        ...{ start, line, records, firstStep, run: index },
      }))
      .sort((a, b) => a.start - b.start);
  }

  /** Takes the next record of the log. */
  flat(record: FlatRecord, line: number): void {
    const { timestamp, elapsedtime, step, stepLength } = record;
    const life = this.#enter(timestamp, elapsedtime, line);
    if (life === undefined) return;
    if (stepLength === 0) {
      this.#tell(life, END, END.length);
      return;
    }
    const length = finiteLength(step, stepLength);
    if (length > 0 && life.first === undefined) {
      this.#begin(life, Array.from(step.subarray(0, length)), record.stepValue);
    }
    this.#tell(life, step, length);
  }

  /** Takes the next record of the log. */
  entry(entry: LogEntry): void {
    const life = this.#enter(entry.timestamp, entry.elapsedtime, entry.line);
    if (life === undefined) return;
    if (entry.kind === 'METADATA') {
      life.told++;
      this.run = life.run;
      this.isHidden = false;
      return;
    }
    const { step } = entry;
    const kind = stepKind(step);
    if (kind === 'run') {
      this.#tell(life, END, END.length);
    } else if (kind === 'parameter' || kind === 'environment') {
      this.#show(life, life.from === EVERYTHING);
    } else {
      const places = numericComponents(step);
      if (places.length > 0 && life.first === undefined) this.#begin(life, places, step);
      this.#tell(life, places, places.length);
    }
  }

  /**
   * Whether a later session replaced a record of a session.
   *
   * @param step Its step, or how far its session had come where it has none.
   * @param isDescription Whether it says what the run is.
   */
  replaces(session: number, step: readonly number[], isDescription: boolean): boolean {
    const from = this.#lives[session]?.from;
    if (from === undefined || from === EVERYTHING) return from === EVERYTHING;
    if (isDescription || step.length === 0) return false;
    return comparePlace(step, step.length, from) >= 0;
  }

  /** How far a session has come. */
  furthest(session: number): Place {
    return this.#lives[session]?.furthest.place ?? [];
  }

  #tell(life: Life, step: ArrayLike<number>, length: number): void {
    if (length > 0) life.furthest.add(step, length);
    const { from } = life;
    this.#show(life, from !== undefined && isReplaced(from, life.furthest, step, length));
  }

  #show(life: Life, isHidden: boolean): void {
    life.told++;
    if (isHidden) life.hidden++;
    this.run = life.run;
    this.isHidden = isHidden;
  }

  #enter(timestamp: number, elapsedtime: number, line: number): Life | undefined {
    const session = this.#finder.add(timestamp, elapsedtime, line);
    this.resumes = false;
    if (session === undefined) {
      this.run = 0;
      this.session = 0;
      this.isHidden = false;
      return undefined;
    }
    if (session !== this.#current?.session) {
      this.session = session.index;
      let life = this.#lives[session.index];
      if (life === undefined) {
        const run = this.#lives[session.index - 1]?.run ?? 0;
        life = new Life(session, run, this.#before[session.index]);
        this.#lives[session.index] = life;
      }
      this.#current = life;
    }
    const life = this.#current;
    if (life !== undefined && session.end > life.lookAgain) this.#compareTimes(life);
    return life;
  }

  #begin(life: Life, first: Place, firstStep: JsonValue): void {
    life.first = first;
    life.firstStep = firstStep;
    this.#compareTimes(life);
    this.#arrange();
    this.resumes = this.#lives.some(
      (one) => one !== life && one.first !== undefined && one.run === life.run,
    );
  }

  /** Finds the sessions that wrote at the same time as one, and when that is to be looked at again. */
  #compareTimes(life: Life): void {
    let isNews = false;
    life.lookAgain = Number.POSITIVE_INFINITY;
    for (const other of this.#lives) {
      if (other === life || other.first === undefined) continue;
      other.lookAgain = lookAgain(other, life);
      life.lookAgain = lookAgain(life, other);
      if ((other.isBeside && life.isBeside) || !life.overlaps(other)) continue;
      life.isBeside = true;
      other.isBeside = true;
      isNews = true;
    }
    if (isNews) this.#arrange();
  }

  /** Decides anew which run each session belongs to, and what is replaced. */
  #arrange(): void {
    const lives = [...this.#lives, ...this.#before.slice(this.#lives.length)];
    const runs: Arranged[] = [];
    const bounds: Bound[] = [];
    let latest = 0;
    for (const [i, life] of lives.entries()) {
      const { first } = life;
      if (first !== undefined) {
        const found = life.isBeside ? undefined : lastWritten(runs);
        const goesOn = found !== undefined && !(this.#showsAll && found.furthest.reaches(first));
        if (goesOn) {
          // At or before the first step: the run was begun anew.
          const isAnew = comparePlace(first, first.length, found.first) <= 0;
          bounds[i] = isAnew ? EVERYTHING : first;
          addTo(found, life, first);
          latest = found.index;
        } else {
          latest = runs.length;
          const run = { index: latest, first, end: life.end, furthest: new FurthestPlace() };
          addTo(run, life, first);
          runs.push(run);
        }
      }
      this.#assign(life, latest);
    }
    const replaced: Bound[] = [];
    for (let i = lives.length - 1; i >= 0; i--) {
      const life = lives[i] as Life;
      this.#replace(life, replaced[life.run]);
      replaced[life.run] = earlierBound(bounds[i], replaced[life.run]);
    }
  }

  #assign(life: Life, run: number): void {
    if (life.run === run) return;
    life.run = run;
    if (life.told > 0) this.isSettled = false;
  }

  #replace(life: Life, from: Bound): void {
    const before = life.from;
    if (this.#showsAll || String(before) === String(from)) return;
    life.from = from;
    if (life.hidden > 0) this.isSettled = false;
    if (from === undefined || life.told === 0) return;
    if (from === EVERYTHING || life.furthest.reaches(from)) this.isSettled = false;
  }
}

/** When it may show that a session, which wrote so far, overlaps another one. */
function lookAgain(life: Life, other: Life): number {
  const moment = other.session.start + SAME_MOMENT;
  return moment >= life.end && moment < life.lookAgain ? moment : life.lookAgain;
}

/** Whether a later session that begins at a place replaced a record. */
function isReplaced(
  from: Bound,
  furthest: FurthestPlace | undefined,
  step: ArrayLike<number>,
  length: number,
): boolean {
  if (from === undefined || from === EVERYTHING) return from === EVERYTHING;
  // What has no number stands where its session has come.
  return length === 0 ? furthest?.reaches(from) === true : comparePlace(step, length, from) >= 0;
}

function lastWritten(runs: readonly Arranged[]): Arranged | undefined {
  let latest = runs[0];
  for (const run of runs) if (latest !== undefined && run.end > latest.end) latest = run;
  return latest;
}

function addTo(run: Arranged, life: Life, first: Place): void {
  run.end = Math.max(run.end, life.end);
  run.first = earlierPlace(run.first, first);
  const { furthestPlace: place } = life;
  if (place.length > 0) run.furthest.add(place, place.length);
}

function earlierBound(a: Bound, b: Bound): Bound {
  if (a === EVERYTHING || b === EVERYTHING) return EVERYTHING;
  if (a === undefined || b === undefined) return a ?? b;
  return earlierPlace(a, b);
}
