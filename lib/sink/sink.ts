import type { LogStats } from './stats.js';

/** What stands behind JSONStreamBackend: records in, lines in a file out. */
export interface RecordSink {
  /**
   * Takes a record, and has `clock.times` tell its times, whatever its own code has logged meanwhile;
   * of one that is dropped those that were given.
   *
   * @param wall microseconds since 1970 UTC; `UNSTAMPED` has it stamped here, as late as may be.
   * @param elapsed microseconds since the logger was made; of a record without a stamp, its start.
   * @throws TypeError for what cannot be logged; nothing of the record is in the file then.
   * @throws DLLoggerError after `close()`.
   */
  log(step: unknown, data: object, wall: number, elapsed: number): void;
  /** As `log`. */
  metadata(metric: string, metadata: object, wall: number, elapsed: number): void;
  /**
   * Returns when all records so far are with the operating system; with `sync`, on the device.
   *
   * @throws DLLoggerError while they cannot be written.
   */
  flush(sync: boolean): void;
  /** Goes on in the file that the path leads to now. */
  reopen(): void;
  stats(): LogStats;
  /**
   * Flushes and closes. After an error the sink is still open and may be closed again; closing a
   * closed one does nothing.
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
