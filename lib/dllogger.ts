/** The one logger that a whole program shares. Python: the functions of the module `dllogger`. */
import { type Backend, type FlushOptions, Verbosity } from './backend.js';
import { DLLoggerAlreadyInitialized, DLLoggerNotInitialized } from './base/errors.js';
import { Logger } from './logger.js';
import type { Data, LoggableData, Metadata, Step } from './record/types.js';
import type { LoggerStats } from './sink/stats.js';

let globalLogger: Logger | undefined;

function get(call: string): Logger {
  if (globalLogger === undefined) throw new DLLoggerNotInitialized(call);
  return globalLogger;
}

/**
 * Starts logging: call it once, before anything is logged. Python: `init(backends=...)`.
 *
 * @param backends where records go; `[]` for every rank but 0.
 * @throws DLLoggerAlreadyInitialized on a second call without `close()` between them.
 */
export function init(backends: readonly Backend[]): void {
  if (globalLogger !== undefined) throw new DLLoggerAlreadyInitialized();
  globalLogger = new Logger(backends);
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
export function log<const D extends object>(
  step: Step,
  data: D & LoggableData<D>,
  verbosity: number = Verbosity.DEFAULT,
): void {
  get('log').log(step, data as Data, verbosity);
}

/**
 * Tells what is known about a metric: `unit`, `format`, `GOAL`, `STAGE`. Python: `metadata`.
 *
 * @throws DLLoggerNotInitialized before `init()`; otherwise as `Logger.metadata`.
 */
export function metadata(metric: string, metadata: Metadata): void {
  get('metadata').metadata(metric, metadata);
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
  globalLogger?.close();
  globalLogger = undefined;
}
