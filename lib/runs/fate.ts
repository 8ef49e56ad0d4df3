/**
 * What became of a run:
 *
 * - `running`: the log grows, or its present pause is not unusual for the run
 * - `finished`: the results of the whole run (step `[]`) are the last numbers in the log
 * - `killed`: some of the run's records are in the ring and not in the log, or the log ends in half a record
 * - `stale`: the log no longer grows, and nothing in the log tells why
 */
export type Fate = 'running' | 'finished' | 'killed' | 'stale';

/** What a run's records tell about its end. */
interface RunEnd {
  /** Whether the results of the whole run came last. */
  readonly endsInResults: boolean;
  /** The longest time between two records, in seconds. */
  readonly longestPause: number;
}

/** What the run's log tells. */
export interface LogEnd {
  /** Seconds since the log changed; NaN when unknown. */
  readonly silence: number;
  /** Records that are not in the log, but in the ring of a run that died. */
  readonly ringRecords: number;
  /** Whether the log ends in half a record. */
  readonly isUnfinished: boolean;
  /** Whether the run is the last in its log. */
  readonly isLast: boolean;
}

/** Silence, in seconds, up to which a run counts as running. */
const SHORT_SILENCE = 60;
/** Longest silence of a running run, in seconds, even if the run was once resumed after days. */
const LONG_SILENCE = 3600;
/** Multiple of the longest pause that a run may be silent for: pauses are about equally long. */
const PAUSES = 2;

export function fateOf(run: RunEnd, log: LogEnd): Fate {
  const { silence, isLast } = log;
  // While a run writes a record, the log ends in half a record for a moment.
  const isCut = log.ringRecords > 0 || (log.isUnfinished && !(silence <= SHORT_SILENCE));
  if (isCut && isLast) return 'killed';
  if (run.endsInResults) return 'finished';
  const patience = Math.min(Math.max(PAUSES * run.longestPause, SHORT_SILENCE), LONG_SILENCE);
  return isLast && silence <= patience ? 'running' : 'stale';
}
