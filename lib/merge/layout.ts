/**
 * How the records that ranks have at one step become records of the merged log. This depends on the names of the
 * records only, so it is decided once for each combination of names.
 *
 * The rule is that of `MergedLog`: the nth value of one rank meets the nth value of the others. A record without a
 * value that an earlier rank has becomes a record of its own, behind the record that its rank logged before.
 */
import type { Shape } from '../reader/key-tree.js';

/** A record of the merged log. */
interface LayoutRecord {
  /** The record's index in the order in which ranks began records. */
  readonly index: number;
  readonly cells: readonly number[];
  /** By cell: the name as written, with the punctuation around the name. */
  readonly texts: readonly string[];
}

/** Where the values of a rank's record belong. */
interface Taken {
  /** By name of the record: the index of its cell. */
  readonly cells: readonly number[];
  /** Index of the record of the merged log. */
  readonly record: number;
  /** The rank's progress behind the record, in a layout that has all of the record's names. */
  readonly progress: Progress;
}

/** A value that has no cell yet. */
interface NewCell {
  readonly name: string;
  readonly text: string;
}

/** Counts what is kept of all layouts that begin with the same one. */
interface LayoutSize {
  count: number;
}

/**
 * The records of the merged log at a step, and their cells. A cell has the same index in all layouts that extend this
 * one.
 */
export class Layout {
  /** By cell: the metric. */
  readonly metrics: readonly string[];
  /** In the order in which the records are written. */
  readonly records: readonly LayoutRecord[];
  /** The progress of a rank without a record at the step. */
  readonly start: Progress;
  readonly size: LayoutSize;

  constructor(
    metrics: readonly string[] = [],
    records: readonly LayoutRecord[] = [],
    size: LayoutSize = { count: 0 },
  ) {
    this.metrics = metrics;
    this.records = records;
    this.size = size;
    const all = records.flatMap(({ cells }) => cells);
    this.start = new Progress(this, [], all, undefined);
  }

  /**
   * The layout with further cells.
   *
   * @param record The record that the cells belong to; undefined for a new one.
   * @param before The record that a new one follows; undefined at the beginning.
   */
  with(added: readonly NewCell[], record: number | undefined, before: number | undefined): Layout {
    const first = this.metrics.length;
    const records = [...this.records];
    const at = records.findIndex(({ index }) => index === (record ?? before));
    const known = record === undefined ? undefined : records[at];
    const cells = [...(known?.cells ?? []), ...added.map((_, i) => first + i)];
    const texts = [...(known?.texts ?? [])];
    for (const { text } of added) texts.push(`${texts.length === 0 ? '' : ', '}${text}: `);
    if (known === undefined) records.splice(at + 1, 0, { index: records.length, cells, texts });
    else records[at] = { index: known.index, cells, texts };
    return new Layout([...this.metrics, ...added.map(({ name }) => name)], records, this.size);
  }
}

/** Which cells of a layout a rank has filled by its records so far. */
export class Progress {
  readonly layout: Layout;
  /** The cells without a value of the rank, in the order in which they are written. */
  readonly lacking: readonly number[];
  /** The rank's records so far. */
  readonly #shapes: readonly Shape[];
  /** The record of the merged log that the rank's latest record belongs to. */
  readonly #latest: number | undefined;
  readonly #taken = new Map<Shape, Taken>();
  #lastShape: Shape | undefined;
  #last: Taken | undefined;

  constructor(
    layout: Layout,
    shapes: readonly Shape[],
    lacking: readonly number[],
    latest: number | undefined,
  ) {
    this.layout = layout;
    this.#shapes = shapes;
    this.lacking = lacking;
    this.#latest = latest;
    layout.size.count++;
  }

  /**
   * Takes the rank's next record.
   *
   * @param textOf Returns a name of the shape as written.
   */
  take(shape: Shape, textOf: (i: number) => string): Taken {
    if (shape === this.#lastShape && this.#last !== undefined) return this.#last;
    const taken = this.#taken.get(shape) ?? this.#decide(shape, textOf);
    this.#taken.set(shape, taken);
    this.#lastShape = shape;
    this.#last = taken;
    return taken;
  }

  #decide(shape: Shape, textOf: (i: number) => string): Taken {
    const { layout, lacking } = this;
    const { metrics, records } = layout;
    // Of several cells of a metric the first one comes first.
    const free = new Map<string, number>();
    for (const cell of [...lacking].sort((a, b) => b - a)) free.set(metrics[cell] as string, cell);
    const added: NewCell[] = [];
    const cells: number[] = [];
    let record: number | undefined;
    for (const [i, name] of shape.names.entries()) {
      const cell = free.get(name);
      if (cell === undefined) {
        cells.push(metrics.length + added.length);
        added.push({ name, text: textOf(i) });
      } else {
        cells.push(cell);
        record ??= records.find(({ cells: own }) => own.includes(cell))?.index;
      }
    }
    const shapes = [...this.#shapes, shape];
    if (added.length === 0) {
      const filled = new Set(cells);
      const left = lacking.filter((cell) => !filled.has(cell));
      return { cells, record: record ?? 0, progress: new Progress(layout, shapes, left, record) };
    }
    const extended = layout.with(added, record, this.#latest);
    // In the extended layout all names of these records have their cells.
    let { start: progress } = extended;
    for (const one of shapes) progress = progress.take(one, String).progress;
    return { cells, record: record ?? records.length, progress };
  }
}
