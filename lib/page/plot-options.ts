import type uPlot from 'uplot';
import type { LineStyle } from '../plot/palette.js';
import { axisTicks, logTicks, valueTicks } from '../plot/scale.js';
import type { Axis } from '../runs/axis.js';
import type { Sample } from '../runs/curve.js';
import { formatTicks } from '../runs/format.js';
import { bandPath, canvasScales, linePaths } from './path.js';

/** A line in a chart: a run's points, logged or smoothed. */
export interface Line {
  readonly style: LineStyle;
  /** `faint`: the points behind a smoothed line; `band`: the area between two lines. */
  readonly kind: 'line' | 'faint' | 'band';
  /** Number of lines in the chart: more lines are drawn fainter. */
  readonly density: number;
  /** The points to draw now. */
  readonly points: () => Sample;
  /** The upper end of a band. */
  readonly upper?: () => Sample;
}

interface ChartOptions {
  readonly axis: Axis;
  readonly logarithmic: boolean;
  readonly isDark: boolean;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Line[];
  /** The line that stands out; it is drawn again, over all others. */
  readonly standing: () => Line | undefined;
  /** The stretch of the x axis to show, and of the y axis. */
  readonly range: () => readonly [from: number, to: number];
  readonly valueRange: () => readonly [from: number, to: number];
  readonly onCursor: (chart: uPlot) => void;
  readonly onZoom: (from: number, to: number) => void;
  readonly onZoomValues: (from: number, to: number) => void;
  readonly onZoomOut: () => void;
}

/** Charts with this key show their cursors at the same x. */
const SYNC = 'dllogger';
const FONT = '11px system-ui, sans-serif';
const LINE_WIDTH = 1.6;
const STANDING_WIDTH = 2.4;
/** Up to this many lines can be told apart without fading the others much. */
const FEW_LINES = 8;
/** With more lines than this, each is thin. */
const MANY_LINES = 24;
/** The opacity of a band, as two hexadecimal digits. */
const BAND_ALPHA = '2e';
/** A drag that is shorter than this along an axis, in pixels, does not zoom along it. */
const LEAST_DRAG = 24;
const PIXELS_PER_VALUE = 40;
const PIXELS_PER_PLACE = 90;

/** The options of uPlot for a chart. */
export function plotOptions(options: ChartOptions): uPlot.Options {
  const { axis, logarithmic, isDark, width, height } = options;
  const ink = isDark ? '#9aa4ae' : '#5c6670';
  const grid = { stroke: isDark ? '#ffffff14' : '#0000000f', width: 1 };
  const shared = { stroke: ink, font: FONT, grid, ticks: { show: false } };
  return {
    width,
    height,
    legend: { show: false },
    padding: [10, 18, 0, 0],
    focus: { alpha: options.lines.length > FEW_LINES ? 0.15 : 0.35 },
    scales: {
      x: { time: false, range: () => [...options.range()] },
      y: {
        ...(logarithmic ? { distr: 3 } : linear(options)),
        range: () => [...options.valueRange()],
      },
    },
    axes: [
      {
        ...shared,
        size: 22,
        gap: 4,
        splits: (chart, _axis, min, max) =>
          axisTicks(axis, min, max, chart.width / PIXELS_PER_PLACE),
        values: (_chart, splits) => formatTicks(axis, splits),
      },
      {
        ...shared,
        size: valueAxisSize,
        splits: (chart, _axis, min, max) => {
          const count = chart.height / PIXELS_PER_VALUE;
          return logarithmic ? logTicks(min, max, count) : valueTicks(min, max, count);
        },
        filter: (_chart, splits) => splits,
        values: (_chart, splits) => formatTicks('value', splits),
      },
    ],
    series: [{}, ...options.lines.map((line) => series(line, isDark))],
    cursor: {
      sync: { key: SYNC, scales: ['x', null], filters: { pub: isMove } },
      drag: { x: true, y: true, uni: LEAST_DRAG, setScale: false },
      points: { show: false },
      y: false,
      bind: {
        dblclick: () => () => {
          options.onZoomOut();
          return null;
        },
      },
    },
    hooks: {
      setCursor: [options.onCursor],
      setSelect: [(chart) => zoom(chart, options)],
      draw: [(chart) => drawStanding(chart, options)],
    },
  };
}

