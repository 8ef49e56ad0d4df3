import type { FlatRecord } from '../reader/flat-record.js';
import type { Sink } from '../reader/scan.js';
import { type OpenSession, SessionFinder } from '../reader/sessions.js';
import { isDescription, mergedMetadata, numericComponents } from '../reader/step.js';
import type { JsonObject, LogEntry, LogRecord } from '../reader/types.js';
import { RunTable } from './run-table.js';

/** What a session of the log adds to. */
interface Part {
  run: RunTable;
  /** Its records before the first that tells whether it goes on with a run or is a new one. */
  undecided: LogRecord[] | undefined;
  /** Elapsed seconds of the run before this session. */
  before: number;
}

/** A session that starts by more than this, in seconds, before a run's last record wrote beside it. */
const SAME_MOMENT = 1;
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
  readonly #sessions = new SessionFinder();
  /** By session; the first stands also for records that tell none. */
  readonly #parts: Part[] = [];

  /** Takes a record that the reader found to be numbers only. */
  flat(record: FlatRecord, line: number, offset: number, length: number): void {
    const { step, stepLength, timestamp, elapsedtime } = record;
    const session = this.#sessions.add(timestamp, elapsedtime, line);
    const part = this.#parts[session?.index ?? 0] ?? this.#open(session);
    const isPlain = !record.hasOthers && stepLength > 0 && allFinite(step, stepLength);
    this.records++;
    if (part.undecided === undefined && isPlain) {
      part.run.addFlat(record, part.before + elapsedtime);
    } else {
      this.#take(part, session, record.entry(line, offset, length));
    }
  }

  /** Takes any record. */
  entry(entry: LogEntry): void {
    this.records++;
    const session = this.#sessions.add(entry.timestamp, entry.elapsedtime, entry.line);
    const part = this.#parts[session?.index ?? 0] ?? this.#open(session);
    if (entry.kind === 'METADATA') {
      const known = this.metadata.get(entry.metric);
      this.metadata.set(entry.metric, mergedMetadata(known, entry.metadata));
    } else {
      this.#take(part, session, entry);
    }
  }

  #take(part: Part, session: OpenSession | undefined, record: LogRecord): void {
    if (part.undecided === undefined) this.#addTo(part, record);
    else this.#decide(part, session?.start ?? Number.NaN, part.undecided, record);
  }

  #addTo(part: Part, record: LogRecord): void {
    part.run.add(record, part.before + record.elapsedtime);
  }

  #decide(part: Part, start: number, undecided: LogRecord[], record: LogRecord): void {
    const places = numericComponents(record.step);
    const waits = places.length === 0 && undecided.length < MAX_UNDECIDED;
    if (waits && isDescription(record.step)) {
      undecided.push(record);
      return;
    }
    const { firstPlaces } = part.run;
    // A resumed run starts after its last record; what started before wrote side by side with it.
    const goesOn = firstPlaces === undefined || isAfter(places, firstPlaces);
    const isBeside = start < part.run.end - SAME_MOMENT;
    if (places.length > 0 && firstPlaces !== undefined && (!goesOn || isBeside)) {
      part.run = new RunTable();
      this.runs.push(part.run);
    }
    part.before = part.run.elapsed;
    part.undecided = undefined;
    for (const earlier of undecided) this.#addTo(part, earlier);
    this.#addTo(part, record);
  }

  #open(session: OpenSession | undefined): Part {
    const run = this.runs.at(-1) ?? new RunTable();
    if (this.runs.length === 0) this.runs.push(run);
    const isFirst = this.#parts.length === 0;
    const part = { run, undecided: isFirst ? undefined : [], before: 0 };
    this.#parts[session?.index ?? 0] = part;
    return part;
  }
}

function allFinite(step: Float64Array, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(step[i])) return false;
  }
  return true;
}

function isAfter(places: readonly number[], others: readonly number[]): boolean {
  for (const [i, place] of places.entries()) {
    const other = others[i] ?? Number.NEGATIVE_INFINITY;
    if (place !== other) return place > other;
  }
  return false;
}
