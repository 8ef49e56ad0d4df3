/**
 * Parquet, by hyparquet-writer: for DuckDB, Spark, pandas, Polars. Row groups are written as they fill, so that memory
 * does not depend on the length of the log.
 */
import type { ByteSink } from '../base/byte-sink.js';
import { version } from '../base/version.js';
import type { FlatRecord } from '../reader/flat-record.js';
import { ShapeColumns } from '../reader/step.js';
import type { JsonValue, LogRecord } from '../reader/types.js';
import { Booleans, type Column, Doubles, Integers, Moments, Texts } from './parquet-columns.js';
import { ByteWriter, ParquetWriter } from './parquet-library.js';
import type { Survey } from './survey.js';
import {
  columnOf,
  componentCells,
  type Layout,
  type Origin,
  type TableFormat,
  type TableWriter,
} from './table.js';

/** Limit on the rows of a row group. */
const GROUP_ROWS = 100_000;
/** Limit on the values of a row group: with many columns a group has fewer rows. */
const GROUP_CELLS = 4_000_000;
const MICROSECONDS = 1e6;
/** Components of a step that have a column; a longer step is text as well. */
const COMPONENTS = ['epoch', 'iteration', 'validation'] as const;

export const parquet: TableFormat = {
  isBinary: true,
  needsSurvey: () => true,
  open: (file, layout) =>
    layout.long ? new LongParquet(file, layout) : new WideParquet(file, layout),
};

/** Gathers the file's bytes, and passes them on after each row group. */
class Bytes extends ByteWriter {
  readonly #file: ByteSink;

  constructor(file: ByteSink) {
    super();
    this.#file = file;
  }

  flush(): void {
    this.#file.write(Buffer.from(this.buffer, 0, this.index));
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }
}

/** Gathers the rows of a table into row groups. */
abstract class ParquetTable implements TableWriter {
  readonly #timestamp: Integers;
  readonly #elapsed: Integers;
  readonly #step = new Texts('step');
  readonly #components: readonly Doubles[];
  readonly #session = new Integers('session', {
    ...{ type: 'INT32', isRequired: true, hasBounds: false },
  });
  readonly #run: Texts | undefined;
  readonly #origin: Origin;
  readonly #columns: readonly Column[];
  readonly #parquet: ParquetWriter;
  #rows = 0;
  #cells = 0;

  constructor(file: ByteSink, { survey, origin }: Layout, columns: readonly Column[]) {
    this.#origin = origin;
    this.#run = origin.run === undefined ? undefined : new Texts('run', { isRequired: true });
    this.#timestamp = new Moments('timestamp', { isRequired: survey.hasTimestamps });
    this.#elapsed = new Integers('elapsed_us', { isRequired: survey.hasElapsed });
    this.#components = COMPONENTS.map((name, i) => {
      const kind = survey.componentKind(i);
      if (kind === 'double') return new Doubles(name);
      return new Integers(name, { type: kind === 'int32' ? 'INT32' : 'INT64' });
    });
    const fixed = [this.#timestamp, this.#elapsed, this.#step, ...this.#components, this.#session];
    this.#columns = [...(this.#run === undefined ? [] : [this.#run]), ...fixed, ...columns];
    this.#parquet = new ParquetWriter({
      writer: new Bytes(file),
      schema: [
        { name: 'root', num_children: this.#columns.length },
        ...this.#columns.map(({ element }) => element),
      ],
      kvMetadata: descriptions(survey),
      createdBy: `dllogger version ${version}`,
    });
  }

  abstract flat(record: FlatRecord): void;
  abstract record(record: LogRecord): void;

  /** The current row. */
  protected get row(): number {
    return this.#rows;
  }

  /** Adds the fixed columns of a flat record. */
  protected flatStep(record: FlatRecord): void {
    const { step, stepLength, stepIsList } = record;
    const row = this.#times(record);
    if (!stepIsList) this.#components[1]?.addNumber(row, step[0] as number);
    else {
      for (let i = 0; i < stepLength && i < COMPONENTS.length; i++) {
        this.#components[i]?.addNumber(row, step[i] as number);
      }
    }
    if (stepLength === 0 || stepLength > COMPONENTS.length) this.#text(row, record.stepValue);
  }

  /** Adds the fixed columns of any record. */
  protected anyStep(record: LogRecord): void {
    const row = this.#times(record);
    const components = componentCells(record.step);
    for (let i = 0; i < components.length && i < COMPONENTS.length; i++) {
      const component = components[i];
      if (component !== undefined) this.#components[i]?.add(row, component);
    }
    const isSaid =
      components.length > 0 &&
      components.length <= COMPONENTS.length &&
      components.every((component) => component === undefined || typeof component === 'number');
    if (!isSaid) this.#text(row, record.step);
  }

  #times({ timestamp, elapsedtime }: FlatRecord | LogRecord): number {
    const row = this.#rows;
    const { run, session } = this.#origin;
    if (run !== undefined) this.#run?.add(row, run);
    this.#session.addNumber(row, session);
    this.#timestamp.addNumber(row, Math.round(timestamp * MICROSECONDS));
    this.#elapsed.addNumber(row, Math.round(elapsedtime * MICROSECONDS));
    return row;
  }

  /** Adds a step that the component columns cannot hold. */
  #text(row: number, step: JsonValue): void {
    this.#cells += this.#step.add(row, step);
  }

  /** Ends the row. `cells` is the memory of its values, in numbers. */
  protected endRow(cells: number): void {
    this.#rows++;
    this.#cells += cells;
    if (this.#rows === GROUP_ROWS || this.#cells >= GROUP_CELLS) this.#endGroup();
  }

  #endGroup(): void {
    const rows = this.#rows;
    if (rows === 0) return;
    const columnData = this.#columns.map((column) => column.take(rows));
    this.#parquet.write({ columnData, rowGroupSize: rows });
    this.#rows = 0;
    this.#cells = 0;
  }

  end(): void {
    this.#endGroup();
    this.#parquet.finish();
  }
}

