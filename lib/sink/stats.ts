/** What a backend, or a logger, has done so far. */
import type { DLLoggerError } from '../base/errors.js';

/** What has happened to the records of one log. */
export interface LogStats {
  /** Records taken: written, or waiting to be written. */
  readonly records: number;
  /** Records that wait in memory; counted in `records`, too. */
  readonly unsaved: number;
  /** Bytes written. */
  readonly bytes: number;
  /** How often `log()` had to wait, because the disk was slower than the records came. */
  readonly waits: number;
  /** Records that were not taken, because writing failed and the memory for waiting records was full. */
  readonly dropped: number;
  /** The latest fault of the file, also after writing has succeeded again. */
  readonly lastError: DLLoggerError | undefined;
  /** Whether records survive every end of the process, `kill -9` included. */
  readonly crashSafe: boolean;
  /** Why records may be lost by a kill; undefined where none can be. */
  readonly notCrashSafe: string | undefined;
  /** The file that keeps unwritten records, beside the log or in shared memory; undefined where there is none. */
  readonly ring?: string | undefined;
  /**
   * Whether other processes may append to the log at the same time. False where its file system has no locks, and
   * with the TypeScript implementation.
   */
  readonly hasLocks?: boolean | undefined;
}

/** The sums over a logger's backends, and the counts of each backend that has some, in their order. */
export interface LoggerStats extends LogStats {
  /** The counts of each backend that counts. */
  readonly backends: readonly LogStats[];
}

/** Sums up backends; a record counts once for each. */
export function sumStats(backends: readonly LogStats[]): LoggerStats {
  const sum = (count: (stats: LogStats) => number) =>
    backends.reduce((total, stats) => total + count(stats), 0);
  const unsafe = backends.find((stats) => !stats.crashSafe);
  return {
    records: sum((stats) => stats.records),
    unsaved: sum((stats) => stats.unsaved),
    bytes: sum((stats) => stats.bytes),
    waits: sum((stats) => stats.waits),
    dropped: sum((stats) => stats.dropped),
    lastError: backends.findLast((stats) => stats.lastError !== undefined)?.lastError,
    crashSafe: unsafe === undefined,
    notCrashSafe: unsafe?.notCrashSafe,
    backends,
  };
}
