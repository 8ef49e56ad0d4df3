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
  const extents = figure.lines.flatMap(({ curve }) => {
    const extent = curve.extent();
    return extent === undefined ? [] : [extent];
  });
  if (extents.length === 0) return undefined;
  const range = figure.frame?.range ?? wholeRange(extents);
  const [from, to] = range;
  const lines = figure.lines.map((line): DrawnLine => {
    const raw = line.curve.sample(from, to, columns);
    const points = line.smooth?.sample(from, to, columns);
    return points === undefined ? { line, points: raw, raw: undefined } : { line, points, raw };
  });
  const drawn = lines.flatMap(({ points, raw }) =>
    withRaw && raw !== undefined ? [points, raw] : [points],
  );
  const bounds = valueBounds(drawn, [from, to], logarithmic);
  if (bounds === undefined) return undefined;
  if (figure.frame !== undefined) {
    const [least, most] = figure.frame.valueRange;
    const y = scaleBetween(least, most, logarithmic, ticks.y);
    return { range, x: axisScale(axis, from, to, ticks.x), y, lines };
  }
  return {
    range,
    x: axisScale(axis, from, to, ticks.x),
    y: valueScale(...bounds, logarithmic, ticks.y),
    lines,
  };
}

/** Notes on the values that a figure does not show. */
export function figureNotes({ lines, axis, logarithmic, wantsLog }: Figure): string[] {
  const notes = undrawnTexts(
    lines.map(({ counts }) => counts),
    axis,
    logarithmic,
  );
  const diverged = lines.filter(({ curve }) => !Number.isFinite(curve.last()));
  notes.push(...divergedText(diverged.length, lines.length));
  return wantsLog && !logarithmic ? [...notes, NOTHING_POSITIVE] : notes;
}
