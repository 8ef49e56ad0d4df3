/**
 * What became of a run:
 *
 * - `running`: its log grows, or pauses no longer than it did before
 * - `finished`: the results of the whole run (step `[]`) are the last numbers in its log
 * - `killed`: records that it logged are not in the log but in its ring, or its log ends in half a record
 * - `stale`: its log does not grow any more, and nothing in it tells why
 */
export type Fate = 'running' | 'finished' | 'killed' | 'stale';

/** What a run's records tell about its end. */
export interface RunEnd {
  /** Whether the results of the whole run came last. */
  readonly endsInResults: boolean;
  /** The longest time between two records, in seconds. */
  readonly longestPause: number;
}

/** What its log tells. */
export interface LogEnd {
  /** Seconds since the log changed; NaN where nobody knows. */
  readonly silence: number;
  /** Records that are not in the log, but in the ring of a run that died. */
  readonly ringRecords: number;
  /** Whether the log ends in the beginning of a record. */
  readonly isUnfinished: boolean;
  /** Whether the run is the last in its log. */
  readonly isLast: boolean;
}

/** A run that is silent for no longer than this, in seconds, is running. */
const SHORT_SILENCE = 60;
/** One that is silent for longer is not, however long it paused before: it may have been resumed after days. */
const LONG_SILENCE = 3600;
/** Pauses are of about the same length: between two evaluations, say. */
const PAUSES = 2;

export function fateOf(run: RunEnd, log: LogEnd): Fate {
  const { silence, isLast } = log;
  // A run that is writing a record has written half of it for a moment.
  const isCut = log.ringRecords > 0 || (log.isUnfinished && !(silence <= SHORT_SILENCE));
  if (isCut && isLast) return 'killed';
  if (run.endsInResults) return 'finished';
  const patience = Math.min(Math.max(PAUSES * run.longestPause, SHORT_SILENCE), LONG_SILENCE);
  return isLast && silence <= patience ? 'running' : 'stale';
}
