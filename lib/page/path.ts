/** The course of a line over a chart, in the canvas' own pixels: every point at its own x. */
import type uPlot from 'uplot';
import type { Sample } from '../runs/curve.js';
import { isDrawable } from '../runs/extremes-index.js';

/** A line with fewer points in view than this is drawn with its points, if they have room. */
const FEW_POINTS = 40;
/** A point's radius, in CSS pixels; a point without neighbours has the line's width as its radius. */
const POINT_RADIUS = 2;
/** Points that are nearer to each other than this, in CSS pixels, would make their line look bold. */
const LEAST_SPACE = 3 * POINT_RADIUS;

/** A chart's scales: from values to pixels. */
export interface Scales {
  readonly logarithmic: boolean;
  /** The pixel of an x; it may lie outside of the plot. */
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** The plot's left edge and its width. */
  readonly left: number;
  readonly width: number;
  /** Number of these pixels in a CSS pixel. */
  readonly ratio: number;
}

/** A chart's scales in pixels of its canvas. */
export function canvasScales(chart: uPlot): Scales {
  const { left, width } = chart.bbox;
  const ratio = width / chart.over.clientWidth;
  return {
    logarithmic: chart.scales.y?.distr === 3,
    x: (value) => chart.valToPos(value, 'x', true),
    y: (value) => chart.valToPos(value, 'y', true),
    ...{ left, width, ratio },
  };
}

/** A chart's scales in CSS pixels, as the pointer counts them. */
export function pointerScales(chart: uPlot): Scales {
  return {
    logarithmic: chart.scales.y?.distr === 3,
    x: (value) => chart.valToPos(value, 'x'),
    y: (value) => chart.valToPos(value, 'y'),
    ...{ left: 0, width: chart.over.clientWidth, ratio: 1 },
  };
}

/** The paths of a line for uPlot: the stroke, and the filled points. */
export function linePaths(
  { x: xs, y: ys }: Sample,
  { logarithmic, x, y, left, width, ratio }: Scales,
  lineWidth: number,
): uPlot.Series.Paths {
  const stroke = new Path2D();
  const fill = new Path2D();
  const dot = (px: number, py: number, radius: number) => {
    fill.moveTo(px + radius, py);
    fill.arc(px, py, radius, 0, 2 * Math.PI);
  };
  const isPoint = (i: number) => isDrawable(ys[i] ?? Number.NaN, logarithmic);
  const right = left + width + ratio;
  const hasPoints = isSpaced(xs, x, left, right, LEAST_SPACE * ratio);
  let isDown = false;
  for (let i = 0; i < xs.length; i++) {
    if (!isPoint(i)) {
      isDown = false;
      continue;
    }
    const [px, py] = [x(xs[i] ?? 0), y(ys[i] ?? 0)];
    if (hasPoints) dot(px, py, POINT_RADIUS * ratio);
    else if (!isPoint(i - 1) && !isPoint(i + 1)) dot(px, py, lineWidth * ratio);
    if (!isPoint(i + 1)) continue;
    // A horizontal line is sharp in the middle of a row of pixels.
    const isLevel = ys[i] === ys[i + 1];
    const fromY = isLevel ? Math.floor(py) + 0.5 : py;
    const toY = isLevel ? fromY : y(ys[i + 1] ?? 0);
    const piece = clipped(px, fromY, x(xs[i + 1] ?? 0), toY, left - ratio, right);
    if (piece === undefined) {
      isDown = false;
      continue;
    }
    if (!isDown) stroke.moveTo(piece[0], piece[1]);
    stroke.lineTo(piece[2], piece[3]);
    isDown = true;
  }
  return { stroke, fill };
}

/** The area between two lines that have the same x values. */
export function bandPath(
  low: Sample,
  high: Sample,
  { x, y, logarithmic }: Scales,
): uPlot.Series.Paths {
  const fill = new Path2D();
  const isPart = (i: number) =>
    isDrawable(low.y[i] ?? Number.NaN, logarithmic) &&
    isDrawable(high.y[i] ?? Number.NaN, logarithmic);
  let begin = 0;
  while (begin < low.x.length) {
    let end = begin;
    while (end < low.x.length && isPart(end)) end++;
    for (let i = begin; i < end; i++) fill.lineTo(x(low.x[i] ?? 0), y(high.y[i] ?? 0));
    for (let i = end - 1; i >= begin; i--) fill.lineTo(x(low.x[i] ?? 0), y(low.y[i] ?? 0));
    if (end > begin) fill.closePath();
    begin = end + 1;
    if (begin < low.x.length) fill.moveTo(x(low.x[begin] ?? 0), y(high.y[begin] ?? 0));
  }
  return { stroke: null, fill };
}

type Piece = readonly [fromX: number, fromY: number, toX: number, toY: number];

/**
 * The part of a line that lies between two verticals. A canvas keeps coordinates as single floats: a line
 * to a point far outside would miss its way by pixels.
 */
function clipped(
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
  left: number,
  right: number,
): Piece | undefined {
  if (toX < left || fromX > right) return undefined;
  const at = (x: number) => fromY + ((toY - fromY) * (x - fromX)) / (toX - fromX);
  const [startX, startY] = fromX < left ? [left, at(left)] : [fromX, fromY];
  const [endX, endY] = toX > right ? [right, at(right)] : [toX, toY];
  return [startX, startY, endX, endY];
}

/** Whether the points in view are few, and on average at least `least` pixels apart. */
function isSpaced(
  xs: Float64Array,
  x: (value: number) => number,
  left: number,
  right: number,
  least: number,
): boolean {
  let count = 0;
  let [first, last] = [0, 0];
  for (let i = 0; i < xs.length && count <= FEW_POINTS; i++) {
    const px = x(xs[i] ?? 0);
    if (px < left || px > right) continue;
    if (count === 0) first = px;
    last = px;
    count++;
  }
  return count <= FEW_POINTS && last - first >= (count - 1) * least;
}