function series({ style, kind, density, points, upper }: Line, isDark: boolean): uPlot.Series {
  const color = isDark ? style.dark : style.light;
  const common = { auto: false, pxAlign: 0, points: { show: false } } as const;
  if (kind === 'band') {
    const paths = (chart: uPlot) => bandPath(points(), upper?.() ?? points(), canvasScales(chart));
    return { fill: `${color}${BAND_ALPHA}`, width: 0, paths, ...common };
  }
  const isFaint = kind === 'faint';
  const lineWidth = isFaint || density > MANY_LINES ? 1 : LINE_WIDTH;
  // In the colour, since uPlot itself sets the alpha of the line under the pointer.
  const ink = isFaint ? `${color}${faintness(density)}` : color;
  return {
    ...{ stroke: ink, fill: ink, width: lineWidth, dash: [...style.dash] },
    // Each line brings its own points: uPlot's table has one x for all lines.
    paths: (chart) => linePaths(points(), canvasScales(chart), lineWidth),
    ...common,
  };
}

/** The opacity of points behind a smoothed line, as two digits; lower for many lines, which would hide each other. */
function faintness(density: number): string {
  const alpha = Math.max(0x40 / Math.max(density / FEW_LINES, 1), 0x0d);
  return Math.round(alpha).toString(16).padStart(2, '0');
}

function drawStanding(chart: uPlot, { standing, isDark }: ChartOptions): void {
  const line = standing();
  if (line === undefined) return;
  const { ctx, bbox } = chart;
  const scales = canvasScales(chart);
  const { stroke, fill } = linePaths(line.points(), scales, STANDING_WIDTH);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = isDark ? line.style.dark : line.style.light;
  ctx.fillStyle = ctx.strokeStyle;
  ctx.lineWidth = STANDING_WIDTH * scales.ratio;
  ctx.lineJoin = 'round';
  ctx.setLineDash(line.style.dash.map((length) => length * scales.ratio));
  if (stroke) ctx.stroke(stroke as Path2D);
  if (fill) ctx.fill(fill as Path2D);
  ctx.restore();
}

/** A linear scale. Its span may exceed the largest number; it is computed in quarters then. */
function linear({ valueRange }: ChartOptions): uPlot.Scale {
  const unit = () => {
    const [from, to] = valueRange();
    return Number.isFinite(to - from) ? 1 : 4;
  };
  return { distr: 100, fwd: (value) => value / unit(), bwd: (value) => value * unit() };
}

function valueAxisSize(_chart: uPlot, values: readonly string[] | null): number {
  const longest = Math.max(3, ...(values ?? []).map((value) => value.length));
  return 18 + longest * 6;
}

/** Whether uPlot passes a mouse event to other charts: cursor moves only; the model carries the rest. */
function isMove(type: string): boolean {
  return type === 'mousemove' || type === 'mouseleave';
}

function zoom(chart: uPlot, { onZoom, onZoomValues }: ChartOptions): void {
  const { left, top, width, height } = chart.select;
  const { clientWidth, clientHeight } = chart.over;
  const value = (at: number) => chart.posToVal(at, 'y');
  const [from, to] = [chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x')];
  const [low, high] = [value(top + height), value(top)];
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  // Along an axis that is not zoomed the selection is as long as the plot.
  if (width >= 4 && height >= 4 && height < clientHeight - 1) onZoomValues(low, high);
  if (width >= 4 && width < clientWidth - 1) onZoom(from, to);
}
