import type { LogStats } from './stats.js';

/** The implementation behind JSONStreamBackend: records in, lines in a file out. */
export interface RecordSink {
  /**
   * Takes a record, and leaves its times in `clock.times`, whatever its own code has logged meanwhile. A dropped
   * record leaves the times that were given.
   *
   * @param wall microseconds since 1970 UTC; with `UNSTAMPED` the sink stamps the record, as late as possible.
   * @param elapsed microseconds since the logger was made; for a record without a stamp, when the logger was made.
   * @throws TypeError for what cannot be logged; nothing of the record is in the file then.
   * @throws DLLoggerError after `close()`.
   */
  log(step: unknown, data: object, wall: number, elapsed: number): void;
  /** As `log`. */
  metadata(metric: string, metadata: object, wall: number, elapsed: number): void;
  /**
   * Returns when the operating system has all records so far; with `sync`, when the device has them.
   *
   * @throws DLLoggerError while they cannot be written.
   */
  flush(sync: boolean): void;
  /** Continues in the file that the path leads to now. */
  reopen(): void;
  stats(): LogStats;
  /**
   * Flushes and closes. After an error the sink is still open and may be closed again; closing a closed sink does
   * nothing.
   */
  close(): void;
}

export interface RecordSinkOptions {
  /** Absolute. */
  readonly path: string;
  readonly append: boolean;
  readonly nonFinite: 'literal' | 'null';
  /** Metrics whose whole numbers are floats. */
  readonly floats?: ReadonlySet<string> | undefined;
  readonly crashSafe: boolean;
}
