/** What a chart's x axis counts. */
export const AXES = ['step', 'epoch', 'time', 'elapsed'] as const;
export type Axis = (typeof AXES)[number];

/** What is written under the axis. */
export const AXIS_TITLES: Readonly<Record<Axis, string>> = {
  step: 'step',
  epoch: 'epoch',
  time: 'time',
  elapsed: 'elapsed time',
};

/** Which depth of steps an axis shows first: epoch summaries on the epoch axis, else iterations. */
const DEPTH_ORDER: Readonly<Record<Axis, readonly number[]>> = {
  step: [2, 1, 3],
  epoch: [1, 2, 3],
  time: [2, 1, 3],
  elapsed: [2, 1, 3],
};

/** The series of a metric that an axis shows: the one whose depth suits the axis best, never a mixture. */
export function seriesOn<S extends { readonly depth: number }>(
  axis: Axis,
  series: readonly S[] = [],
): S | undefined {
  const rank = ({ depth }: S) => {
    if (depth === 0) return Number.POSITIVE_INFINITY;
    const place = DEPTH_ORDER[axis].indexOf(depth);
    return place < 0 ? depth : place;
  };
  let best: S | undefined;
  for (const one of series) if (best === undefined || rank(one) < rank(best)) best = one;
  return best;
}
