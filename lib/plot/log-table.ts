import type { FlatRecord } from '../reader/flat-record.js';
import type { Sink } from '../reader/scan.js';
import type { JsonObject, LogEntry, LogRecord } from '../reader/types.js';
import { stepPlaces } from './positions.js';
import { RunTable } from './run-table.js';

type Stamped = Pick<LogRecord, 'timestamp' | 'elapsedtime'>;

/** One life of a logger. All its records have the same start: their time less their elapsed time. */
interface Session {
  start: number;
  run: RunTable;
  /** Its records before the first that tells whether it goes on with a run or is a new one. */
  undecided: LogRecord[] | undefined;
  /** Elapsed seconds of the run before this session. */
  before: number;
}

/** Starts that differ by less, in seconds, are the same one: the two clocks are read one after the other. */
const SAME_START = 1;
/** So many sessions, the latest, are looked through for the one that a record belongs to. */
const KEPT_SESSIONS = 64;
/** More records than these before the first step are kept with the run before. */
const MAX_UNDECIDED = 10_000;

/**
 * A log as it is read: the runs in it, and the metadata. Most logs hold one run. Where a logger started
 * anew in the file, it goes on with the run before (it was resumed) unless its steps begin at or before
 * those of that run, or the two wrote side by side: then it is a run of its own.
 */
export class LogTable implements Sink {
  /** Metadata by metric. */
  readonly metadata = new Map<string, JsonObject>();
  readonly runs: RunTable[] = [];
  /** Goes up with every record. */
  records = 0;
  readonly #sessions: Session[] = [];
  #current: Session | undefined;

  /** Takes a record that the reader found to be numbers only. */
  flat(record: FlatRecord, line: number, offset: number, length: number): void {
    const session = this.#session(record);
    const { step, stepLength, elapsedtime } = record;
    const isPlain = !record.hasOthers && stepLength > 0 && allFinite(step, stepLength);
    if (session.undecided !== undefined || !isPlain) this.entry(record.entry(line, offset, length));
    else {
      this.records++;
      session.run.addFlat(record, session.before + elapsedtime);
    }
  }

  /** Takes any record. */
  entry(entry: LogEntry): void {
    this.records++;
    if (entry.kind === 'METADATA') {
      const known = this.metadata.get(entry.metric);
      this.metadata.set(entry.metric, merged(known, entry.metadata));
      if (this.runs.length === 0) this.runs.push(new RunTable());
      return;
    }
    const session = this.#session(entry);
    if (session.undecided === undefined) this.#addTo(session, entry);
    else this.#decide(session, session.undecided, entry);
  }

  #addTo(session: Session, record: LogRecord): void {
    session.run.add(record, session.before + record.elapsedtime);
  }

  #decide(session: Session, undecided: LogRecord[], record: LogRecord): void {
    const places = stepPlaces(record.step);
    const waits = places.length === 0 && undecided.length < MAX_UNDECIDED;
    if (waits && (record.step === 'PARAMETER' || record.step === 'ENVIRONMENT')) {
      undecided.push(record);
      return;
    }
    const { firstPlaces } = session.run;
    // A resumed run starts after its last record; what started before wrote side by side with it.
    const goesOn = firstPlaces === undefined || isAfter(places, firstPlaces);
    const isBeside = session.start < session.run.end - SAME_START;
    if (places.length > 0 && firstPlaces !== undefined && (!goesOn || isBeside)) {
      session.run = new RunTable();
      this.runs.push(session.run);
    }
    session.before = session.run.elapsed;
    session.undecided = undefined;
    for (const earlier of undecided) this.#addTo(session, earlier);
    this.#addTo(session, record);
  }

  #session({ timestamp, elapsedtime }: Stamped): Session {
    const start = timestamp - elapsedtime;
    const current = this.#current;
    if (current !== undefined && isSame(current, start)) {
      // The clocks may drift apart in a run of weeks.
      if (!Number.isNaN(start)) current.start = start;
      return current;
    }
    const session = this.#sessions.find((one) => isSame(one, start)) ?? this.#open(start);
    this.#current = session;
    return session;
  }

  #open(start: number): Session {
    const isFirst = this.#sessions.length === 0;
    const run = this.runs.at(-1) ?? new RunTable();
    if (this.runs.length === 0) this.runs.push(run);
    const session: Session = { start, run, undecided: isFirst ? undefined : [], before: 0 };
    this.#sessions.push(session);
    if (this.#sessions.length > KEPT_SESSIONS) this.#sessions.shift();
    return session;
  }
}

function allFinite(step: Float64Array, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(step[i])) return false;
  }
  return true;
}

function isSame(session: Session, start: number): boolean {
  return Number.isNaN(start) || !(Math.abs(session.start - start) >= SAME_START);
}

function isAfter(places: readonly number[], others: readonly number[]): boolean {
  for (const [i, place] of places.entries()) {
    const other = others[i] ?? Number.NEGATIVE_INFINITY;
    if (place !== other) return place > other;
  }
  return false;
}

/** Keys such as `__proto__` stay keys. */
function merged(known: JsonObject | undefined, added: JsonObject): JsonObject {
  return known === undefined
    ? added
    : Object.fromEntries([...Object.entries(known), ...Object.entries(added)]);
}
