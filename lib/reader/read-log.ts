import { type FollowOptions, LogScan } from './log-scan.js';
import type { LogSource } from './source.js';
import type { LogEntry, Problems } from './types.js';

/** The records of a log, for one pass with `for await`, and the problems met so far. */
export class LogReader implements AsyncIterable<LogEntry> {
  readonly #scan: LogScan;
  #entries: LogEntry[] = [];
  #at = 0;
  #isTaken = false;

  /** @internal */
  constructor(source: LogSource, options: FollowOptions) {
    this.#scan = new LogScan(
      source,
      {
        flat: (record, line, offset, length) => {
          this.#entries.push(record.entry(line, offset, length));
        },
        entry: (entry) => this.#entries.push(entry),
      },
      options,
    );
  }

  /** The path, or `-` for a stream. */
  get path(): string {
    return this.#scan.path;
  }

  /** The pieces read so far that are not records. */
  get problems(): Problems {
    return this.#scan.problems;
  }

  /** Number of records so far that came from the ring of a run that died, and are not in the file. */
  get ringRecords(): number {
    return this.#scan.ringRecords;
  }

  /** Bytes read so far; of the content, where the log is compressed. */
  get bytesRead(): number {
    return this.#scan.offset;
  }

  /** The records, in the order of the file. */
  /** @throws TypeError the second time. */
  [Symbol.asyncIterator](): AsyncIterator<LogEntry, undefined> {
    if (this.#isTaken) {
      throw new TypeError('the records of a log are gone through once: call readLog() again');
    }
    this.#isTaken = true;
    const steps = this.#scan.steps();
    let error: unknown;
    let isDone = false;
    const readOn = async (): Promise<IteratorResult<LogEntry, undefined>> => {
      while (this.#at === this.#entries.length) {
        if (error !== undefined) throw error;
        if (isDone) return { value: undefined, done: true };
        this.#entries = [];
        this.#at = 0;
        try {
          isDone = (await steps.next()).done === true;
        } catch (reason) {
          // The records before the error are delivered first.
          error = reason;
        }
      }
      return { value: this.#entries[this.#at++] as LogEntry, done: false };
    };
    return {
      next: () => {
        if (this.#at === this.#entries.length) return readOn();
        return Promise.resolve({ value: this.#entries[this.#at++] as LogEntry, done: false });
      },
      return: async () => {
        await steps.return(undefined);
        return { value: undefined, done: true };
      },
    };
  }
}

/**
 * The records of a DLLL log, one by one and in constant memory. Python has no counterpart.
 *
 * Each piece that is not a record is counted in `problems` and passed to `onProblem`. Such a piece never ends
 * the reading, unless `strict` is set. With `follow` reading continues as the log grows, over rotation and
 * truncation, until `signal` aborts, which ends the loop without an error.
 *
 * @param source a path, `-` for standard input, or a stream of bytes; gzip is recognised, and zstd
 *   where this Node knows it.
 * @throws DLLoggerError from the loop: with the system's code when the file cannot be read, with
 *   `ERR_DLLOGGER_NOT_A_LOG` when the file has text and no record, with `ERR_DLLOGGER_COMPRESSED` when
 *   this Node cannot decompress the file, or `follow` is set for a compressed one; `BadLineError` with `strict`.
 */
export function readLog(source: LogSource, options: FollowOptions = {}): LogReader {
  return new LogReader(source, options);
}
