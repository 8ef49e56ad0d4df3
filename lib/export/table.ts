/** What the formats of `export` share: the columns of the table, and the interface that writes its rows. */

import type { ByteSink } from '../base/byte-sink.js';
import type { FlatRecord } from '../reader/flat-record.js';
import { stepComponents } from '../reader/step.js';
import type { JsonValue, LogRecord } from '../reader/types.js';
import type { Survey } from './survey.js';

/** Where the current record comes from. */
export interface Origin {
  /** Name of the record's log; undefined, and without a column, in a table of one log. */
  run: string | undefined;
  /** Index of the record's session, in the order in which sessions appear in the log, from 0. */
  session: number;
}

/** Which rows and columns the table has. */
export interface Layout {
  /** Whether a row is a value (`--long`); otherwise a row is a record. */
  readonly long: boolean;
  /** Tells which metrics are in the table. */
  readonly wanted: (metric: string) => boolean;
  /** The result of a first reading; empty unless the format asked for one. */
  readonly survey: Survey;
  readonly origin: Origin;
  /** Whether text that a spreadsheet would take for a formula is marked as text (`--safe`). */
  readonly safe: boolean;
}

/** A format of `export`. */
export interface TableFormat {
  /** Whether the table is binary: it is not written to a terminal. */
  readonly isBinary: boolean;
  /** Whether a table must be surveyed before its first row. The log is then read twice. */
  needsSurvey(long: boolean): boolean;
  /** Begins a table. */
  open(file: ByteSink, layout: Layout): TableWriter;
}

/** Turns records into the rows of a table. Records without a wanted metric have no row. */
export interface TableWriter {
  /** Takes a flat record. The next record overwrites `record`. */
  flat(record: FlatRecord): void;
  /** Takes any record. */
  record(record: LogRecord): void;
  /** Ends the table. */
  end(): void;
}

const FIXED_COLUMNS = [
  ...['timestamp', 'datetime', 'elapsedtime', 'step'],
  ...['epoch', 'iteration', 'validation', 'session'],
] as const;

/** The columns before those of the metrics. */
export function fixedColumns({ run }: Origin): readonly string[] {
  return run === undefined ? FIXED_COLUMNS : ['run', ...FIXED_COLUMNS];
}

/** The fixed columns of all formats: a metric has the same column in every format. */
const RESERVED = ['run', ...FIXED_COLUMNS, 'elapsed_us'];
const LIKE_FIXED = new RegExp(`^(?:data\\.)*(?:${RESERVED.join('|')})$`);

/**
 * The column of a metric in a wide table. No two metrics share a column, and no metric has a fixed one: `epoch`
 * stands in `data.epoch`, and `data.epoch` in `data.data.epoch`.
 */
export function columnOf(metric: string): string {
  return LIKE_FIXED.test(metric) ? `data.${metric}` : metric;
}

/** The components of a step by column: epoch, iteration, validation. A step that is a plain number is an iteration. */
export function componentCells(step: JsonValue): readonly (JsonValue | undefined)[] {
  return typeof step === 'number' ? [undefined, step] : stepComponents(step);
}

/** The cells of the fixed columns; undefined for a cell that the record lacks. */
export function fixedCells(
  record: LogRecord,
  { run, session }: Origin,
): readonly (JsonValue | undefined)[] {
  const { timestamp, datetime, elapsedtime, step } = record;
  const [epoch, iteration, validation] = componentCells(step);
  const elapsed = Number.isNaN(elapsedtime) ? undefined : elapsedtime;
  const cells = [timestamp, datetime, elapsed, step, epoch, iteration, validation, session];
  return run === undefined ? cells : [run, ...cells];
}

/** A number as text; unlike `String()` it keeps the sign of zero. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A value as a cell of text: text as it is, lists and objects as JSON. */
export function textOf(value: JsonValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
