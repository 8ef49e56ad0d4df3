/** Places runs on an axis that stands for a column of the table. */

import { labelCut, middleCut } from '../../plot/middle-cut.js';
import type { RunInfo } from '../../plot/protocol.js';
import { axisTicks, valueScale } from '../../plot/scale.js';
import type { Axis } from '../../runs/axis.js';
import { formatTicks } from '../../runs/format.js';
import { commonWords } from '../../runs/names.js';
import { compareNames } from '../../runs/natural-order.js';
import { numberText } from '../../runs/number-text.js';
import type { Column } from './columns.js';
import { textWidth } from './text-width.js';

export interface ColumnScale {
  readonly column: Column;
  readonly isLogarithmic: boolean;
  /** From 0 at the axis' start to 1 at its end; undefined for a run that has no place on it. */
  place(run: RunInfo): number | undefined;
  readonly ticks: readonly Tick[];
}

interface Tick {
  readonly place: number;
  readonly text: string;
}

/** Positive numbers whose largest is at least this multiple of the smallest get a logarithmic axis. */
const WIDE = 30;
const MAX_FEW = 6;

/** The columns whose numbers are times, with the axis of charts that has such numbers. */
const TIMES: ReadonlyMap<string, Axis> = new Map([
  ['started', 'time'],
  ['duration', 'elapsed'],
]);

/** @param count Number of ticks that there is room for, about. */
export function columnScale(column: Column, runs: readonly RunInfo[], count: number): ColumnScale {
  const cells = runs.flatMap((run) => column.cell(run) ?? []);
  const numbers = cells.flatMap(({ value }) => (typeof value === 'number' ? [value] : []));
  const finite = numbers.filter(Number.isFinite);
  if (numbers.length < cells.length || finite.length === 0) return textScale(column, cells, count);
  const [min, max] = [Math.min(...finite), Math.max(...finite)];
  const isLogarithmic = min > 0 && max / min >= WIDE;
  const scale = valueScale(min, max, isLogarithmic, count);
  // A few chosen values are better ticks than round numbers between them.
  const values = [...new Set(finite)].sort((a, b) => a - b);
  const isFew = column.kind === 'parameter' && values.length <= MAX_FEW;
  const axis = TIMES.get(column.id);
  const ticks =
    axis === undefined || isLogarithmic
      ? scale.ticks
      : axisTicks(axis, scale.min, scale.max, count);
  const texts = formatTicks(axis ?? 'value', ticks);
  return {
    column,
    isLogarithmic,
    place: (run) => {
      const value = column.cell(run)?.value;
      if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
      return scale.place(value);
    },
    ticks: isFew
      ? values.map((value) => ({ place: scale.place(value), text: numberText(value) }))
      : ticks.map((tick, i) => ({ place: scale.place(tick), text: texts[i] ?? '' })),
  };
}

/** Each text has a place of its own. */
function textScale(
  column: Column,
  cells: readonly { readonly text: string }[],
  count: number,
): ColumnScale {
  const texts = [...new Set(cells.map(({ text }) => text))].sort(compareNames);
  const places = new Map(texts.map((text, i) => [text, (i + 0.5) / texts.length]));
  const every = Math.ceil(texts.length / Math.max(count * 2, 1));
  return {
    column,
    isLogarithmic: false,
    place: (run) => {
      const cell = column.cell(run);
      return cell && places.get(cell.text);
    },
    ticks: texts
      .filter((_, i) => i % every === 0)
      .map((text) => ({ place: places.get(text) ?? 0, text })),
  };
}

/** The ticks that have room on an axis of this length in pixels. */
export function roomy(ticks: readonly Tick[], pixels: number): Tick[] {
  const kept: Tick[] = [];
  for (const tick of ticks) {
    const before = kept.at(-1);
    if (before === undefined || (tick.place - before.place) * pixels >= LINE) kept.push(tick);
  }
  return kept;
}

const LINE = 14;
const MAX_LABEL = 110;

/** The texts of an axis, shortened to fit beside it: what tells them apart stays. */
export function fitting(texts: readonly string[], most = MAX_LABEL): string[] {
  const cut = texts.map((text) => middleCut(text, most, textWidth));
  if (new Set(cut).size === new Set(texts).size) return cut;
  const common = commonWords(texts);
  return texts.map((text) => labelCut(text, common, most, textWidth));
}
