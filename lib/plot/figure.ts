/** A chart that is not drawn yet: its lines, and the scales that they fit. Terminal and SVG draw it. */
import type { Axis } from './axis.js';
import type { Curve, Sample } from './curve.js';
import { axisScale, type Scale, valueScale } from './scale.js';

export interface Line {
  readonly label: string;
  /** Which of the palette's styles it has. */
  readonly style: number;
  readonly curve: Curve;
  /** The same, smoothed. */
  readonly smooth: Curve | undefined;
}

export interface Figure {
  readonly title: string;
  readonly unit: string;
  readonly axis: Axis;
  readonly logarithmic: boolean;
  readonly lines: readonly Line[];
}

/** A line's points for a drawing of a certain width. */
export interface DrawnLine {
  readonly line: Line;
  /** What the line is drawn through. */
  readonly points: Sample;
  /** The raw points, where `points` are smoothed. */
  readonly raw: Sample | undefined;
}

export interface Layout {
  readonly x: Scale;
  readonly y: Scale;
  readonly lines: readonly DrawnLine[];
}

/**
 * Fits a figure into so many columns; undefined where there is no number to draw.
 *
 * @param xTicks,yTicks How many ticks there is room for.
 */
export function layOut(
  figure: Figure,
  columns: number,
  xTicks: number,
  yTicks: number,
): Layout | undefined {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { curve } of figure.lines) {
    const extent = curve.extent();
    if (extent === undefined) continue;
    from = Math.min(from, extent[0]);
    to = Math.max(to, extent[1]);
  }
  const lines = figure.lines.map((line): DrawnLine => {
    const raw = line.curve.sample(from, to, columns);
    const points = line.smooth?.sample(from, to, columns);
    return points === undefined ? { line, points: raw, raw: undefined } : { line, points, raw };
  });
  const [min, max] = bounds(lines, figure.logarithmic);
  if (!(min <= max)) return undefined;
  return {
    x: axisScale(figure.axis, from, to, xTicks),
    y: valueScale(min, max, figure.logarithmic, yTicks),
    lines,
  };
}

/** The least and largest value; on a logarithmic axis of those that have a place there, if any has. */
function bounds(lines: readonly DrawnLine[], logarithmic: boolean): readonly [number, number] {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  const positive =
    logarithmic && lines.some(({ points }) => points.y.some((y) => y > 0 && Number.isFinite(y)));
  for (const { points } of lines) {
    for (const y of points.y) {
      if (positive && y <= 0) continue;
      if (y < min) min = y;
      if (y > max) max = y;
    }
  }
  return [min, max];
}
