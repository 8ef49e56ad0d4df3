import { dirname, resolve } from 'node:path';
import { Backend, type FlushOptions, SINK, SINK_LOG, SINK_METADATA } from './backend.js';
import { checkOptions, describe } from './base/describe.js';
import { floatMetrics } from './record/float.js';
import { withFloats } from './record/plain-numbers.js';
import type { Timestamp } from './record/timestamp.js';
import type { Data, Metadata, Step } from './record/types.js';
import { native } from './sink/native.js';
import { NativeSink } from './sink/native-sink.js';
import { claimName, createDirectory } from './sink/new-file.js';
import type { RecordSink, RecordSinkOptions } from './sink/sink.js';
import type { LogStats } from './sink/stats.js';
import { TypeScriptSink } from './sink/typescript.js';

/** Options of a `JSONStreamBackend`. */
export interface JSONStreamBackendOptions {
  /** Keep the file's content, and write behind it. Default: start an empty file. */
  readonly append?: boolean | undefined;
  /**
   * Take a file name that no file has yet: `log.json`, or else the first of `log.json.1`,
   * `log.json.2`, ...; `filename` tells which. Processes that start at the same time get different
   * files. Not with `append`. Default: false.
   */
  readonly unique?: boolean | undefined;
  /** Create the file's directory, and those above it, where they are missing. Default: false. */
  readonly mkdir?: boolean | undefined;
  /**
   * How NaN and the infinities are written: `'literal'`, the default, as Python's bare words, or
   * `'null'`, which makes every line strict JSON.
   */
  readonly nonFinite?: 'literal' | 'null' | undefined;
  /**
   * Metrics that are always floats: a whole number logged under one of these names is written `1.0`, as
   * by `float(1)`, at no cost for `log()`. Numbers in lists and objects are not concerned. Default: none.
   */
  readonly floats?: readonly string[] | undefined;
  /**
   * Keep records that are not yet written in a hidden file beside the log, `.NAME.ring` of 1 MiB, so that not even
   * `kill -9` loses a record. Default: true; `stats()` tells if the file cannot be made. The TypeScript
   * implementation needs no such file.
   */
  readonly crashSafe?: boolean | undefined;
}

/**
 * Appends each record to a file as a line `DLLL {...}` of JSON.
 *
 * With the native implementation a background thread writes; every record that `log()` took is in
 * the file when the process has ended, however JavaScript ended. A backend that is dropped without
 * `close()` is closed when the engine collects it. Python: `JSONStreamBackend`.
 */
export class JSONStreamBackend extends Backend {
  /** The file name as given; with `unique`, including the number that was added. */
  readonly filename: string;
  readonly #sink: RecordSink;

