/** Counts and tells the values that a chart cannot show: a chart that drops values in silence lies. */
import { AXIS_TITLES, type Axis } from './axis.js';
import { formatCount } from './format.js';

/** How many of a curve's values cannot be drawn. */
export interface Undrawn {
  /** NaN or infinite. */
  readonly notFinite: number;
  /** Finite and not above 0: without a place on a logarithmic y axis. */
  readonly notPositive: number;
  /** Without a place on the x axis. */
  readonly unplaced: number;
}

/** The note on a chart that cannot have the logarithmic axis asked for. */
export const NOTHING_POSITIVE = 'nothing above 0: linear';

/** Counts of a series' values, drawn or not. */
export interface SeriesCounts extends Undrawn {
  /** Number of values. */
  readonly length: number;
}

/** The counts of a metric that a run does not have. */
export const NO_COUNTS: SeriesCounts = { length: 0, notFinite: 0, notPositive: 0, unplaced: 0 };

/** Whether a series has values that a logarithmic axis can show. */
export function hasPositive({ length, notFinite, notPositive }: SeriesCounts): boolean {
  return length > notFinite + notPositive;
}

/** The note on a chart's runs whose last value is NaN or infinite. */
export function divergedText(diverged: number, runs: number): string[] {
  if (diverged === 0) return [];
  return [runs === 1 ? 'diverged' : `${formatCount(diverged)} of ${formatCount(runs)} diverged`];
}

/** The notes on the values that a chart does not show: `286 NaN or infinite`. */
export function undrawnTexts(
  curves: readonly Undrawn[],
  axis: Axis,
  logarithmic: boolean,
): string[] {
  let [notFinite, notPositive, unplaced] = [0, 0, 0];
  for (const curve of curves) {
    notFinite += curve.notFinite;
    notPositive += curve.notPositive;
    unplaced += curve.unplaced;
  }
  const texts: string[] = [];
  if (notFinite > 0) texts.push(`${formatCount(notFinite)} NaN or infinite`);
  if (logarithmic && notPositive > 0) texts.push(`${formatCount(notPositive)} not above 0`);
  if (unplaced > 0) texts.push(`${formatCount(unplaced)} without ${AXIS_TITLES[axis]}`);
  return texts;
}
