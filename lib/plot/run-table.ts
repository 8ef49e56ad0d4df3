import type { JsonObject, JsonValue, LogRecord } from '../reader/types.js';
import { type Axis, DEPTH_ORDER } from './axis.js';
import { Column } from './column.js';
import { Curve, type Points } from './curve.js';
import { MAX_DEPTH, Positions, stepPlaces } from './positions.js';
import type { CurveSource } from './query.js';

/** The numbers of one metric at steps of one depth, and where their records lie. */
export class MetricSeries {
  readonly rows = new Column(Uint32Array);
  readonly values = new Column(Float64Array);
  /** How many are NaN or infinite. */
  notFinite = 0;

  add(row: number, value: number): void {
    this.rows.push(row);
    this.values.push(value);
    if (!Number.isFinite(value)) this.notFinite++;
  }
}

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

interface CachedCurve {
  readonly curve: Curve;
  /** The version of the positions that it was made from. */
  readonly version: number;
}

/** Curves that are kept for each series: raw and smoothed, on this axis and the last. */
const KEPT_CURVES = 4;

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
  readonly #curves = new WeakMap<MetricSeries, Map<string, CachedCurve>>();

  /** The metrics that have numbers, in the order in which they appeared. */
  get metrics(): Iterable<string> {
    return this.#metrics.keys();
  }

  /** Takes a record; its elapsed time is told apart, as it goes on when a run is resumed. */
  add(record: LogRecord, elapsed: number): void {
    this.records++;
    if (elapsed > this.elapsed) this.elapsed = elapsed;
    if (!(this.begin <= record.timestamp)) this.begin = record.timestamp;
    if (!(this.end >= record.timestamp)) this.end = record.timestamp;
    const { step, data } = record;
    if (step === 'PARAMETER' || step === 'ENVIRONMENT') this.#assign(this.parameters, data);
    else if (Array.isArray(step) && step.length === 0) this.#assign(this.summary, data);
    else this.#addNumbers(record, elapsed);
  }

  /** The numbers that are shown on an axis: those at the depth of steps that suits it best. */
  seriesOn(axis: Axis, metric: string): MetricSeries | undefined {
    const byDepth = this.#metrics.get(metric);
    for (const depth of DEPTH_ORDER[axis]) {
      const series = byDepth?.[depth];
      if (series !== undefined) return series;
    }
    return undefined;
  }

  /** The curve of a metric, up to date. Undefined where the run has no such metric. */
  curve(metric: string, axis: Axis, smoothing: number): Curve | undefined {
    const series = this.seriesOn(axis, metric);
    if (series === undefined) return undefined;
    const curve = this.#cached(series, axis, smoothing);
    curve.update();
    return curve;
  }

  notFinite(metric: string, axis: Axis): number {
    return this.seriesOn(axis, metric)?.notFinite ?? 0;
  }

  /** All numbers, for a page that holds them itself: at most two for each bucket of each series. */
  *thinned(buckets: number): Generator<ThinnedSeries> {
    for (const [metric, byDepth] of this.#metrics) {
      for (const [depth, series] of byDepth.entries()) {
        if (series === undefined) continue;
        const curve = this.#makeCurve(series, 'step', 0);
        curve.update();
        const [from, to] = curve.extent() ?? [0, 0];
        const { index, y } = curve.sample(from, to, buckets);
        const x = (axis: Axis) => {
          const position = this.#positions.on(axis);
          return Float64Array.from(index, (at) => position(series.rows.at(at)));
        };
        const places = {
          step: x('step'),
          epoch: x('epoch'),
          time: x('time'),
          elapsed: x('elapsed'),
        };
        const { length } = series.values;
        yield { metric, depth, length, notFinite: series.notFinite, x: places, y };
      }
    }
  }

  #cached(series: MetricSeries, axis: Axis, smoothing: number): Curve {
    let curves = this.#curves.get(series);
    if (curves === undefined) {
      curves = new Map();
      this.#curves.set(series, curves);
    }
    const key = `${axis} ${smoothing}`;
    const { version } = this.#positions;
    const cached = curves.get(key);
    const fresh = cached !== undefined && (cached.version === version || isClock(axis));
    const entry = fresh ? cached : { curve: this.#makeCurve(series, axis, smoothing), version };
    // The one used last stands last.
    curves.delete(key);
    curves.set(key, entry);
    for (const oldest of curves.keys()) {
      if (curves.size <= KEPT_CURVES) break;
      curves.delete(oldest);
    }
    return entry.curve;
  }

  #makeCurve(series: MetricSeries, axis: Axis, smoothing: number): Curve {
    const position = this.#positions.on(axis);
    const { rows, values } = series;
    const points: Points = {
      get length() {
        return values.length;
      },
      x: (index) => position(rows.at(index)),
      y: (index) => values.at(index),
    };
    return new Curve(points, smoothing);
  }

  #assign(map: Map<string, JsonValue>, data: JsonObject): void {
    for (const key of Object.keys(data)) map.set(key, data[key] ?? null);
  }

  #addNumbers(record: LogRecord, elapsed: number): void {
    const places = stepPlaces(record.step);
    const depth = Math.min(places.length, MAX_DEPTH);
    if (depth > 0) this.firstPlaces ??= places;
    let row = -1;
    for (const metric of Object.keys(record.data)) {
      const value = record.data[metric];
      if (typeof value !== 'number') continue;
      if (row === -1) {
        row = this.#positions.length;
        this.#positions.add(places, record.timestamp, elapsed);
      }
      this.#series(metric, depth).add(row, value);
    }
  }

  #series(metric: string, depth: number): MetricSeries {
    let byDepth = this.#metrics.get(metric);
    if (byDepth === undefined) {
      byDepth = [];
      this.#metrics.set(metric, byDepth);
    }
    byDepth[depth] ??= new MetricSeries();
    return byDepth[depth];
  }
}

/** Time does not depend on how many iterations an epoch turns out to have. */
function isClock(axis: Axis): boolean {
  return axis === 'time' || axis === 'elapsed';
}
