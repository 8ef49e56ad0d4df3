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
export const DEPTH_ORDER: Readonly<Record<Axis, readonly number[]>> = {
  step: [2, 1, 3, 0],
  epoch: [1, 2, 3, 0],
  time: [2, 1, 3, 0],
  elapsed: [2, 1, 3, 0],
};
