/** What a chart cannot show is counted and told: a chart that drops values in silence lies. */
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

/** Said of a chart that was to be logarithmic and cannot be. */
export const NOTHING_POSITIVE = 'nothing above 0: linear';

/** What there is in a series, drawn or not. */
export interface SeriesCounts extends Undrawn {
  /** How many values there are. */
  readonly length: number;
}

/** What there is of a metric that a run does not have. */
export const NO_COUNTS: SeriesCounts = { length: 0, notFinite: 0, notPositive: 0, unplaced: 0 };

/** Whether a logarithmic axis has something to show of a series. */
export function hasPositive({ length, notFinite, notPositive }: SeriesCounts): boolean {
  return length > notFinite + notPositive;
}

/** What there is to say about runs whose values end in NaN or infinity, of so many in a chart. */
export function divergedText(diverged: number, runs: number): string[] {
  if (diverged === 0) return [];
  return [runs === 1 ? 'diverged' : `${formatCount(diverged)} of ${formatCount(runs)} diverged`];
}

/** What there is to say about the values that a chart does not show: `286 NaN or infinite`. */
export function undrawnTexts(
  curves: readonly Undrawn[],
  axis: Axis,
  logarithmic: boolean,
): string[] {
  const sum = (count: (curve: Undrawn) => number) =>
    curves.reduce((total, curve) => total + count(curve), 0);
  const counts = [
    [sum(({ notFinite }) => notFinite), 'NaN or infinite'],
    [logarithmic ? sum(({ notPositive }) => notPositive) : 0, 'not above 0'],
    [sum(({ unplaced }) => unplaced), `without ${AXIS_TITLES[axis]}`],
  ] as const;
  return counts.flatMap(([count, text]) => (count > 0 ? [`${formatCount(count)} ${text}`] : []));
}
