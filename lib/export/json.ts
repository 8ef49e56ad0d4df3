/** JSON: one list of objects. */

import type { ByteSink } from '../base/byte-sink.js';
import type { FlatRecord } from '../reader/flat-record.js';
import type { JsonValue, LogRecord } from '../reader/types.js';
import {
  columnOf,
  fixedCells,
  fixedColumns,
  type Layout,
  type TableFormat,
  type TableWriter,
} from './table.js';

export const json: TableFormat = {
  isBinary: false,
  needsSurvey: () => false,
  open: (file, layout) =>
    new ObjectWriter(file, layout, { begin: '[\n', between: ',\n', end: '\n]\n', none: '[]\n' }),
};

/** The text around the objects of a table. */
interface Punctuation {
  readonly begin: string;
  readonly between: string;
  readonly end: string;
  /** The whole text of a table without rows. */
  readonly none: string;
}

/** Writes a JSON object for each row; cells that a row lacks are left out. */
export class ObjectWriter implements TableWriter {
  readonly #file: ByteSink;
  readonly #layout: Layout;
  readonly #punctuation: Punctuation;
  #rows = 0;

  constructor(file: ByteSink, layout: Layout, punctuation: Punctuation) {
    this.#file = file;
    this.#layout = layout;
    this.#punctuation = punctuation;
  }

  flat(record: FlatRecord): void {
    this.record(record.entry(0, 0, 0));
  }

  record(record: LogRecord): void {
    const { long, wanted, origin } = this.#layout;
    const values = Object.entries(record.data).filter(([metric]) => wanted(metric));
    if (values.length === 0) return;
    const cells = fixedCells(record, origin);
    const fixed = fixedColumns(origin).map((name, i): [string, unknown] => [name, cells[i]]);
    if (!long) {
      this.#object([
        ...fixed,
        ...values.map(([metric, value]): [string, JsonValue] => [columnOf(metric), value]),
      ]);
      return;
    }
    for (const [metric, value] of values) {
      this.#object([...fixed, ['metric', metric], ['value', value]]);
    }
  }

  #object(cells: [string, unknown][]): void {
    const { begin, between } = this.#punctuation;
    // fromEntries() treats `__proto__` as a name like any other.
    const text = JSON.stringify(Object.fromEntries(cells));
    this.#file.write((this.#rows++ === 0 ? begin : between) + text);
  }

  end(): void {
    this.#file.write(this.#rows === 0 ? this.#punctuation.none : this.#punctuation.end);
  }
}
