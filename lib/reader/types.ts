/** What the reader gives: records, problems, and a run put together from them. */

/** A value as it stands in a log: JSON, with Python's `NaN` and infinities as numbers. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** An object as it stands in a log. `__proto__` is a key like any other: look with `Object.hasOwn`. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

interface RecordBase {
  /** Seconds since 1970-01-01 UTC; NaN where the record has none. */
  readonly timestamp: number;
  /** The moment as the record's text has it, with or without a zone; empty where it has none. */
  readonly datetime: string;
  /** Seconds since the logger was made; NaN where the record has none (versions before 1.0). */
  readonly elapsedtime: number;
  /** The line of the file, counted from 1. */
  readonly line: number;
  /** Where the record's text begins, in bytes of the file (of its content, where it is compressed). */
  readonly offset: number;
  /** Bytes of the record's text, without the newline. */
  readonly length: number;
}

/** What a call of `log(step, data)` wrote. */
export interface LogRecord extends RecordBase {
  /** Tells it from metadata. */
  readonly kind: 'LOG';
  /** As written: `'PARAMETER'`, `[]`, `[0, 5]`, a number, an object ... */
  readonly step: JsonValue;
  /** The metrics and their values, as written. */
  readonly data: JsonObject;
}

/** What a call of `metadata(metric, metadata)` wrote. */
export interface MetadataRecord extends RecordBase {
  /** Tells it from a record of metrics. */
  readonly kind: 'METADATA';
  /** The metric that it is about. */
  readonly metric: string;
  /** What is known about it, as written. */
  readonly metadata: JsonObject;
}

/** One record of a log. `kind` tells which. */
export type LogEntry = LogRecord | MetadataRecord;

/**
 * Why a piece of the file is not a record.
 *
 * - `hole`: NUL bytes, as two runs with one file leave behind, or a power cut
 * - `cut`: begins as a record and ends in the middle of it, or is the end of one
 * - `unfinished`: the same at the end of the file: perhaps its writer is still at it
 * - `malformed`: begins with `DLLL ` and is no JSON, or is JSON and not a record
 * - `stdout`: a `DLL ` line, as StdOutBackend prints
 * - `blank`: nothing but white space
 * - `foreign`: any other text
 * - `oversized`: a line longer than the reader takes
 * - `ring`: the ring of a run that died, which cannot be read
 */
export type ProblemReason =
  | 'hole'
  | 'cut'
  | 'unfinished'
  | 'malformed'
  | 'stdout'
  | 'blank'
  | 'foreign'
  | 'oversized'
  | 'ring';

/** A piece of the file that is not a record. */
export interface Problem {
  /** Why it is not a record. */
  readonly reason: ProblemReason;
  /** The line of the file, counted from 1; 0 where the problem is the file's as a whole. */
  readonly line: number;
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** Bytes, without the newline. */
  readonly length: number;
  /** One sentence for people. */
  readonly message: string;
  /** How it begins, at most 80 characters. */
  readonly excerpt: string;
}

/** The problems of a log: all counted, the first ones kept. */
export interface Problems {
  /** All of them. */
  readonly count: number;
  /** How many there are of each reason. */
  readonly byReason: ReadonlyMap<ProblemReason, number>;
  /** The first ones, at most 1000; `onProblem` gets every one. */
  readonly first: readonly Problem[];
}

/**
 * The numbers that a metric took, in the order of the file. A metric has one series for each number
 * of places that its steps have: those at `[epoch, iteration]` are not mixed with those at `[epoch]`.
 * All arrays have the same length; metrics may share them: do not write to them.
 */
export interface Series {
  /** The metric's name. */
  readonly metric: string;
  /**
   * How many places its steps have: 1 for `[epoch]` and plain numbers, 2 for `[epoch, iteration]`,
   * 3 for validation iterations; 0 for `[]`, and for steps that are text or an object.
   */
  readonly depth: number;
  /** How many values there are. */
  readonly length: number;
  /** One array for each place: `steps[0]` epochs, `steps[1]` iterations. NaN where a place is no number. */
  readonly steps: readonly Float64Array[];
  /** Depth 0 only: the step of each value, `avg` or the JSON text of `[]` and objects; else empty. */
  readonly labels: readonly string[];
  /** NaN and infinities as logged; `true` is 1 and `false` 0. */
  readonly values: Float64Array;
  /** Seconds since 1970-01-01 UTC; NaN where a record has none. */
  readonly times: Float64Array;
  /** Seconds since the logger was made; NaN where a record has none. */
  readonly elapsed: Float64Array;
}

/** A value that is no number: text, `null`, a list, an object. */
export interface OtherValue {
  /** The record's step, as written. */
  readonly step: JsonValue;
  /** The value, as written. */
  readonly value: JsonValue;
  /** Seconds since 1970-01-01 UTC. */
  readonly time: number;
  /** The line of the file, counted from 1. */
  readonly line: number;
}

/** One life of a logger; a log has several when runs were appended to it, or shared it. */
export interface Session {
  /** When its logger was made, in seconds since 1970-01-01 UTC. */
  readonly start: number;
  /** The line of its first record. */
  readonly line: number;
  /** How many records it wrote. */
  readonly records: number;
  /** The first step that has a number, as written; null where it logged none. */
  readonly firstStep: JsonValue;
  /** Which of the log's runs it belongs to: more than one where processes wrote at the same time. */
  readonly run: number;
}

/** What a run logged. Maps keep the order of the file. */
export interface RunView {
  /** Values of the records with step `'PARAMETER'`; a later one replaces an earlier one. */
  readonly parameters: ReadonlyMap<string, JsonValue>;
  /** Values of the records with step `'ENVIRONMENT'`. */
  readonly environment: ReadonlyMap<string, JsonValue>;
  /** Series by metric, the longest first: `run.series.get('loss')?.[0]`. */
  readonly series: ReadonlyMap<string, readonly Series[]>;
  /** What is no number, by metric. */
  readonly others: ReadonlyMap<string, readonly OtherValue[]>;
  /** The records with step `[]`. */
  readonly summary: readonly LogRecord[];
}

/** A whole log, put together: everything that was logged. */
export interface Run extends RunView {
  /** The path, or `-` for standard input and streams. */
  readonly path: string;
  /** Records by kind. */
  readonly counts: Readonly<Record<LogEntry['kind'], number>>;
  /**
   * Records that are not in the file: a run that died had not written them yet, and its ring beside
   * the log holds them. `recover(path)` brings them into the log.
   */
  readonly ringRecords: number;
  /** Metadata by metric; keys of later records are added to those of earlier ones. */
  readonly metadata: ReadonlyMap<string, JsonObject>;
  /**
   * The same without what later sessions replaced, as `summary` and `plot` show it. Made when it is asked for; what
   * nothing was taken from is shared with the whole.
   */
  readonly latest: RunView;
  /** Lives of loggers, by start; empty where records have no elapsed time. */
  readonly sessions: readonly Session[];
  /** Timestamps of the earliest and latest record; NaN where there is none. */
  readonly begin: number;
  /** The latest one's. */
  readonly end: number;
  /** What in the file is no record. */
  readonly problems: Problems;
}
