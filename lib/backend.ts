import type { Timestamp } from './record/timestamp.js';
import type { Data, Metadata, Step } from './record/types.js';
import type { RecordSink } from './sink/sink.js';
import type { LogStats } from './sink/stats.js';

/**
 * How much a record matters. A backend gets the records whose verbosity is at most its own; any
 * integer will do. Python: `Verbosity`.
 */
export const Verbosity = {
  /** A backend that gets no record. */
  OFF: -1,
  /** What a user should see, such as the summary of an epoch. */
  DEFAULT: 0,
  /** Every iteration. */
  VERBOSE: 1,
} as const;

/** A verbosity: a named one, or any other integer. */
export type Verbosity = number;

/** @internal Where a backend keeps the sink that takes records without a Timestamp. */
export const SINK: unique symbol = Symbol('sink');
/** @internal The `log` and `metadata` that only hand the record to that sink. */
export const SINK_LOG: unique symbol = Symbol('sink log');
/** @internal */
export const SINK_METADATA: unique symbol = Symbol('sink metadata');

/** @internal Marks backends whose log() and metadata() are this package's, and take `Float` objects. */
export const TAKES_FLOATS: unique symbol = Symbol('takesFloats');

/** Options of `flush()`. */
export interface FlushOptions {
  /** Wait until the records are on the device, not only with the operating system. */
  readonly sync?: boolean | undefined;
}

/**
 * Where records go. Subclass it to send them somewhere else.
 *
 * Python: `Backend`, with the same names and the same order of arguments.
 */
export abstract class Backend {
  /** Records up to this verbosity arrive here. */
  readonly verbosity: number;

  /** @internal */
  [SINK]: RecordSink | undefined = undefined;
  /** @internal */
  [SINK_LOG]: Backend['log'] | undefined = undefined;
  /** @internal */
  [SINK_METADATA]: Backend['metadata'] | undefined = undefined;
  /** @internal */
  [TAKES_FLOATS] = false;

  /**
   * @param verbosity a `Verbosity`, or any integer.
   * @throws TypeError when the verbosity is not an integer.
   */
  constructor(verbosity: number) {
    if (!Number.isInteger(verbosity)) {
      throw new TypeError(
        `the verbosity of a backend is an integer such as Verbosity.DEFAULT, not ${String(verbosity)}`,
      );
    }
    this.verbosity = verbosity;
  }

  /**
   * Takes a record. Step and data are the caller's own objects, unchecked: copy what you keep. Numbers that
   * `float()` marked are plain numbers here. If a subclass passes the same step and data to `super.log()` of a
   * backend of this package, the marks are kept.
   *
   * @param timestamp when the record was logged; one object for all backends of a call.
   * @param elapsedtime seconds since the logger was made, by a clock that never steps.
   */
  abstract log(timestamp: Timestamp, elapsedtime: number, step: Step, data: Data): void;

  /** Takes what is known about a metric; arguments as in `log`. */
  abstract metadata(
    timestamp: Timestamp,
    elapsedtime: number,
    metric: string,
    metadata: Metadata,
  ): void;

  /** Returns when nothing is buffered any more. */
  flush(_options?: FlushOptions): void {}

  /** What the backend has done so far; undefined for a backend that does not count. */
  stats(): LogStats | undefined {
    return undefined;
  }

  /** Flushes and gives back what the backend holds. Calling it again does nothing. */
  close(): void {}

  /** `using backend = ...` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }
}
