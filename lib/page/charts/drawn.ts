/** Turns the answers for a chart's metrics into the lines that it draws. */

import type { Band } from '../../plot/figure.js';
import { type LineStyle, lineStyle } from '../../plot/palette.js';
import { curveStyle } from '../../plot/run-looks.js';
import type { ChartAnswer, CurveAnswer } from '../../runs/query.js';
import { spreadOf } from '../../runs/spread.js';
import type { Model } from '../model.js';

/** A line of a chart: a run's, or that of a group of runs. */
export interface DrawnCurve extends CurveAnswer {
  readonly label: string;
  readonly style: LineStyle;
  /** Index of the line's style in the palette. */
  readonly palette: number;
  readonly runs: readonly number[];
  /** The range of values of the group's runs. */
  readonly band: Band | undefined;
}

/**
 * @param answers One for each of the chart's metrics, in their order.
 * @param columns Columns of pixels.
 */
export function drawnCurves(
  model: Model,
  answers: readonly ChartAnswer[],
  columns: number,
): DrawnCurve[] {
  const isOnlyRun = model.runs.length === 1;
  return answers.flatMap((answer, index) => {
    const named = (label: string) => {
      if (answers.length === 1) return label;
      return isOnlyRun ? answer.metric : `${answer.metric} ${label}`;
    };
    if (model.groups.length > 0) {
      return model.groups.flatMap(({ label, runs, style }) => {
        const members = answer.curves.filter(({ run }) => runs.includes(run));
        if (members.length === 0) return [];
        const look = looks(curveStyle(style, index, false));
        return [{ ...grouped(members, answer.range, columns), label: named(label), ...look }];
      });
    }
    return answer.curves.map((curve): DrawnCurve => {
      const { label, style } = model.look(curve.run);
      const look = looks(curveStyle(style, index, isOnlyRun));
      return { ...curve, label: named(label), ...look, runs: [curve.run], band: undefined };
    });
  });
}

function looks(palette: number): Pick<DrawnCurve, 'style' | 'palette'> {
  return { style: lineStyle(palette), palette };
}

/** Runs as one curve; undrawn values and points are summed over the runs. */
function grouped(
  members: readonly CurveAnswer[],
  range: readonly [number, number],
  columns: number,
): Omit<DrawnCurve, 'label' | 'style' | 'palette'> {
  const lines = members.map(({ raw, smooth }) => smooth ?? raw);
  const { x, mean, low, high } = spreadOf(lines, range, 2 * columns);
  const index = new Uint32Array(0);
  const sum = (value: (curve: CurveAnswer) => number) =>
    members.reduce((total, curve) => total + value(curve), 0);
  const lasts = (value: (curve: CurveAnswer) => number) => sum(value) / members.length;
  return {
    run: members[0]?.run ?? 0,
    runs: members.map(({ run }) => run),
    raw: { x, y: mean, index },
    band:
      members.length > 1 ? { low: { x, y: low, index }, high: { x, y: high, index } } : undefined,
    extent: [
      Math.min(...members.map(({ extent }) => extent[0])),
      Math.max(...members.map(({ extent }) => extent[1])),
    ],
    last: lasts(({ last }) => last),
    smoothLast: lasts(({ smoothLast }) => smoothLast),
    length: sum(({ length }) => length),
    notFinite: sum(({ notFinite }) => notFinite),
    notPositive: sum(({ notPositive }) => notPositive),
    unplaced: sum(({ unplaced }) => unplaced),
  };
}
