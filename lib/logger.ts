import {
  Backend,
  type FlushOptions,
  SINK,
  SINK_LOG,
  SINK_METADATA,
  TAKES_FLOATS,
  Verbosity,
} from './backend.js';
import { describe } from './base/describe.js';
import { DLLoggerError } from './base/errors.js';
import { withNumbers } from './record/plain-numbers.js';
import { notNamed } from './record/refusal.js';
import { Timestamp } from './record/timestamp.js';
import type { Data, LoggableData, LoggableMetadata, Metadata, Step } from './record/types.js';
import { resolveMetadata } from './record/value.js';
import { ELAPSED, stamp, times, UNSTAMPED, WALL } from './sink/clock.js';
import { type LoggerStats, type LogStats, sumStats } from './sink/stats.js';

const { VERBOSE } = Verbosity;

/**
 * The interface that a `Logger` and the module itself share: for code that logs with either. Python has no
 * counterpart.
 *
 *     function train(logger: LoggerLike = DLLogger) { ... }
 */
export interface LoggerLike {
  /** As `Logger.log`; the default verbosity is that of the logger, or of the module. */
  log(step: Step, data: Data, verbosity?: Verbosity): void;
  /** As `Logger.metadata`. */
  metadata(metric: string, metadata: Metadata): void;
  /** As `Logger.flush`. */
  flush(options?: FlushOptions): void;
  /** As `Logger.close`. */
  close(): void;
}

/** `D` when any metric name is allowed. Unchanged, so that a caller's own generic code compiles. */
type Plain<M extends string, D> = string extends M ? D : never;

/**
 * Stamps records and hands them to backends.
 *
 * `M`, if given, names the metrics: `Logger<'loss' | 'lr'>` compiles only with these. Python: `Logger`.
 */
export class Logger<M extends string = string> {
  /** Where records go, in this order: the array that the constructor got. May be changed at any time. */
  backends: Backend[];
  readonly #start: number;
  #isClosed = false;

  /**
   * @param backends where records go; `[]` is a logger that does nothing. The logger keeps this very
   *   array, as Python does: a backend that is pushed to it later gets the records from then on.
   * @throws TypeError when `backends` is not an array of backends.
   */
  constructor(backends: readonly Backend[]) {
    checkBackends(backends);
    this.backends = backends as Backend[];
    stamp(UNSTAMPED, 0);
    this.#start = times[ELAPSED] ?? 0;
  }

  /**
   * Logs the values of metrics at a step.
   *
   * Every backend of at least this verbosity gets the record, even where one of them throws.
   *
   * @param step where training is: `[epoch, iteration]`, `[epoch]`, `[]` for the summary.
   * @param data values by metric: numbers, strings, booleans, null, and nested arrays and objects.
   * @param verbosity by default `Verbosity.VERBOSE`, as Python's method (the module's function
   *   has `Verbosity.DEFAULT`).
   * @throws TypeError for what cannot be logged, naming it. No backend of this package writes anything of
   *   the record then; a backend of your own gets it unchecked.
   * @throws DLLoggerError with code `ERR_DLLOGGER_CLOSED` after `close()`.
   * @throws AggregateError when several backends threw different errors.
   */
  log<D extends object, const S extends Step>(
    step: S,
    data: Plain<M, Data> | LoggableData<D, [S] extends [string] ? string : M>,
    verbosity: Verbosity = VERBOSE,
  ): void {
    if (
      this.#isClosed ||
      typeof verbosity !== 'number' ||
      step === undefined ||
      data === null ||
      typeof data !== 'object'
    ) {
      this.#refuse(step, data, verbosity);
    }
    const { backends } = this;
    // The first backend that takes the record stamps it; until then `elapsed` is the logger's start.
    let wall = UNSTAMPED;
    let elapsed = this.#start;
    let timestamp: Timestamp | undefined;
    let errors: unknown[] | undefined;
    // By index, which is cheaper than an iterator and, like for-of, sees backends that a backend adds.
    for (let i = 0; i < backends.length; i++) {
      const backend = backends[i];
      if (backend === undefined || !(backend.verbosity >= verbosity)) continue;
      try {
        // The sink is looked up for each record: a subclass may override log() by a class field, and a program may
        // replace it on the instance at any time.
        const sink = backend.log === backend[SINK_LOG] ? backend[SINK] : undefined;
        if (sink !== undefined) {
          sink.log(step, data, wall, elapsed);
          // No backend is left that needs the same stamp.
          if (i === backends.length - 1) break;
        } else {
          stamp(wall, elapsed);
          timestamp ??= new Timestamp(times[WALL] ?? 0);
        }
        // Copied, because a backend's own code may log another record.
        wall = times[WALL] ?? 0;
        elapsed = times[ELAPSED] ?? 0;
        if (sink === undefined && timestamp !== undefined) {
          const isOurs = backend[TAKES_FLOATS];
          backend.log(
            timestamp,
            elapsed / 1e6,
            isOurs ? step : withNumbers<Step>(step),
            isOurs ? (data as Data) : withNumbers<Data>(data as Data),
          );
        }
      } catch (error) {
        errors ??= [];
        errors.push(error);
      }
    }
    if (errors !== undefined) throwAll(errors);
  }

