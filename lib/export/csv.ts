/** CSV of RFC 4180, except that a row ends in a single newline. */

import type { ByteSink } from '../base/byte-sink.js';
import type { FlatRecord } from '../reader/flat-record.js';
import type { Shape } from '../reader/key-tree.js';
import type { JsonValue, LogRecord } from '../reader/types.js';
import { CommaText } from './comma-text.js';
import {
  columnOf,
  fixedCells,
  fixedColumns,
  type Layout,
  numberText,
  type Origin,
  type TableFormat,
  type TableWriter,
  textOf,
} from './table.js';

export const csv: TableFormat = {
  isBinary: false,
  needsSurvey: (long) => !long,
  open: (file, layout) => (layout.long ? new LongCsv(file, layout) : new WideCsv(file, layout)),
};

const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;
const MINUS = 0x2d;

const SPECIAL = /[",\r\n]/;
/** Characters that spreadsheets take for the beginning of a formula, or skip before one; also in full width. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** Makes cells of values. */
class Cells {
  readonly #safe: boolean;
  readonly #origin: Origin;

  constructor({ safe, origin }: Layout) {
    this.#safe = safe;
    this.#origin = origin;
  }

  value(value: JsonValue | undefined): string {
    return csvCell(value, this.#safe);
  }

  text(text: string): string {
    return textCell(text, this.#safe);
  }

  /** The fixed columns of any record. */
  ofRecord(record: LogRecord): string {
    return this.row(fixedCells(record, this.#origin));
  }

  /** A value of a flat record. `line` is the record's line. */
  ofFlat(record: FlatRecord, line: string, i: number): string {
    const other = record.other(i);
    if (other !== undefined) return this.value(other);
    const { values, valueStarts, valueEnds } = record;
    return numberIn(line, valueStarts[i] as number, valueEnds[i] as number, values[i] as number);
  }

  row(values: readonly (JsonValue | undefined)[]): string {
    return values.map((value) => this.value(value)).join(',');
  }

  /** The fixed columns of a flat record. `line` is the record's line. */
  fixed(record: FlatRecord, line: string): string {
    const { timestamp, elapsedtime, step, stepLength, stepIsList } = record;
    let list = '';
    for (let i = 0; i < stepLength; i++) {
      const component = step[i] as number;
      if (i > 0) list += ',';
      list += Number.isFinite(component) ? component : 'null';
    }
    const written = !stepIsList ? step[0] : stepLength > 1 ? `"[${list}]"` : `[${list}]`;
    const epoch = stepLength > 0 && stepIsList ? step[0] : '';
    const iteration = stepIsList ? (stepLength > 1 ? step[1] : '') : step[0];
    const validation = stepLength > 2 ? step[2] : '';
    const time = numberIn(line, record.timestampStart, record.timestampEnd, timestamp);
    const datetime = this.text(line.slice(record.datetimeStart, record.datetimeEnd));
    const elapsed = Number.isNaN(elapsedtime)
      ? ''
      : numberIn(line, record.elapsedStart, record.elapsedEnd, elapsedtime);
    const { run, session } = this.#origin;
    const first = run === undefined ? '' : `${this.text(run)},`;
    return `${first}${time},${datetime},${elapsed},${written},${epoch},${iteration},${validation},${session}`;
  }
}

/** Significant digits up to which the text of a fraction, when written by a DLLogger, is the shortest one. */
const FRACTION_DIGITS = 17;
/** Digits up to which an integer is exact. */
const INTEGER_DIGITS = 15;
/** Limit below which `String` writes an exponent. */
const LEAST_PLAIN = 1e-6;

/**
 * The text of a number in a line. Copies the text of the line where `numberText` would give the same, at several
 * times the cost.
 */
function numberIn(line: string, start: number, end: number, value: number): string {
  return isPlain(line, start, end) && (value === 0 || Math.abs(value) >= LEAST_PLAIN)
    ? line.slice(start, end)
    : numberText(value);
}

/** Whether a JSON number has no exponent, no superfluous zero and no more digits than a double. */
function isPlain(line: string, start: number, end: number): boolean {
  let digits = 0;
  let isFraction = false;
  let last = 0;
  for (let at = start; at < end; at++) {
    last = line.charCodeAt(at);
    if (last === POINT) isFraction = true;
    else if (last >= ZERO && last <= NINE) digits += digits > 0 || last !== ZERO ? 1 : 0;
    else if (last !== MINUS) return false;
  }
  return isFraction ? digits <= FRACTION_DIGITS && last !== ZERO : digits <= INTEGER_DIGITS;
}

/** A value as a cell. */
export function csvCell(value: JsonValue | undefined, safe = false): string {
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'string') return textCell(value, safe);
  return value === undefined || value === null ? '' : quoted(textOf(value));
}

function textCell(text: string, safe: boolean): string {
  return quoted(safe && FORMULA.test(text) ? `'${text}` : text);
}

function quoted(text: string): string {
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A row for each value. */
class LongCsv implements TableWriter {
  readonly #file: ByteSink;
  readonly #layout: Layout;
  readonly #cells: Cells;
  /** By shape: the cell of each metric between its commas; undefined for a metric that is not wanted. */
  readonly #names = new Map<Shape, readonly (string | undefined)[]>();

  constructor(file: ByteSink, layout: Layout) {
    this.#file = file;
    this.#layout = layout;
    this.#cells = new Cells(layout);
    file.write(`${this.#cells.row([...fixedColumns(layout.origin), 'metric', 'value'])}\n`);
  }

  flat(record: FlatRecord): void {
    const { shape } = record;
    let names = this.#names.get(shape);
    if (names === undefined) {
      names = shape.names.map((name) => this.#name(name));
      this.#names.set(shape, names);
    }
    const { line } = record;
    const fixed = this.#cells.fixed(record, line);
    let rows = '';
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      if (name === undefined) continue;
      rows += `${fixed}${name}${this.#cells.ofFlat(record, line, i)}\n`;
    }
    this.#file.write(rows);
  }

  record(record: LogRecord): void {
    const fixed = this.#cells.ofRecord(record);
    for (const [metric, value] of Object.entries(record.data)) {
      const name = this.#name(metric);
      if (name !== undefined) this.#file.write(`${fixed}${name}${this.#cells.value(value)}\n`);
    }
  }

  #name(metric: string): string | undefined {
    return this.#layout.wanted(metric) ? `,${this.#cells.text(metric)},` : undefined;
  }

  end(): void {}
}

/** Up to so many commas are part of a text. */
const FEW_COMMAS = 64;

/**
 * The values of a row from left to right, in stretches that are adjacent in both the record and the row: three numbers
 * for each, which are the commas before it, the index of its first value in the record and the index behind its last.
 * Then the commas after the last value. Empty for a record without a wanted metric. Numbers in one list: in a log of many
 * shapes the list of a shape is in no cache of the processor.
 */
type Row = readonly number[];
const STRETCH = 3;

/** A row for each record, a column for each metric. The cost of a row depends on its values, not on the columns. */
class WideCsv implements TableWriter {
  readonly #file: ByteSink;
  readonly #cells: Cells;
  readonly #columns: ReadonlyMap<string, number>;
  /** The rows of a table that may have many commas in a row; undefined for one of few columns. */
  readonly #texts: CommaText | undefined;
  readonly #rows = new Map<Shape, Row>();

  constructor(file: ByteSink, layout: Layout) {
    const { metrics } = layout.survey;
    this.#file = file;
    this.#cells = new Cells(layout);
    this.#columns = new Map(metrics.map((metric, column) => [metric, column]));
    file.write(`${this.#cells.row([...fixedColumns(layout.origin), ...metrics.map(columnOf)])}\n`);
    if (metrics.length > FEW_COMMAS) this.#texts = new CommaText(file);
  }

  flat(record: FlatRecord): void {
    const { shape } = record;
    let row = this.#rows.get(shape);
    if (row === undefined) {
      row = this.#row(shape.names);
      this.#rows.set(shape, row);
    }
    if (row.length === 0) return;
    const { line } = record;
    let text = this.#cells.fixed(record, line);
    const last = row.length - 1;
    for (let at = 0; at < last; at += STRETCH) {
      text = this.#join(text, row[at] as number);
      const [begin, end] = [row[at + 1] as number, row[at + 2] as number];
      for (let i = begin; i < end; i++) {
        if (i > begin) text += ',';
        text += this.#cells.ofFlat(record, line, i);
      }
    }
    this.#end(this.#join(text, row[last] as number));
  }

  record(record: LogRecord): void {
    const row = this.#row(Object.keys(record.data));
    if (row.length === 0) return;
    const values = Object.values(record.data);
    let text = this.#cells.ofRecord(record);
    const last = row.length - 1;
    for (let at = 0; at < last; at += STRETCH) {
      const cells = this.#cells.row(values.slice(row[at + 1], row[at + 2]));
      text = this.#join(text, row[at] as number) + cells;
    }
    this.#end(this.#join(text, row[last] as number));
  }

  /** Adds commas to text. Returns what is not passed on yet. */
  #join(text: string, commas: number): string {
    if (commas === 1) return `${text},`;
    if (commas <= FEW_COMMAS) return text + ','.repeat(commas);
    this.#texts?.add(text, commas);
    return '';
  }

  #end(text: string): void {
    if (this.#texts === undefined) this.#file.write(`${text}\n`);
    else this.#texts.hold(`${text}\n`);
  }

  #row(metrics: readonly string[]): Row {
    const places = metrics
      .map((metric, index) => ({ index, column: this.#columns.get(metric) ?? -1 }))
      .filter(({ column }) => column >= 0)
      .sort((a, b) => a.column - b.column);
    const row: number[] = [];
    let [before, next] = [-1, -1];
    for (const { index, column } of places) {
      if (index === next && column === before + 1) row[row.length - 1] = index + 1;
      else row.push(column - before, index, index + 1);
      before = column;
      next = index + 1;
    }
    return row.length === 0 ? row : [...row, this.#columns.size - 1 - before];
  }

  end(): void {
    this.#texts?.end();
  }
}
