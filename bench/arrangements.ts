/** How the logs that bench/merge.ts merges differ. */
export const ARRANGEMENTS = [
  'alike',
  'one rank lacks every second step',
  'each rank lacks other steps',
  'one rank has one metric more',
  'the first rank has metrics of its own',
  'one rank has a record more at each step',
  'two records at each step, the second of every second rank',
  'a step that never changes',
] as const;

export type Arrangement = (typeof ARRANGEMENTS)[number];
