import type { FlatRecord } from '../reader/flat-record.js';
import type { Shape } from '../reader/key-tree.js';
import type { JsonObject, JsonValue, LogRecord } from '../reader/types.js';
import { type Axis, DEPTH_ORDER } from './axis.js';
import type { Curve } from './curve.js';
import { MetricSeries } from './metric-series.js';
import { MAX_DEPTH, Positions, stepPlaces } from './positions.js';
import type { CurveSource } from './query.js';

/** What is left of a series for a page of its own. */
export interface ThinnedSeries {
  readonly metric: string;
  readonly depth: number;
  /** Points that there were. */
  readonly length: number;
  readonly notFinite: number;
  readonly x: Readonly<Record<Axis, Float64Array>>;
  readonly y: Float64Array;
}

/** One run, as far as it was read: its parameters, and every metric's numbers on every axis. */
export class RunTable implements CurveSource {
  readonly parameters = new Map<string, JsonValue>();
  /** The last values that were logged with the step `[]`. */
  readonly summary = new Map<string, JsonValue>();
  records = 0;
  /** Seconds of training so far. */
  elapsed = 0;
  /** Seconds since 1970-01-01 UTC; NaN before the first record with a time. */
  begin = Number.NaN;
  end = Number.NaN;
  /** The numeric places of the first step that has any. */
  firstPlaces: readonly number[] | undefined;
  readonly #positions = new Positions();
  /** By metric, then by depth. */
  readonly #metrics = new Map<string, (MetricSeries | undefined)[]>();
  /** Where the values of the latest flat record went. */
  #shape: Shape | undefined;
  #depth = -1;
  #columns: MetricSeries[] = [];

  /** The metrics that have numbers, in the order in which they appeared. */
  get metrics(): Iterable<string> {
    return this.#metrics.keys();
  }

  /** Takes a record. Its elapsed time is told apart, as it goes on when a run is resumed. */
  add(record: LogRecord, elapsed: number): void {
    this.#count(record.timestamp, elapsed);
    const { step, data } = record;
    if (step === 'PARAMETER' || step === 'ENVIRONMENT') assign(this.parameters, data);
    else if (Array.isArray(step) && step.length === 0) assign(this.summary, data);
    else this.#addNumbers(record, elapsed);
  }

  /** Takes a record of numbers at a step of numbers, of which at least one and all finite. */
  addFlat({ step, stepLength, shape, values, timestamp }: FlatRecord, elapsed: number): void {
    this.#count(timestamp, elapsed);
    const { names } = shape;
    if (names.length === 0) return;
    if (this.#shape !== shape || this.#depth !== stepLength) {
      const depth = Math.min(stepLength, MAX_DEPTH);
      this.#shape = shape;
      this.#depth = stepLength;
      this.#columns = names.map((metric) => this.#seriesAt(metric, depth));
    }
    this.firstPlaces ??= Array.from(step.subarray(0, stepLength));
    const row = this.#positions.length;
    this.#positions.add(step, stepLength, timestamp, elapsed);
    const columns = this.#columns;
    for (let i = 0; i < columns.length; i++) columns[i]?.add(row, values[i] ?? Number.NaN);
  }

  curve(metric: string, axis: Axis, smoothing: number): Curve | undefined {
    return this.#seriesOn(axis, metric)?.curve(axis, smoothing);
  }

  notFinite(metric: string, axis: Axis): number {
    return this.#seriesOn(axis, metric)?.notFinite ?? 0;
  }

  /** All numbers, for a page that holds them itself: at most two for each bucket of each series. */
  *thinned(buckets: number): Generator<ThinnedSeries> {
    for (const [metric, byDepth] of this.#metrics) {
      for (const [depth, series] of byDepth.entries()) {
        if (series === undefined) continue;
        const curve = series.curve('step', 0);
        const [from, to] = curve.extent() ?? [0, 0];
        const { index, y } = curve.sample(from, to, buckets);
        const x = (axis: Axis) => {
          const position = this.#positions.on(axis);
          return Float64Array.from(index, (at) => position(series.row(at)));
        };
        const places = {
          step: x('step'),
          epoch: x('epoch'),
          time: x('time'),
          elapsed: x('elapsed'),
        };
        const { length, notFinite } = series;
        yield { metric, depth, length, notFinite, x: places, y };
      }
    }
  }

  #count(timestamp: number, elapsed: number): void {
    this.records++;
    if (elapsed > this.elapsed) this.elapsed = elapsed;
    if (!(this.begin <= timestamp)) this.begin = timestamp;
    if (!(this.end >= timestamp)) this.end = timestamp;
  }

  #addNumbers({ step, data, timestamp }: LogRecord, elapsed: number): void {
    const places = stepPlaces(step);
    const depth = Math.min(places.length, MAX_DEPTH);
    if (depth > 0) this.firstPlaces ??= places;
    let row = -1;
    for (const metric of Object.keys(data)) {
      const value = data[metric];
      if (typeof value !== 'number') continue;
      if (row === -1) {
        row = this.#positions.length;
        this.#positions.add(places, depth, timestamp, elapsed);
      }
      this.#seriesAt(metric, depth).add(row, value);
    }
  }

  /** The numbers that are shown on an axis: those at the depth of steps that suits it best. */
  #seriesOn(axis: Axis, metric: string): MetricSeries | undefined {
    const byDepth = this.#metrics.get(metric);
    const depth = DEPTH_ORDER[axis].find((one) => byDepth?.[one] !== undefined);
    return depth === undefined ? undefined : byDepth?.[depth];
  }

  #seriesAt(metric: string, depth: number): MetricSeries {
    let byDepth = this.#metrics.get(metric);
    if (byDepth === undefined) {
      byDepth = [];
      this.#metrics.set(metric, byDepth);
    }
    byDepth[depth] ??= new MetricSeries(this.#positions);
    return byDepth[depth];
  }
}

function assign(map: Map<string, JsonValue>, data: JsonObject): void {
  for (const key of Object.keys(data)) map.set(key, data[key] ?? null);
}
