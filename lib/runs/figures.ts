/** The figures of a metric by which runs are compared. */

export interface MetricFigures {
  readonly metric: string;
  /** The value of the whole run, else of the last epoch, else the last value. */
  readonly last: number;
  /** The least and the largest value, of epochs where there are any; NaN where all values are NaN. */
  readonly min: number;
  readonly max: number;
}

/** The numbers of a metric at steps of one depth. */
interface Level {
  readonly depth: number;
  readonly last: number;
  readonly min: number;
  readonly max: number;
}

/**
 * @param levels One for each depth of steps: 1 component, 2 ...; depth 0 stands for named steps.
 * @param result The value of the whole run.
 */
export function figuresOf(
  metric: string,
  levels: readonly Level[],
  result: number | undefined,
): MetricFigures {
  const rank = ({ depth }: Level) => (depth === 0 ? Number.POSITIVE_INFINITY : depth);
  const sorted = [...levels].sort((a, b) => rank(a) - rank(b));
  const last = result ?? sorted[0]?.last ?? Number.NaN;
  const only = { depth: 0, last, min: last, max: last };
  const numbered = sorted.find(({ depth, min }) => depth > 0 && !Number.isNaN(min));
  const { min, max } = numbered ?? (result === undefined ? (sorted[0] ?? only) : only);
  return { metric, last, min, max };
}