  /**
   * @param verbosity records up to this verbosity are written.
   * @param filename the file; its directory must exist, unless `mkdir` has it created.
   * @throws TypeError for arguments of the wrong type.
   * @throws DLLoggerError when the file cannot be opened, with the system's `code`, `errno`,
   *   `syscall` and `path`; `ERR_DLLOGGER_LOG_IN_USE` when a live run is writing the file and has not ended
   *   after 2 seconds, or when a process that was stopped in the middle of a write has kept others from
   *   appending for 10 seconds.
   *
   * With `append: true`, what a killed run had logged and not written is recovered first, as
   * `recover` does.
   */
  constructor(verbosity: number, filename: string, options: JSONStreamBackendOptions = {}) {
    super(verbosity);
    const { unique, mkdir, ...sink } = checked(filename, options);
    if (mkdir) createDirectory(dirname(sink.path));
    const suffix = unique ? claimName(sink.path) : '';
    this.filename = `${filename}${suffix}`;
    this.#sink = openSink({ ...sink, path: `${sink.path}${suffix}` });
    forgotten.register(this, this.#sink, this);
    this[SINK] = this.#sink;
    this[SINK_LOG] = JSONStreamBackend.prototype.log;
    this[SINK_METADATA] = JSONStreamBackend.prototype.metadata;
  }

  override log(timestamp: Timestamp, elapsedtime: number, step: Step, data: Data): void {
    const wall = wallOf(timestamp);
    this.#sink.log(withFloats(step), withFloats(data), wall, microsecondsOf(elapsedtime));
  }

  override metadata(
    timestamp: Timestamp,
    elapsedtime: number,
    metric: string,
    metadata: Metadata,
  ): void {
    const wall = wallOf(timestamp);
    const elapsed = microsecondsOf(elapsedtime);
    if (typeof metric !== 'string') {
      throw new TypeError(`the name of a metric is a string, not ${describe(metric)}`);
    }
    this.#sink.metadata(metric, withFloats(metadata), wall, elapsed);
  }

  /**
   * Returns when every record so far has been handed to the operating system; with
   * `{ sync: true }`, when it is on the device.
   *
   * @throws DLLoggerError while the file cannot be written; nothing is lost by it.
   */
  override flush(options: FlushOptions = {}): void {
    this.#sink.flush(options.sync === true);
  }

  /**
   * Continues in the file that the path leads to now, and creates that file if need be: for log rotation, after the
   * old file was renamed. All earlier records are in the old file, unless that cannot be written. The new file is
   * not truncated.
   *
   * @throws DLLoggerError when the file cannot be opened; nothing is changed then.
   */
  reopen(): void {
    this.#sink.reopen();
  }

  /** Counts of written and of missing records, and whether records survive a kill. */
  override stats(): LogStats {
    return this.#sink.stats();
  }

  /**
   * Flushes and closes the file. Calling it again does nothing.
   *
   * @throws DLLoggerError while the file cannot be written; the backend stays open, and `close()`
   *   may be called again.
   */
  override close(): void {
    this.#sink.close();
    forgotten.unregister(this);
  }
}

/**
 * Closes the sink of a backend that was dropped without close(): otherwise its descriptors, and natively
 * its thread, ring and lock, would stay until the end of the process.
 */
const forgotten = new FinalizationRegistry<RecordSink>((sink) => {
  try {
    sink.close();
  } catch {
    // The file cannot be written now; a warning has said so. The sink stays open until the end of the process.
  }
});

/** In microseconds: one year inside the range that Python can print, to leave room for the UTC offset. */
const FIRST_MOMENT = Date.parse('0002-01-01T00:00Z') * 1000;
const LAST_MOMENT = Date.parse('9999-01-01T00:00Z') * 1000 - 1;
const MAX_ELAPSED = 1e9;

// The times of a record. They are checked, since a user may call the backend directly.

function wallOf(timestamp: Timestamp): number {
  const wall: unknown = timestamp?.epochMicroseconds;
  if (!(typeof wall === 'number' && wall >= FIRST_MOMENT && wall <= LAST_MOMENT)) {
    throw new TypeError('the timestamp of a record is a Timestamp of the years 2 to 9998');
  }
  return Math.floor(wall);
}

function microsecondsOf(elapsedtime: number): number {
  if (typeof elapsedtime !== 'number' || !(Math.abs(elapsedtime) <= MAX_ELAPSED)) {
    throw new TypeError(`the elapsed time of a record is in seconds, not ${String(elapsedtime)}`);
  }
  // Microseconds are a count, which has no -0.
  return Math.round(elapsedtime * 1e6) + 0;
}

/** Defaults of the options that are true or false. */
const SWITCHES = { append: false, unique: false, mkdir: false, crashSafe: true };

function checked(
  filename: unknown,
  options: JSONStreamBackendOptions,
): RecordSinkOptions & { readonly unique: boolean; readonly mkdir: boolean } {
  if (typeof filename !== 'string') {
    throw new TypeError(
      `the file name of a JSONStreamBackend is a string, not ${describe(filename)}`,
    );
  }
  if (filename === '' || filename.includes('\0')) {
    throw new TypeError(`${JSON.stringify(filename)} cannot be the name of a log file`);
  }
  checkOptions(options, [...Object.keys(SWITCHES), 'nonFinite', 'floats'], 'a JSONStreamBackend');
  const { nonFinite = 'literal' } = options;
  const switches = { ...SWITCHES };
  for (const name of Object.keys(SWITCHES) as (keyof typeof SWITCHES)[]) {
    const { [name]: value = SWITCHES[name] }: JSONStreamBackendOptions = options;
    if (typeof value !== 'boolean') {
      throw new TypeError(`the option ${name} is true or false, not ${describe(value)}`);
    }
    switches[name] = value;
  }
  if (nonFinite !== 'literal' && nonFinite !== 'null') {
    throw new TypeError(`the option nonFinite is 'literal' or 'null', not ${String(nonFinite)}`);
  }
  if (switches.unique && switches.append) {
    throw new TypeError(
      'the options unique and append exclude each other: unique starts a new file',
    );
  }
  const floats = floatMetrics(options.floats);
  return { ...switches, path: resolve(filename), nonFinite, floats };
}

function openSink(options: RecordSinkOptions): RecordSink {
  return native === undefined ? new TypeScriptSink(options) : new NativeSink(native, options);
}
