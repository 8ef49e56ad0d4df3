import { AXES, type Axis } from './axis.js';
import { Column } from './column.js';
import { Curve } from './curve.js';
import { type Drawing, ExtremesIndex } from './extremes-index.js';
import type { Packable } from './packed.js';
import type { Positions } from './positions.js';
import { PLAIN } from './query.js';
import { SortedIndex } from './sorted-index.js';

/** Indexes kept for each series: raw and smoothed, as drawn now and as drawn just before. */
const KEPT_BLOCKS = 4;
const NEVER_DRAWN: Drawn[] = [];

/** An index, and the drawings that it is for. */
interface Drawn {
  readonly smoothing: number;
  readonly logarithmic: boolean;
  /** Undefined where the points come in the order of the axis: all such axes share an index. */
  readonly axis: Axis | undefined;
  readonly blocks: ExtremesIndex;
}

/** What is known of the first values of a series. */
interface Counted {
  length: number;
  notFinite: number;
  notPositive: number;
  min: number;
  max: number;
}

/** The numbers of one metric at steps of one depth, and where their records lie. */
export class MetricSeries {
  /** Number of components of the steps. */
  readonly depth: number;
  readonly #positions: Positions;
  /**
   * The row of each value; undefined as long as every row has a value. Series that began in the same record share
   * the column as long as their rows are the same: it may then have rows beyond this series' values.
   */
  #rows: Column<Uint32Array> | undefined;
  readonly #values = new Column(Float64Array);
  /** The row of the latest value; -1 before the first. */
  #latest = -1;
  /** A bit for each axis on which the points come in order. */
  #sorted = ~0;
  /** What is known of the first values. Counted when asked: in a log of many series these lie apart in memory. */
  #counted: Counted | undefined;
  /**
   * The one used last stands last. Made when the series is first drawn: of a folder of thousands of logs most
   * series never are.
   */
  #drawn: Drawn[] = NEVER_DRAWN;
  /** The orders of axes on which the points do not come in order. Made for the first of them. */
  #orders: Map<Axis, SortedIndex> | undefined;

  constructor(positions: Positions, depth: number) {
    this.depth = depth;
    this.#positions = positions;
  }

  get length(): number {
    return this.#values.length;
  }

  /** The lists of numbers of which the series consists. */
  get lists(): readonly Packable[] {
    return this.#rows === undefined ? [this.#values] : [this.#values, this.#rows];
  }

  add(row: number, value: number): void {
    const { length } = this;
    const before = this.#latest;
    this.#latest = row;
    this.#sorted &= this.#positions.inOrder(before < 0 ? row : before, row);
    if (this.#rows !== undefined || row !== length) this.#addRow(row);
    this.#values.push(value);
  }

  /** Number of values that are NaN or infinite. */
  get notFinite(): number {
    return this.#count().notFinite;
  }

  /** Number of values that are finite and not above 0. */
  get notPositive(): number {
    return this.#count().notPositive;
  }

  /** The least of the values, infinities too; NaN where all are NaN. */
  get min(): number {
    return this.#count().min;
  }

  /** The largest, likewise. */
  get max(): number {
    return this.#count().max;
  }

  #count(): Counted {
    this.#counted ??= { length: 0, notFinite: 0, notPositive: 0, min: Number.NaN, max: Number.NaN };
    const counted = this.#counted;
    const { data, length } = this.#values;
    let { notFinite, notPositive, min, max } = counted;
    for (let i = counted.length; i < length; i++) {
      const value = data[i] as number;
      if (!Number.isFinite(value)) notFinite++;
      else if (value <= 0) notPositive++;
      // The negation lets the first number replace NaN; the second test keeps NaN out.
      if (!(min <= value) && value <= Number.POSITIVE_INFINITY) min = value;
      if (!(max >= value) && value <= Number.POSITIVE_INFINITY) max = value;
    }
    counted.length = length;
    counted.notFinite = notFinite;
    counted.notPositive = notPositive;
    counted.min = min;
    counted.max = max;
    return counted;
  }

  #addRow(row: number): void {
    const { length } = this;
    const rows = this.#rows ?? this.#positions.rowsFrom(row, length);
    this.#rows = rows;
    if (rows.length === length) rows.push(row);
    else if (rows.data[length] !== row) {
      this.#rows = this.#ownRows();
      this.#rows.push(row);
    }
  }

  /** A column with the rows of the values so far. */
  #ownRows(): Column<Uint32Array> {
    const own = new Column(Uint32Array);
    for (let i = 0; i < this.length; i++) own.push(this.row(i));
    return own;
  }

  /** The value that was logged last. */
  get last(): number {
    return this.#values.at(this.length - 1);
  }

  /** Whether all values are one and the same finite number. */
  get isConstant(): boolean {
    return this.notFinite === 0 && this.min === this.max;
  }

  /** Whether the last value is NaN or infinite. */
  get diverged(): boolean {
    return this.length > 0 && !Number.isFinite(this.last);
  }

  /** Whether the points come in the same order on all axes. */
  get hasOneOrder(): boolean {
    return AXES.every((_, i) => (this.#sorted & (1 << i)) !== 0);
  }

  /** Number of points that have no place on an axis. Points that come in order all have one. */
  unplaced(axis: Axis): number {
    return this.#isSorted(axis) ? 0 : this.length - this.curve(axis, PLAIN).length;
  }

  value(index: number): number {
    return this.#values.at(index);
  }

  /** The row of a point. */
  row(index: number): number {
    return this.#rows?.at(index) ?? index;
  }

  /** The curve on an axis, up to date. */
  curve(axis: Axis, drawing: Drawing): Curve {
    const position = this.#positions.on(axis);
    const place = (index: number) => position(this.row(index));
    const blocks = this.#blocksFor(axis, drawing, place);
    blocks.update();
    if (!this.#isSorted(axis)) return new Curve(place, blocks);
    const rows = this.#rows ?? this.#positions;
    return new Curve(place, blocks, { rows, axis, records: this.#positions.length });
  }

  #blocksFor(on: Axis, drawing: Drawing, place: (index: number) => number): ExtremesIndex {
    const { smoothing, logarithmic } = drawing;
    const axis = this.#isSorted(on) ? undefined : on;
    const all = this.#drawn;
    for (let i = 0; i < all.length; i++) {
      const drawn = all[i] as Drawn;
      const isSame = drawn.smoothing === smoothing && drawn.logarithmic === logarithmic;
      if (!isSame || drawn.axis !== axis) continue;
      if (i < all.length - 1) all.push(...all.splice(i, 1));
      return drawn.blocks;
    }
    const order = axis === undefined ? undefined : this.#orderOn(axis, place);
    const blocks = new ExtremesIndex(this.#values, order, drawing);
    this.#drawn = [...all.slice(1 - KEPT_BLOCKS), { smoothing, logarithmic, axis, blocks }];
    return blocks;
  }

  #orderOn(axis: Axis, place: (index: number) => number): SortedIndex {
    this.#orders ??= new Map();
    const known = this.#orders.get(axis) ?? new SortedIndex(place, () => this.#positions.version);
    this.#orders.set(axis, known);
    return known;
  }

  #isSorted(axis: Axis): boolean {
    return (this.#sorted & (1 << AXES.indexOf(axis))) !== 0;
  }
}
