import type { Axis } from './axis.js';
import type { Curve, Sample } from './curve.js';

/** A run as charts see it. */
export interface CurveSource {
  /** The curve of a metric, up to date. Undefined where the run has no such metric. */
  curve(metric: string, axis: Axis, smoothing: number): Curve | undefined;
  /** How many of its values on that axis are NaN or infinite. */
  notFinite(metric: string, axis: Axis): number;
}

/** What the charts in view need. */
export interface Query {
  readonly axis: Axis;
  /** From 0, none, to below 1. */
  readonly smoothing: number;
  /** Columns of pixels of a chart. */
  readonly buckets: number;
  /** The stretch of the axis that is shown; without it, all. */
  readonly range?: readonly [from: number, to: number];
  readonly metrics: readonly string[];
  /** The runs that are shown, by their ids. */
  readonly runs: readonly number[];
}

/** One run's line in a chart. */
export interface CurveAnswer {
  readonly run: number;
  readonly raw: Sample;
  /** Absent without smoothing. */
  readonly smooth?: Sample;
  /** Points of the whole curve. */
  readonly length: number;
  readonly notFinite: number;
}

/** The lines of one metric. */
export interface ChartAnswer {
  readonly metric: string;
  readonly curves: readonly CurveAnswer[];
}

/** Answers for the charts, one after the other, so that the caller can do other things in between. */
export function* answer(
  query: Query,
  source: (run: number) => CurveSource | undefined,
): Generator<ChartAnswer> {
  for (const metric of query.metrics) {
    const curves: CurveAnswer[] = [];
    for (const run of query.runs) {
      const found = source(run);
      const curve = found && answerCurve(query, metric, run, found);
      if (curve !== undefined) curves.push(curve);
    }
    yield { metric, curves };
  }
}

function answerCurve(
  { axis, smoothing, buckets, range }: Query,
  metric: string,
  run: number,
  source: CurveSource,
): CurveAnswer | undefined {
  const curve = source.curve(metric, axis, 0);
  const extent = curve?.extent();
  if (curve === undefined || extent === undefined) return undefined;
  const [from, to] = range ?? extent;
  const smooth = smoothing > 0 ? source.curve(metric, axis, smoothing) : undefined;
  return {
    run,
    raw: curve.sample(from, to, buckets),
    ...(smooth && { smooth: smooth.sample(from, to, buckets) }),
    length: curve.length,
    notFinite: source.notFinite(metric, axis),
  };
}
