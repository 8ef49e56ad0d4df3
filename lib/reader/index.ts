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
  Series,
  Session,
} from './types.js';
