import type { FlatRecord } from '../reader/flat-record.js';
import {
  assignValues,
  isDescription,
  numberOf,
  numericComponents,
  ShapeColumns,
  stepComponents,
  stepKind,
} from '../reader/step.js';
import type { JsonValue, LogRecord } from '../reader/types.js';
import { type Axis, seriesOn } from './axis.js';
import { ByDepth } from './by-depth.js';
import type { Curve } from './curve.js';
import type { Drawing } from './extremes-index.js';
import { figuresOf, type MetricFigures } from './figures.js';
import { MetricSeries } from './metric-series.js';
import { pack } from './packed.js';
import { Positions } from './positions.js';
import { type CurveSource, PLAIN, wholeRange } from './query.js';
import { NO_COUNTS, type SeriesCounts } from './undrawn.js';

/** A series with fewer points, for a saved page. */
export interface ThinnedSeries {
  readonly metric: string;
  readonly depth: number;
  /** Number of points before thinning. */
  readonly length: number;
  readonly notFinite: number;
  readonly notPositive: number;
  readonly unplaced: Readonly<Record<Axis, number>>;
  readonly x: Readonly<Record<Axis, Float64Array>>;
  readonly y: Float64Array;
  /** The points' smoothed values, by the amount of smoothing; empty when no point was left out. */
  readonly smoothed: readonly Smoothed[];
}

/** The last value of a series. */
interface Latest {
  readonly metric: string;
  /** Number of components of the steps. */
  readonly depth: number;
  readonly value: number;
  readonly step: number;
}

interface Smoothed {
  readonly smoothing: number;
  /** By axis where the order of points differs between axes; otherwise `step` holds for all axes. */
  readonly y: Partial<Record<Axis, Float64Array>> & { readonly step: Float64Array };
}

/** Most runs of a large folder have neither parameters nor results. */
const NO_VALUES: ReadonlyMap<string, JsonValue> = new Map();

/** One run, as far as it was read: its parameters, and every metric's numbers on every axis. */
export class RunCurves implements CurveSource {
  #parameters: Map<string, JsonValue> | undefined;
  #summary: Map<string, JsonValue> | undefined;
  records = 0;
  /** Seconds of training so far. */
  elapsed = 0;
  /** Seconds since 1970-01-01 UTC; NaN before the first record with a time. */
  begin = Number.NaN;
  end = Number.NaN;
  /** Whether the results of the whole run came after all other numbers. */
  endsInResults = false;
  /** The longest time between two records, in seconds. */
  longestPause = 0;
  readonly #positions = new Positions();
  readonly #metrics = new ByDepth((_metric, depth) => new MetricSeries(this.#positions, depth));
  /** The extents as of a number of records. Made when the run is drawn. */
  #extents:
    | Map<Axis, { records: number; extent: readonly [number, number] | undefined }>
    | undefined;
  readonly #columns = new ShapeColumns((metric, depth) => this.#metrics.at(metric, depth));

  get parameters(): ReadonlyMap<string, JsonValue> {
    return this.#parameters ?? NO_VALUES;
  }

  /** The last values logged with the step `[]`. */
  get summary(): ReadonlyMap<string, JsonValue> {
    return this.#summary ?? NO_VALUES;
  }