/** The parameters, environment and metadata of a log, as JSON. */
function descriptions({ parameters, environment, metadata }: Survey) {
  return Object.entries({ parameters, environment, metadata })
    .filter(([, map]) => map.size > 0)
    .map(([key, map]) => ({
      key: `dllogger.${key}`,
      // fromEntries() treats `__proto__` as a name like any other.
      value: JSON.stringify(Object.fromEntries<JsonValue>(map)),
    }));
}

/** A row for each record, a column for each metric. */
class WideParquet extends ParquetTable {
  readonly #metrics: ReadonlyMap<string, Column>;
  readonly #byShape = new ShapeColumns((metric) => this.#metrics.get(metric));

  constructor(file: ByteSink, layout: Layout) {
    const { survey } = layout;
    const metrics = survey.metrics.map((metric): [string, Column] => {
      const kind = { number: Doubles, boolean: Booleans, text: Texts }[survey.kindOf(metric)];
      return [metric, new kind(columnOf(metric))];
    });
    super(
      file,
      layout,
      metrics.map(([, column]) => column),
    );
    this.#metrics = new Map(metrics);
  }

  flat(record: FlatRecord): void {
    const columns = this.#byShape.of(record);
    const { row } = this;
    let cells = 0;
    let isWanted = false;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i];
      if (column === undefined) continue;
      isWanted = true;
      const other = record.other(i);
      cells += column.add(row, other === undefined ? (record.values[i] as number) : other);
    }
    if (!isWanted) return;
    this.flatStep(record);
    this.endRow(cells);
  }

  record(record: LogRecord): void {
    const { row } = this;
    let cells = 0;
    let isWanted = false;
    for (const [metric, value] of Object.entries(record.data)) {
      const column = this.#metrics.get(metric);
      if (column === undefined) continue;
      isWanted = true;
      cells += column.add(row, value);
    }
    if (!isWanted) return;
    this.anyStep(record);
    this.endRow(cells);
  }
}

/** A row for each value: a number stands in `value`, anything else in `text`. */
class LongParquet extends ParquetTable {
  readonly #wanted: (metric: string) => boolean;
  readonly #metric: Texts;
  readonly #value: Doubles;
  readonly #text: Texts;
  readonly #byShape = new ShapeColumns((metric) => this.#wanted(metric));

  constructor(file: ByteSink, layout: Layout) {
    const { wanted } = layout;
    // Every group has values of all metrics: their bounds would let no reader skip a group.
    const metric = new Texts('metric', { isRequired: true, hasBounds: false });
    const value = new Doubles('value', { hasBounds: false });
    const text = new Texts('text', { hasBounds: false });
    super(file, layout, [metric, value, text]);
    this.#wanted = wanted;
    this.#metric = metric;
    this.#value = value;
    this.#text = text;
  }

  flat(record: FlatRecord): void {
    const { names } = record.shape;
    const wanted = this.#byShape.of(record);
    for (let i = 0; i < names.length; i++) {
      if (wanted[i] !== true) continue;
      this.flatStep(record);
      const other = record.other(i);
      this.#add(names[i] as string, other === undefined ? (record.values[i] as number) : other);
    }
  }

  record(record: LogRecord): void {
    for (const [metric, value] of Object.entries(record.data)) {
      if (!this.#wanted(metric)) continue;
      this.anyStep(record);
      this.#add(metric, value);
    }
  }

  #add(metric: string, value: JsonValue): void {
    const { row } = this;
    const column = typeof value === 'number' ? this.#value : this.#text;
    this.endRow(this.#metric.add(row, metric) + column.add(row, value));
  }
}
