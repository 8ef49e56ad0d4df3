export { loadRun } from './load-run.js';
export type { FollowOptions, ScanOptions } from './log-scan.js';
export { BadLineError } from './problems.js';
export { type LogReader, readLog } from './read-log.js';
export type { LogSource, Restart } from './source.js';
export type {
  JsonObject,
  JsonValue,
  LogEntry,
  LogRecord,
  MetadataRecord,
  OtherValue,
  Problem,
  ProblemReason,
  Problems,
  Run,
  RunView,
  Series,
  Session,
} from './types.js';
