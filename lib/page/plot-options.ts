import type uPlot from 'uplot';
import type { Axis } from '../plot/axis.js';
import { formatTicks } from '../plot/format.js';
import type { LineStyle } from '../plot/palette.js';
import { axisTicks, logTicks, valueTicks, widened } from '../plot/scale.js';

/** A line in a chart: a run's points, or their smoothed course. */
export interface Line {
  readonly style: LineStyle;
  /** The points behind a smoothed line. */
  readonly isFaint: boolean;
}

export interface ChartOptions {
  readonly axis: Axis;
  readonly logarithmic: boolean;
  readonly isDark: boolean;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Line[];
  /** The stretch of the x axis to show. */
  readonly range: () => readonly [from: number, to: number];
  readonly onCursor: (chart: uPlot) => void;
  readonly onZoom: (from: number, to: number) => void;
  readonly onZoomOut: () => void;
}

/** Charts with this key show their cursors at the same x. */
const SYNC = 'dllogger';
const FONT = '11px system-ui, sans-serif';
const LINE_WIDTH = 1.6;
/** With fewer points in view than these they are drawn as points too. */
const FEW_POINTS = 40;
const AIR = 0.06;
const PIXELS_PER_VALUE = 40;
const PIXELS_PER_PLACE = 90;

/** What uPlot is told about a chart. */
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
    focus: { alpha: 0.35 },
    scales: {
      x: { time: false, range: () => [...options.range()] },
      y: { distr: logarithmic ? 3 : 1, range: logarithmic ? airyLogRange : airyRange },
    },
    axes: [
      {
        ...shared,
        size: 22,
        gap: 4,
        splits: (_chart, _axis, min, max) => axisTicks(axis, min, max, width / PIXELS_PER_PLACE),
        values: (_chart, splits) => formatTicks(axis, splits),
      },
      {
        ...shared,
        size: valueAxisSize,
        splits: (_chart, _axis, min, max) => {
          const count = height / PIXELS_PER_VALUE;
          return logarithmic ? logTicks(min, max, count) : valueTicks(min, max, count);
        },
        filter: (_chart, splits) => splits,
        values: (_chart, splits) => formatTicks('value', splits),
      },
    ],
    series: [{}, ...options.lines.map((line) => series(line, isDark))],
    cursor: {
      sync: { key: SYNC, scales: ['x', null], filters: { pub: isMove } },
      drag: { x: true, y: false, setScale: false },
      focus: { prox: 24 },
      dataIdx: nearestPoint,
      points: { size: (_chart, index) => (options.lines[index - 1]?.isFaint === true ? 0 : 7) },
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
    },
  };
}

function series({ style, isFaint }: Line, isDark: boolean): uPlot.Series {
  const color = isDark ? style.dark : style.light;
  return {
    // Not by alpha, which uPlot sets itself for the line under the pointer.
    stroke: isFaint ? `${color}40` : color,
    width: isFaint ? 1 : LINE_WIDTH,
    dash: [...style.dash],
    points: isFaint ? { show: false } : { show: hasFewPoints, size: 4 },
  };
}

/** A tenth of the values' span above and below, so that no line runs along the frame. */
function airyRange(_chart: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  if (min === null || max === null) return [0, 1];
  const [low, high] = widened(min, max);
  const air = high * AIR - low * AIR;
  return [low - air, high + air];
}

function airyLogRange(_chart: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  if (min === null || max === null || min <= 0) return [0.1, 10];
  const room = max > min ? (max / min) ** AIR : 2;
  return [min / room, max * room];
}

function valueAxisSize(_chart: uPlot, values: readonly string[] | null): number {
  const longest = Math.max(3, ...(values ?? []).map((value) => value.length));
  return 18 + longest * 6;
}

function hasFewPoints(chart: uPlot, index: number, from: number, to: number): boolean {
  const values = chart.data[index];
  if (values === undefined) return false;
  let points = 0;
  for (let i = from; i <= to && points <= FEW_POINTS; i++) {
    if (typeof values[i] === 'number') points++;
  }
  return points <= FEW_POINTS;
}

/** Rows belong to all curves: the nearest one where this curve has a point. */
function nearestPoint(chart: uPlot, index: number, row: number): number | null {
  const values = chart.data[index];
  if (values === undefined || index === 0) return row;
  for (let distance = 0; distance < values.length; distance++) {
    const isInside = row - distance >= 0 || row + distance < values.length;
    if (!isInside) break;
    if (typeof values[row - distance] === 'number') return row - distance;
    if (typeof values[row + distance] === 'number') return row + distance;
  }
  return null;
}

/** Cursors move together; what else the mouse does goes through the model. */
function isMove(type: string): boolean {
  return type === 'mousemove' || type === 'mouseleave';
}

function zoom(chart: uPlot, { onZoom }: ChartOptions): void {
  const { left, width } = chart.select;
  if (width < 4) return;
  const [from, to] = [chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x')];
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onZoom(from, to);
}
