/** The results of the reader: records, problems, and a run built from them. */

/** A value as it stands in a log: JSON, with Python's `NaN` and infinities as numbers. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** An object as it stands in a log. `__proto__` is a key like any other: look with `Object.hasOwn`. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

interface RecordBase {
  /** Seconds since 1970-01-01 UTC; NaN when the record has no timestamp. */
  readonly timestamp: number;
  /** The record's datetime as written, with or without a zone; empty when the record has none. */
  readonly datetime: string;
  /** Seconds since the logger was made; NaN when the record has none (DLLogger before 1.0). */
  readonly elapsedtime: number;
  /** The line of the file, counted from 1. */
  readonly line: number;
  /** Offset of the record's text in the file, in bytes; for a compressed file, in its content. */
  readonly offset: number;
  /** Bytes of the record's text, without the newline. */
  readonly length: number;
}

/** A record written by `log(step, data)`. */
export interface LogRecord extends RecordBase {
  /** Distinguishes the record from metadata. */
  readonly kind: 'LOG';
  /** As written: `'PARAMETER'`, `[]`, `[0, 5]`, a number, an object ... */
  readonly step: JsonValue;
  /** The metrics and their values, as written. */
  readonly data: JsonObject;
}

/** A record written by `metadata(metric, metadata)`. */
export interface MetadataRecord extends RecordBase {
  /** Distinguishes the record from one of metrics. */
  readonly kind: 'METADATA';
  /** The metric that the metadata describe. */
  readonly metric: string;
  /** The metadata, as written. */
  readonly metadata: JsonObject;
}

/** One record of a log. `kind` tells which. */
export type LogEntry = LogRecord | MetadataRecord;

/**
 * Why a piece of the file is not a record.
 *
 * - `hole`: NUL bytes, left behind by two runs that write one file, or by a power cut
 * - `cut`: the beginning of a record without its end, or the end of a record; also compressed data that ends early,
 *   or that more than zeros follow
 * - `unfinished`: the beginning of a record at the end of the file, which may still be being written
 * - `malformed`: begins with `DLLL ` and is not JSON, or is JSON and not a record
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
  /** The line of the file, counted from 1; 0 when the problem concerns the file as a whole. */
  readonly line: number;
  /** Offset of the piece, in bytes. */
  readonly offset: number;
  /** Bytes of the piece, without the newline. */
  readonly length: number;
  /** One sentence for people. */
  readonly message: string;
  /** The beginning of the piece, at most 80 characters. */
  readonly excerpt: string;
}

/** The problems of a log. All are counted, and the first ones are kept. */
export interface Problems {
  /** Number of all problems. */
  readonly count: number;
  /** Number of problems by reason. */
  readonly byReason: ReadonlyMap<ProblemReason, number>;
  /** The first problems, at most 1000. `onProblem` receives every problem. */
  readonly first: readonly Problem[];
}

/**
 * The numbers that were logged for a metric, in file order. A metric has one series for each depth of its
 * steps: values at `[epoch, iteration]` are not mixed with values at `[epoch]`. All arrays have the same
 * length. Do not write to them: metrics may share arrays.
 */
export interface Series {
  /** The metric's name. */
  readonly metric: string;
  /**
   * Number of components of its steps: 1 for `[epoch]` and plain numbers, 2 for `[epoch, iteration]`,
   * 3 for validation iterations; 0 for `[]`, and for steps that are text or an object.
   */
  readonly depth: number;
  /** Number of values. */
  readonly length: number;
  /** One array for each component: `steps[0]` epochs, `steps[1]` iterations. NaN where a component is not a number. */
  readonly steps: readonly Float64Array[];
  /** Depth 0 only: the step of each value, `avg` or the JSON text of `[]` and objects; else empty. */
  readonly labels: readonly string[];
  /** The values: NaN and infinities as logged; `true` is 1 and `false` is 0. */
  readonly values: Float64Array;
  /** Seconds since 1970-01-01 UTC; NaN for a record without a timestamp. */
  readonly times: Float64Array;
  /** Seconds since the logger was made; NaN for a record without an elapsed time. */
  readonly elapsed: Float64Array;
}

/** A value that is not a number: text, `null`, a list, an object. */
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

/** The records of one logger. A log has several sessions when runs were appended to it, or shared it. */
export interface Session {
  /** When the logger was made, in seconds since 1970-01-01 UTC. */
  readonly start: number;
  /** The line of the first record. */
  readonly line: number;
  /** Number of records. */
  readonly records: number;
  /** The first numeric step, as written; null when the session logged none. */
  readonly firstStep: JsonValue;
  /** Index of the session's run. A log has more than one run when processes wrote to it at the same time. */
  readonly run: number;
}

/** The content of a run. Maps are in file order. */
export interface RunView {
  /** Values of the records with step `'PARAMETER'`; a later one replaces an earlier one. */
  readonly parameters: ReadonlyMap<string, JsonValue>;
  /** Values of the records with step `'ENVIRONMENT'`. */
  readonly environment: ReadonlyMap<string, JsonValue>;
  /** Series by metric, the longest first: `run.series.get('loss')?.[0]`. */
  readonly series: ReadonlyMap<string, readonly Series[]>;
  /** Values that are not numbers, by metric. */
  readonly others: ReadonlyMap<string, readonly OtherValue[]>;
  /** The records with step `[]`. */
  readonly summary: readonly LogRecord[];
}

/** A whole log: everything that was logged. */
export interface Run extends RunView {
  /** The path, or `-` for standard input and streams. */
  readonly path: string;
  /** Records by kind. */
  readonly counts: Readonly<Record<LogEntry['kind'], number>>;
  /**
   * Number of records that are not in the file: a run died before it wrote them, and its ring beside the log
   * holds them. `recover(path)` writes them to the log.
   */
  readonly ringRecords: number;
  /** Metadata by metric; keys of later records are added to those of earlier ones. */
  readonly metadata: ReadonlyMap<string, JsonObject>;
  /**
   * The run without the records that later sessions replaced, as `summary` and `plot` show it. Built on first
   * access; series of which nothing was replaced are shared with the whole run.
   */
  readonly latest: RunView;
  /** The sessions, sorted by start; empty when records have no elapsed time. */
  readonly sessions: readonly Session[];
  /** Timestamp of the earliest record; NaN when there is none. */
  readonly begin: number;
  /** Timestamp of the latest record; NaN when there is none. */
  readonly end: number;
  /** The pieces of the file that are not records. */
  readonly problems: Problems;
}