  /** Gives back memory kept for records to come, if the run is short. */
  rest(): void {
    const series = [...this.#metrics.values()].flat();
    pack([...this.#positions.lists, ...series.flatMap(({ lists }) => lists)]);
  }

  /** The metrics that have numbers, in the order in which they appeared. */
  get metrics(): Iterable<string> {
    return this.#metrics.keys();
  }

  /** The metrics whose values end in NaN or infinity. */
  get diverged(): string[] {
    return [...this.#metrics].flatMap(([metric, list]) =>
      list.some(({ diverged }) => diverged) ? [metric] : [],
    );
  }

  /** The last, least and largest value of each metric, as tables show them. */
  *figures(): Generator<MetricFigures> {
    for (const [metric, value] of this.summary) {
      const number = numberOf(value);
      if (number === undefined) continue;
      yield figuresOf(metric, this.#metrics.get(metric) ?? [], number);
    }
    for (const [metric, list] of this.#metrics) {
      const isTold = numberOf(this.summary.get(metric) ?? null) !== undefined;
      if (!isTold) yield figuresOf(metric, list, undefined);
    }
  }

  /** The metrics whose values are all the same, which need no chart. */
  get constant(): string[] {
    return [...this.#metrics].flatMap(([metric, list]) =>
      list.every(({ isConstant, min }) => isConstant && min === list[0]?.min) ? [metric] : [],
    );
  }

  /** Adds a record. `elapsed` is not the record's own elapsed time: it goes on when a run is resumed. */
  add(record: LogRecord, elapsed: number): void {
    this.#count(record.timestamp, elapsed);
    const { step, data } = record;
    if (isDescription(step)) {
      this.#parameters ??= new Map();
      assignValues(this.#parameters, data);
    } else if (stepKind(step) === 'run') {
      this.#summary ??= new Map();
      assignValues(this.#summary, data);
      this.endsInResults = true;
    } else this.#addNumbers(record, elapsed);
  }

  /** Adds a record of numbers. Its step has at least one component, and all components are finite. */
  addFlat(record: FlatRecord, elapsed: number): void {
    const { step, stepLength, values, timestamp } = record;
    this.#count(timestamp, elapsed);
    const columns = this.#columns.of(record);
    if (columns.length === 0) return;
    this.endsInResults = false;
    const row = this.#positions.length;
    this.#positions.add(step, stepLength, timestamp, elapsed);
    for (let i = 0; i < columns.length; i++) columns[i]?.add(row, values[i] ?? Number.NaN);
  }

  /** The last value of each series, with its place on the step axis: NaN when it has none. */
  *latest(): Generator<Latest> {
    const place = this.#positions.on('step');
    for (const [metric, list] of this.#metrics) {
      for (const series of list) {
        const index = series.length - 1;
        const step = place(series.row(index));
        yield { metric, depth: series.depth, value: series.value(index), step };
      }
    }
  }

  curve(metric: string, axis: Axis, drawing: Drawing): Curve | undefined {
    return seriesOn(axis, this.#metrics.get(metric))?.curve(axis, drawing);
  }

  extent(axis: Axis): readonly [from: number, to: number] | undefined {
    this.#extents ??= new Map();
    const known = this.#extents.get(axis);
    if (known?.records === this.records) return known.extent;
    const extents = [...this.#metrics.values()].flatMap((list) => {
      const extent = seriesOn(axis, list)?.curve(axis, PLAIN).extent();
      return extent === undefined ? [] : [extent];
    });
    const extent = extents.length === 0 ? undefined : wholeRange(extents);
    this.#extents.set(axis, { records: this.records, extent });
    return extent;
  }

  counts(metric: string, axis: Axis): SeriesCounts {
    const series = seriesOn(axis, this.#metrics.get(metric));
    if (series === undefined) return NO_COUNTS;
    const { length, notFinite, notPositive } = series;
    return { length, notFinite, notPositive, unplaced: series.unplaced(axis) };
  }

  /**
   * The points of the wanted metrics for a saved page: at most five for each bucket of each series. Where
   * points are left out, the others keep their smoothed values too, as smoothing needs all points.
   *
   * @param smoothings The amounts of smoothing to keep.
   */
  *thinned(
    buckets: number,
    smoothings: readonly number[],
    wanted: ReadonlySet<string>,
  ): Generator<ThinnedSeries> {
    for (const [metric, list] of this.#metrics) {
      if (!wanted.has(metric)) continue;
      for (const series of list) {
        const curve = series.curve('step', PLAIN);
        const [from, to] = curve.extent() ?? [0, 0];
        const { index, y } = curve.sample(from, to, buckets);
        const x = forEachAxis((axis) => {
          const position = this.#positions.on(axis);
          return Float64Array.from(index, (at) => position(series.row(at)));
        });
        const { depth, length, notFinite, notPositive } = series;
        const counts = { length, notFinite, notPositive };
        const withoutPlace = forEachAxis((axis) => series.unplaced(axis));
        const smoothed = index.length === length ? [] : smoothedValues(series, smoothings, index);
        yield { metric, depth, ...counts, unplaced: withoutPlace, x, y, smoothed };
      }
    }
  }

  #count(timestamp: number, elapsed: number): void {
    this.records++;
    if (elapsed > this.elapsed) this.elapsed = elapsed;
    if (timestamp - this.end > this.longestPause) this.longestPause = timestamp - this.end;
    if (!(this.begin <= timestamp)) this.begin = timestamp;
    if (!(this.end >= timestamp)) this.end = timestamp;
  }

  #addNumbers({ step, data, timestamp }: LogRecord, elapsed: number): void {
    const places = numericComponents(step);
    const depth = stepComponents(step).length;
    let row = -1;
    for (const [metric, value] of Object.entries(data)) {
      const number = numberOf(value);
      if (number === undefined) continue;
      if (row === -1) {
        this.endsInResults = false;
        row = this.#positions.length;
        this.#positions.add(places, places.length, timestamp, elapsed);
      }
      this.#metrics.at(metric, depth).add(row, number);
    }
  }
}

function forEachAxis<T>(make: (axis: Axis) => T): Readonly<Record<Axis, T>> {
  const [step, epoch] = [make('step'), make('epoch')];
  return { step, epoch, time: make('time'), elapsed: make('elapsed') };
}

function smoothedValues(
  series: MetricSeries,
  smoothings: readonly number[],
  index: Uint32Array,
): Smoothed[] {
  return smoothings.map((smoothing) => {
    const on = (axis: Axis) => series.curve(axis, { smoothing, logarithmic: false }).values(index);
    return { smoothing, y: series.hasOneOrder ? { step: on('step') } : forEachAxis(on) };
  });
}
