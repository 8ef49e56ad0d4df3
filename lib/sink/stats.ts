/** What a backend, or a logger, has done so far. */
import type { DLLoggerError } from '../base/errors.js';

/** What has happened to the records of one log. */
export interface LogStats {
  /** Records taken: written, or waiting to be. */
  readonly records: number;
  /** Of them, those that wait in memory. */
  readonly unsaved: number;
  /** Bytes written. */
  readonly bytes: number;
  /** How often `log()` had to wait, because the disk was slower than the records came. */
  readonly waits: number;
  /** Records that were not taken, because writing failed and memory for what waits was full. */
  readonly dropped: number;
  /** The latest fault of the file, also when it has healed. */
  readonly lastError: DLLoggerError | undefined;
  /** Whether records survive whatever ends the process, `kill -9` included. */
  readonly crashSafe: boolean;
  /** Why they do not, where they do not. */
  readonly notCrashSafe: string | undefined;
  /** The file that keeps what is not yet written, beside the log or in shared memory; undefined without. */
  readonly ring?: string | undefined;
  /**
   * Whether other processes may append to the log meanwhile. Not where its file system has no locks, and not
   * with the TypeScript implementation: there a log is for one process.
   */
  readonly hasLocks?: boolean | undefined;
}

/** The sums over a logger's backends, and each of those that count, in their order. */
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
