/** A chart before drawing: its lines, and the scales that fit them. The terminal and SVG draw it. */
import type { Axis } from '../runs/axis.js';
import { valueBounds } from '../runs/bounds.js';
import type { Curve, Sample } from '../runs/curve.js';
import { wholeRange } from '../runs/query.js';
import { divergedText, NOTHING_POSITIVE, type Undrawn, undrawnTexts } from '../runs/undrawn.js';
import { axisScale, type Scale, scaleBetween, valueScale } from './scale.js';

/** The part of a curve that drawing needs. */
type Sampled = Pick<Curve, 'extent' | 'sample' | 'last' | 'length'>;

/** The values between which several runs lie. */
export interface Band {
  readonly low: Sample;
  readonly high: Sample;
}

export interface Line {
  readonly label: string;
  /** Index of the line's style in the palette. */
  readonly style: number;
  readonly curve: Sampled;
  /** The curve, smoothed. */
  readonly smooth: Sampled | undefined;
  /** The spread of the runs; undefined for one run. */
  readonly band?: Band | undefined;
  readonly counts: Undrawn;
}

export interface Figure {
  readonly title: string;
  readonly unit: string;
  readonly axis: Axis;
  readonly logarithmic: boolean;
  /** Whether a logarithmic axis was asked for; a figure without values above 0 has a linear one. */
  readonly wantsLog: boolean;
  readonly lines: readonly Line[];
  /** The part to draw; by default, all of the lines. */
  readonly frame?: {
    readonly range: readonly [from: number, to: number];
    readonly valueRange: readonly [from: number, to: number];
  };
}

/** A line's points for a drawing of a certain width. */
interface DrawnLine {
  readonly line: Line;
  /** The points that the line is drawn through. */
  readonly points: Sample;
  /** The raw points, where `points` are smoothed. */
  readonly raw: Sample | undefined;
}

export interface Layout {
  /** The part of the x axis that is drawn. */
  readonly range: readonly [from: number, to: number];
  readonly x: Scale;
  readonly y: Scale;
  readonly lines: readonly DrawnLine[];
}

/**
 * Fits a figure into a number of columns; undefined when there is no number to draw.
 *
 * @param ticks Number of ticks that each axis has room for.
 * @param withRaw Whether the raw points of smoothed lines are drawn too.
 */
export function layOut(
  figure: Figure,
  columns: number,
  ticks: { readonly x: number; readonly y: number },
  withRaw: boolean,
): Layout | undefined {
  const { axis, logarithmic } = figure;
  // Loops, not maps: a log may have thousands of charts, and what V8 compiles for a map costs as much as many of them.
  const extents: (readonly [number, number])[] = [];
  for (const { curve } of figure.lines) {
    const extent = curve.extent();
    if (extent !== undefined) extents.push(extent);
  }
  if (extents.length === 0) return undefined;
  const range = figure.frame?.range ?? wholeRange(extents);
  const [from, to] = range;
  const lines: DrawnLine[] = [];
  const drawn: Sample[] = [];
  for (const line of figure.lines) {
    const raw = line.curve.sample(from, to, columns);
    const smooth = line.smooth?.sample(from, to, columns);
    const points = smooth ?? raw;
    lines.push({ line, points, raw: smooth === undefined ? undefined : raw });
    drawn.push(points);
    if (withRaw && smooth !== undefined) drawn.push(raw);
  }
  const bounds = valueBounds(drawn, range, logarithmic);
  if (bounds === undefined) return undefined;
  const y =
    figure.frame === undefined
      ? valueScale(...bounds, logarithmic, ticks.y)
      : scaleBetween(...figure.frame.valueRange, logarithmic, ticks.y);
  return { range, x: axisScale(axis, from, to, ticks.x), y, lines };
}

/** Notes on the values that a figure does not show. */
export function figureNotes({ lines, axis, logarithmic, wantsLog }: Figure): string[] {
  const counts: Undrawn[] = [];
  let diverged = 0;
  for (const line of lines) {
    counts.push(line.counts);
    if (!Number.isFinite(line.curve.last())) diverged++;
  }
  const notes = undrawnTexts(counts, axis, logarithmic);
  notes.push(...divergedText(diverged, lines.length));
  return wantsLog && !logarithmic ? [...notes, NOTHING_POSITIVE] : notes;
}
