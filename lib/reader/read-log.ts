import { type FollowOptions, Scan } from './scan.js';
import type { LogSource } from './source.js';
import type { LogEntry, Problems } from './types.js';

/** The records of a log, to be gone through once with `for await`, and the problems on the way. */
export class LogReader implements AsyncIterable<LogEntry> {
  readonly #scan: Scan;
  #entries: LogEntry[] = [];
  #at = 0;
  #isTaken = false;

  /** @internal */
  constructor(source: LogSource, options: FollowOptions) {
    this.#scan = new Scan(
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

  /** What was no record so far. */
  get problems(): Problems {
    return this.#scan.problems;
  }

  /** Records so far that are not in the file, but in the ring of a run that died. */
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
          // The records before it come first.
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
 * Whatever is no record is counted in `problems` and told to `onProblem`; it never ends the reading,
 * unless `strict` is set. With `follow` the reading goes on as the log grows, over rotation and
 * truncation, until `signal` aborts, which ends it quietly.
 *
 * @param source a path, `-` for standard input, or a stream of bytes; gzip is recognised, and zstd
 *   where this Node knows it.
 * @throws DLLoggerError while it is gone through: with the system's code when the file cannot be
 *   read, with `ERR_DLLOGGER_NOT_A_LOG` when it has text and no record, with
 *   `ERR_DLLOGGER_COMPRESSED` when this Node cannot decompress it, or it is to be followed;
 *   `BadLineError` with `strict`.
 */
export function readLog(source: LogSource, options: FollowOptions = {}): LogReader {
  return new LogReader(source, options);
}
