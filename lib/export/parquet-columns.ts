/** Columns of a Parquet file: gather the values of a row group until the group is written. */
import type { JsonValue } from '../reader/types.js';
import type { ColumnSource, SchemaElement } from './parquet-library.js';
import { textOf } from './table.js';

/** Characters of text that count as much as one number. */
const TEXT_PER_CELL = 8;
const FIRST_SIZE = 64;

type Data = ColumnSource['data'];
type Values = Float64Array | (string | boolean)[];

interface ColumnOptions {
  readonly isRequired?: boolean;
  readonly hasBounds?: boolean;
}

/** A column. Memory grows with its values, not with the rows. */
export abstract class Column {
  readonly name: string;
  /** Whether every row of the file has a value: the column then needs no list of rows. */
  readonly isRequired: boolean;
  /** Whether row groups tell their least and largest value, by which readers skip groups. */
  readonly hasBounds: boolean;
  /** The row of each value in the group; not kept when every row of the file has a value. */
  #rows = new Uint32Array(FIRST_SIZE);
  #count = 0;

  constructor(name: string, { isRequired = false, hasBounds = true }: ColumnOptions = {}) {
    this.name = name;
    this.isRequired = isRequired;
    this.hasBounds = hasBounds;
  }

  abstract readonly type: Omit<SchemaElement, 'name'>;
  abstract readonly encoding: ColumnSource['encoding'];
  protected abstract readonly values: Values;

  get element(): SchemaElement {
    const { name, isRequired, type } = this;
    return { name, repetition_type: isRequired ? 'REQUIRED' : 'OPTIONAL', ...type };
  }

  /** Number of values. */
  protected get count(): number {
    return this.#count;
  }

  /**
   * Puts a value into a row of the group. Rows come in ascending order.
   *
   * @returns the memory of the value, in numbers; 0 when the column cannot hold such a value.
   */
  abstract add(row: number, value: JsonValue): number;

  /** Takes the next index for a value, and notes the value's row. */
  protected place(row: number): number {
    if (this.isRequired) return this.#count++;
    if (this.#count === this.#rows.length) {
      const rows = new Uint32Array(2 * this.#count);
      rows.set(this.#rows);
      this.#rows = rows;
    }
    this.#rows[this.#count] = row;
    return this.#count++;
  }

  /** Removes the values of a group of rows from the column, and returns them. */
  take(rows: number): ColumnSource {
    const { name, encoding } = this;
    const count = this.#count;
    const data = count === rows ? this.dense() : this.#sparse(rows);
    this.clear();
    this.#count = 0;
    // No values, no statistics: computing them would take most of the time of an empty column.
    const statistics = count > 0 && this.hasBounds;
    return { name, data, statistics, ...(encoding !== undefined && { encoding }) };
  }

  #sparse(rows: number): Data {
    const data = new Array<string | number | boolean | null>(rows).fill(null);
    const { values } = this;
    for (let i = 0; i < this.#count; i++) {
      data[this.#rows[i] as number] = values[i] as string | number | boolean;
    }
    return data;
  }

  /** The values, when every row has one. */
  protected abstract dense(): Data;
  protected abstract clear(): void;
}

/** Doubles: NaN and infinities as they are. */
export class Doubles extends Column {
  readonly type: Omit<SchemaElement, 'name'> = { type: 'DOUBLE' };
  readonly encoding: ColumnSource['encoding'] = 'BYTE_STREAM_SPLIT';
  protected override values = new Float64Array(FIRST_SIZE);

  addNumber(row: number, value: number): number {
    const index = this.place(row);
    if (index === this.values.length) {
      const values = new Float64Array(2 * index);
      values.set(this.values);
      this.values = values;
    }
    this.values[index] = value;
    return 1;
  }

  override add(row: number, value: JsonValue): number {
    return typeof value === 'number' ? this.addNumber(row, value) : 0;
  }

  protected override dense(): Data {
    return this.values.subarray(0, this.count);
  }

  protected override clear(): void {}
}

/** Whole numbers of 64 bits, or of 32 bits where all fit: 32 bits are packed several times as fast. */
export class Integers extends Doubles {
  override readonly type: Omit<SchemaElement, 'name'>;
  override readonly encoding = 'DELTA_BINARY_PACKED';

  constructor(
    name: string,
    { type = 'INT64', ...options }: ColumnOptions & { readonly type?: 'INT32' | 'INT64' } = {},
  ) {
    super(name, options);
    this.type = { type };
  }

  override addNumber(row: number, value: number): number {
    return Number.isSafeInteger(value) ? super.addNumber(row, value) : 0;
  }
}

/** Moments in UTC. */
export class Moments extends Integers {
  override readonly type: Omit<SchemaElement, 'name'> = {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  };
}

export class Booleans extends Column {
  readonly type = { type: 'BOOLEAN' } as const;
  readonly encoding = undefined;
  protected override values: boolean[] = [];

  override add(row: number, value: JsonValue): number {
    if (typeof value !== 'boolean') return 0;
    this.values[this.place(row)] = value;
    return 1;
  }

  protected override dense(): Data {
    return this.values;
  }

  protected override clear(): void {
    this.values = [];
  }
}

/** Text; other values as JSON. Written with a dictionary where texts repeat. */
export class Texts extends Column {
  readonly type = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
  readonly encoding = undefined;
  protected override values: string[] = [];

  override add(row: number, value: JsonValue): number {
    if (value === null) return 0;
    const text = textOf(value);
    this.values[this.place(row)] = text;
    return 1 + text.length / TEXT_PER_CELL;
  }

  protected override dense(): Data {
    return this.values;
  }

  protected override clear(): void {
    this.values = [];
  }
}
