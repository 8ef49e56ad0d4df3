export { Backend, type FlushOptions, Verbosity } from './backend.js';
export {
  DLLoggerAlreadyInitialized,
  DLLoggerError,
  type DLLoggerErrorCode,
  DLLoggerNotInitialized,
} from './base/errors.js';
export { close, flush, globalLogger, init, log, metadata, stats } from './dllogger.js';
export { JSONStreamBackend, type JSONStreamBackendOptions } from './json-stream-backend.js';
export { Logger, type LoggerLike } from './logger.js';
export { type Rank, rank } from './rank.js';
export { Float, float } from './record/float.js';
export { Timestamp } from './record/timestamp.js';
export type {
  Data,
  Loggable,
  LoggableData,
  LoggableMetadata,
  Metadata,
  MetricValue,
  PlainStep,
  Step,
} from './record/types.js';
export { type Recovery, recover } from './recover.js';
export { implementation } from './sink/native.js';
export type { LoggerStats, LogStats } from './sink/stats.js';
export {
  defaultMetricFormat,
  defaultPrefixFormat,
  defaultStepFormat,
  StdOutBackend,
  type StdOutBackendOptions,
} from './stdout-backend.js';
export { format, repr, stepFormatter, str } from './text.js';