  /**
   * Tells what is known about a metric. Goes to every backend, whatever its verbosity.
   *
   * @param metadata `unit`, `format` (the inside of a Python replacement field, `':.3f'`), `GOAL`, `STAGE`, and any
   *   other names.
   * @throws as `log`.
   */
  metadata<D extends object>(metric: M, metadata: Metadata | LoggableMetadata<D>): void {
    if (typeof metric !== 'string') {
      throw new TypeError(`the name of a metric is a string, not ${describe(metric)}`);
    }
    if (this.#isClosed) throw closedError();
    if (typeof metadata !== 'object' || metadata === null) resolveMetadata(metadata);
    stamp(UNSTAMPED, this.#start);
    const wall = times[WALL] ?? 0;
    const elapsed = times[ELAPSED] ?? 0;
    const timestamp = new Timestamp(wall);
    this.#forEachBackend((backend) => {
      const sink = backend.metadata === backend[SINK_METADATA] ? backend[SINK] : undefined;
      if (sink !== undefined) sink.metadata(metric, metadata, wall, elapsed);
      else {
        const given = metadata as Metadata;
        const taken = backend[TAKES_FLOATS] ? given : withNumbers(given);
        backend.metadata(timestamp, elapsed / 1e6, metric, taken);
      }
    });
  }

  /**
   * Returns when every record so far has been handed to the operating system; with
   * `{ sync: true }`, when it is on the device.
   *
   * @throws DLLoggerError when a backend cannot write.
   */
  flush(options?: FlushOptions): void {
    this.#forEachBackend((backend) => backend.flush(options));
  }

  /** What the backends have done so far: their sums, and each backend alone. */
  stats(): LoggerStats {
    const counted: LogStats[] = [];
    for (const backend of this.backends) {
      const stats = backend.stats();
      if (stats !== undefined) counted.push(stats);
    }
    return sumStats(counted);
  }

  /**
   * Flushes and closes every backend. Calling it again does nothing. Not needed for the records:
   * they are saved at any end of the process.
   *
   * @throws DLLoggerError when a backend cannot write; it stays open, and `close()` may be called
   *   again.
   */
  close(): void {
    this.#forEachBackend((backend) => backend.close());
    this.#isClosed = true;
  }

  /** `using logger = ...` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #refuse(step: unknown, data: unknown, verbosity: unknown): never {
    if (this.#isClosed) throw closedError();
    if (typeof verbosity !== 'number') {
      throw new TypeError(`the verbosity of a record is a number, not ${describe(verbosity)}`);
    }
    if (step === undefined) {
      throw new TypeError(
        'the step is undefined: log(step, data) takes a step such as [epoch, iteration]',
      );
    }
    throw wrongData(step, data);
  }

  /** Calls `action` for every backend, even if some calls throw. */
  #forEachBackend(action: (backend: Backend) => void): void {
    const errors: unknown[] = [];
    for (const backend of this.backends) {
      try {
        action(backend);
      } catch (error) {
        errors.push(error);
      }
    }
    throwAll(errors);
  }
}

/** Throws the single error, or all errors together; several backends often refuse a value with the same words. */
function throwAll(errors: readonly unknown[]): void {
  const messages = errors.map((error) => (error instanceof Error ? error.message : String(error)));
  if (new Set(messages).size > 1) {
    throw new AggregateError(errors, `${errors.length} backends failed: ${messages.join('; ')}`);
  }
  if (errors.length > 0) throw errors[0];
}

/** The error for a call whose data is not an object, worded for the call that was most likely meant. */
function wrongData(step: unknown, data: unknown): TypeError {
  const order = 'the arguments are log(step, data, verbosity)';
  if (data === undefined && typeof step === 'string') {
    return new TypeError(
      `data is undefined: ${order}; text is logged under a name, log('NOTE', { text: '...' })`,
    );
  }
  if (data === undefined && typeof step === 'object' && !Array.isArray(step)) {
    return new TypeError(
      `the step is missing: ${order}, such as log([epoch, iteration], { loss: 0.5 }); a summary has the step []`,
    );
  }
  const error = notNamed(data, 'data');
  if (typeof step === 'string') {
    error.message += `: ${order}, such as log([epoch, iteration], { loss: 0.5 })`;
  }
  return error;
}

function closedError(): DLLoggerError {
  return new DLLoggerError(
    'ERR_DLLOGGER_CLOSED',
    'this logger is closed: make a new Logger, or call init() again after DLLogger.close()',
  );
}

function checkBackends(backends: unknown): void {
  if (!Array.isArray(backends)) {
    throw new TypeError(
      backends instanceof Backend
        ? `a logger takes an array of backends: [new ${backends.constructor.name}(...)]`
        : `a logger takes an array of backends, not ${describe(backends)}`,
    );
  }
  for (const [index, backend] of backends.entries()) {
    if (!(backend instanceof Backend)) {
      const isClass = typeof backend === 'function' && backend.prototype instanceof Backend;
      throw new TypeError(
        `backends[${index}] is ${describe(backend)}, not a Backend: ${
          isClass
            ? 'did you forget new?'
            : 'use StdOutBackend, JSONStreamBackend, or a class of yours that extends Backend'
        }`,
      );
    }
  }
}
