import type { Axis } from './axis.js';
import type { Curve, Sample } from './curve.js';
import type { Drawing } from './extremes-index.js';
import { hasPositive, type SeriesCounts } from './undrawn.js';

/** A run as charts see it. */
export interface CurveSource {
  /** The curve of a metric, up to date. Undefined where the run has no such metric. */
  curve(metric: string, axis: Axis, drawing: Drawing): Curve | undefined;
  /** Counts of the values in a metric's series on an axis. */
  counts(metric: string, axis: Axis): SeriesCounts;
  /** The least and largest x of all metrics of the run; undefined where no metric has an x. */
  extent(axis: Axis): readonly [from: number, to: number] | undefined;
}

/** What the charts in view need. */
export interface Query {
  readonly axis: Axis;
  /** From 0 (no smoothing) to below 1. */
  readonly smoothing: number;
  /** Whether a logarithmic y axis is wanted, for charts that have values above 0. */
  readonly logarithmic?: boolean;
  /** Number of a chart's columns of pixels. */
  readonly buckets: number;
  /** The range of the axis that is shown; by default, all. */
  readonly range?: readonly [from: number, to: number];
  /** Whether charts without a range show the range of all metrics, not only that of their own metric. */
  readonly aligned?: boolean;
  readonly metrics: readonly string[];
  /** The runs that are shown, by their ids. */
  readonly runs: readonly number[];
}

/** One run's line in a chart. */
export interface CurveAnswer extends SeriesCounts {
  readonly run: number;
  readonly raw: Sample;
  /** Absent without smoothing. */
  readonly smooth?: Sample;
  /** The whole curve's least and largest x. */
  readonly extent: readonly [from: number, to: number];
  /** The value where the curve ends, as it was logged. */
  readonly last: number;
  /** The smoothed value where the curve ends; without smoothing the same as `last`. */
  readonly smoothLast: number;
}

/** The lines of one metric. */
export interface ChartAnswer {
  readonly metric: string;
  /** The range of the x axis that is shown. */
  readonly range: readonly [from: number, to: number];
  /** Whether the y axis is to be logarithmic. */
  readonly logarithmic: boolean;
  readonly curves: readonly CurveAnswer[];
}

/** Yields the charts one after the other, so that the caller can do other things in between. */
export function* answer(
  query: Query,
  source: (run: number) => CurveSource | undefined,
): Generator<ChartAnswer> {
  const { axis } = query;
  const extents = query.aligned
    ? query.runs.flatMap((run) => {
        const extent = source(run)?.extent(axis);
        return extent === undefined ? [] : [extent];
      })
    : [];
  const common = query.range ?? (extents.length > 0 ? wholeRange(extents) : undefined);
  for (const metric of query.metrics) {
    const found = query.runs.flatMap((run): Found[] => {
      const runs = source(run);
      const extent = runs?.curve(metric, axis, PLAIN)?.extent();
      return runs === undefined || extent === undefined
        ? []
        : [{ run, source: runs, extent, counts: runs.counts(metric, axis) }];
    });
    // All curves share one range, so that it is divided into the same columns for each.
    const range = common ?? wholeRange(found.map(({ extent }) => extent));
    const logarithmic =
      query.logarithmic === true && found.some(({ counts }) => hasPositive(counts));
    const frame = { ...query, range, logarithmic, aligned: query.aligned === true };
    yield {
      metric,
      range,
      logarithmic,
      curves: found.map((one) => answerCurve(frame, metric, one)),
    };
  }
}

/** Values as they were logged, on a linear axis. */
export const PLAIN: Drawing = { smoothing: 0, logarithmic: false };

interface Found {
  readonly run: number;
  readonly source: CurveSource;
  readonly extent: readonly [number, number];
  readonly counts: SeriesCounts;
}

/** From the first to the last x of all curves. */
export function wholeRange(
  extents: readonly (readonly [number, number])[],
): readonly [number, number] {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [first, last] of extents) {
    from = Math.min(from, first);
    to = Math.max(to, last);
  }
  if (from < to) return [from, to];
  return Number.isFinite(from) ? [from - 1, from + 1] : [0, 1];
}

function answerCurve(
  { axis, smoothing, logarithmic, buckets, range }: Required<Query>,
  metric: string,
  { run, source, extent, counts }: Found,
): CurveAnswer {
  const [from, to] = range;
  const curve = source.curve(metric, axis, { smoothing: 0, logarithmic });
  const smooth = smoothing > 0 ? source.curve(metric, axis, { smoothing, logarithmic }) : undefined;
  const last = curve?.last() ?? Number.NaN;
  return {
    run,
    raw: curve?.sample(from, to, buckets) ?? NO_POINTS,
    ...(smooth && { smooth: smooth.sample(from, to, buckets) }),
    extent,
    last,
    smoothLast: smooth?.last() ?? last,
    ...counts,
  };
}

const NO_POINTS: Sample = {
  x: new Float64Array(0),
  y: new Float64Array(0),
  index: new Uint32Array(0),
};
