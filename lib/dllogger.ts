/** The one logger that a whole program shares. Python: the functions of the module `dllogger`. */
import { type Backend, type FlushOptions, Verbosity } from './backend.js';
import { DLLoggerAlreadyInitialized, DLLoggerNotInitialized } from './base/errors.js';
import { Logger } from './logger.js';
import type { Data, LoggableData, LoggableMetadata, Metadata, Step } from './record/types.js';
import type { LoggerStats } from './sink/stats.js';

let current: Logger | undefined;

function get(call: string): Logger {
  if (current === undefined) throw new DLLoggerNotInitialized(call);
  return current;
}

/**
 * Starts logging: call it once, before anything is logged. Python: `init(backends=...)`.
 *
 * @param backends where records go; `[]` for every rank but 0. The logger keeps this very array, as
 *   Python does: a backend that is pushed to it later gets the records from then on.
 * @throws DLLoggerAlreadyInitialized on a second call without `close()` between them.
 */
export function init(backends: readonly Backend[]): void {
  if (current !== undefined) throw new DLLoggerAlreadyInitialized();
  current = new Logger(backends);
}

/**
 * The logger that `init()` made, for instance to walk its backends. Python: `GLOBAL_LOGGER`.
 *
 *     for (const backend of DLLogger.globalLogger().backends) backend.flush();
 *
 * @throws DLLoggerNotInitialized before `init()`.
 */
export function globalLogger(): Logger {
  return get('globalLogger');
}

/**
 * Logs the values of metrics at a step. Python: `log(step=, data=, verbosity=)`.
 *
 * @param step where training is: `[epoch, iteration]`, `[epoch]`, `[]` for the summary,
 *   `'PARAMETER'` for the parameters of the run.
 * @param data values by metric.
 * @param verbosity by default `Verbosity.DEFAULT`.
 * @throws DLLoggerNotInitialized before `init()`; otherwise as `Logger.log`.
 */
export function log<D extends object>(
  step: Step,
  data: Data | LoggableData<D>,
  verbosity: Verbosity = Verbosity.DEFAULT,
): void {
  get('log').log(step, data as Data, verbosity);
}

/**
 * Tells what is known about a metric: `unit`, `format`, `GOAL`, `STAGE`. Python: `metadata`.
 *
 * @throws DLLoggerNotInitialized before `init()`; otherwise as `Logger.metadata`.
 */
export function metadata<D extends object>(
  metric: string,
  metadata: Metadata | LoggableMetadata<D>,
): void {
  get('metadata').metadata(metric, metadata as Metadata);
}

/**
 * Returns when every record so far has been handed to the operating system; with
 * `{ sync: true }`, when it is on the device. Python: `flush`.
 *
 * @throws DLLoggerNotInitialized before `init()`, DLLoggerError when a backend cannot write.
 */
export function flush(options?: FlushOptions): void {
  get('flush').flush(options);
}

/**
 * What the backends have done so far: records, bytes, waits, drops, the last error, and whether
 * records survive a kill.
 *
 * @throws DLLoggerNotInitialized before `init()`.
 */
export function stats(): LoggerStats {
  return get('stats').stats();
}

/**
 * Flushes and closes every backend; `init()` may be called again then. Does nothing before
 * `init()`. Not needed for the records: they are saved at any end of the process.
 *
 * @throws DLLoggerError when a backend cannot write; `close()` may be called again.
 */
export function close(): void {
  current?.close();
  current = undefined;
}
