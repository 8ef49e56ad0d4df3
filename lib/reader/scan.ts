/** Reads a source through a parser: what all readers share. */
import { checkOptions } from '../base/describe.js';
import { logOfRing } from '../sink/ring-place.js';
import { decompressed } from './decompress.js';
import type { FlatRecord } from './flat-record.js';
import { LogParser, type Sink } from './log-parser.js';
import { BadLineError, notALogError, ProblemCounter } from './problems.js';
import { ringContent } from './ring.js';
import { chunksOf, type LogSource, nameOf, type Restart, type SourceOptions } from './source.js';
import type { Problem, ProblemReason } from './types.js';

/** How a log is read. */
export interface ScanOptions {
  /** Ends the reading; `readLog` ends quietly, what gives a whole answer throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Throws a `BadLineError` at the first line that is no record. */
  readonly strict?: boolean | undefined;
  /** Hears of each piece of the file that is no record, as it comes. */
  readonly onProblem?: ((problem: Problem) => void) | undefined;
}

/** How a log is followed. */
export interface FollowOptions extends ScanOptions {
  /** At the end of the file waits for more, until `signal` aborts. */
  readonly follow?: boolean | undefined;
  /**
   * With `follow`: another file took the log's name (`'rotated'`), or it was cut (`'truncated'`).
   * Lines and offsets that follow are those of the new content.
   */
  readonly onRestart?: ((reason: Restart) => void) | undefined;
}

export const SCAN_OPTIONS = ['signal', 'strict', 'onProblem'] as const;
export const FOLLOW_OPTIONS = [...SCAN_OPTIONS, 'follow', 'onRestart'] as const;

export type { Sink } from './log-parser.js';

/** For those who need not read from the beginning. */
export interface ScanFrom {
  /** Where in the file reading begins, in bytes: with the first line that begins there or after. */
  readonly start?: number;
  /** What messages call a stream, in place of `-`. */
  readonly name?: string | undefined;
  /** With `follow`: waits for a log that cannot be read yet, and hears why. */
  readonly onWait?: ((reason: unknown) => void) | undefined;
}

/** For those who read many logs at a time. */
export interface ScanMemory {
  /** Memory for the record at hand, which scans that take turns may share. */
  readonly flat?: FlatRecord;
  /** Bytes that are read at once. */
  readonly chunkSize?: number;
  /** Whether a file is open only while it is read. */
  readonly isReopened?: boolean;
}

export class Scan {
  readonly path: string;
  readonly #source: LogSource;
  readonly #options: FollowOptions;
  readonly #start: number;
  readonly #parser: LogParser;
  readonly #onWait: ScanFrom['onWait'];
  readonly #memory: Pick<SourceOptions, 'chunkSize' | 'isReopened'>;

  constructor(
    source: LogSource,
    sink: Sink,
    options: FollowOptions,
    {
      problems = new ProblemCounter(),
      start = 0,
      name,
      onWait,
      flat,
      chunkSize,
      isReopened,
    }: ScanFrom & ScanMemory & { problems?: ProblemCounter } = {},
  ) {
    if (typeof source !== 'string' && typeof source?.[Symbol.asyncIterator] !== 'function') {
      throw new TypeError('the log to read is a path or a stream of bytes');
    }
    checkOptions(options, FOLLOW_OPTIONS, 'reading a log');
    this.path = name ?? nameOf(source);
    this.#source = source;
    this.#options = options;
    this.#onWait = onWait;
    // The newline before it tells that a line begins at the start.
    this.#start = Math.max(start - 1, 0);
    const onProblem = (problem: Problem) => {
      options.onProblem?.(problem);
      sink.problem?.(problem);
      if (options.strict === true) throw new BadLineError(this.path, problem);
    };
    this.#parser = new LogParser(sink, {
      ...{ problems, onProblem, start: this.#start },
      ...(flat !== undefined && { flat }),
    });
    this.#memory = { chunkSize, isReopened };
  }

  get problems(): ProblemCounter {
    return this.#parser.problems;
  }

  /** Records so far. */
  get records(): number {
    return this.#parser.records;
  }

  /** Those of them that are not in the file, but in the ring of a run that died. */
  ringRecords = 0;
  /** Bytes read so far: of the file, where it is compressed. */
  bytesRead = 0;

  /** Bytes of the log's content read so far. */
  get offset(): number {
    return this.#parser.offset;
  }

  /** Reads on; after each step the sink has what one chunk held. */
  async *steps(): AsyncGenerator<void> {
    const { follow = false, signal } = this.#options;
    const ofRing = typeof this.#source === 'string' ? logOfRing(this.#source) : undefined;
    if (ofRing !== undefined) {
      yield* this.#ringSteps(ofRing, true);
      return;
    }
    yield* this.#sourceSteps();
    if (signal?.aborted === true) return;
    this.#parser.end();
    yield;
    if (!follow && typeof this.#source === 'string' && this.#source !== '-') {
      yield* this.#ringSteps(this.#source, false);
    }
    // The part that was read need not have a record.
    if (this.records > 0 || this.#start > 0) return;
    const error = notALogError(this.path, this.problems);
    if (error !== undefined) throw error;
  }

  async *#sourceSteps(): AsyncGenerator<void> {
    const { follow = false, signal, onRestart } = this.#options;
    const source = { follow, signal, start: this.#start, onWait: this.#onWait, ...this.#memory };
    const chunks = this.#counted(chunksOf(this.#source, source));
    const damaged = (damage: { readonly message: string }) => this.#note('cut', damage.message);
    for await (const chunk of decompressed(this.path, chunks, follow, damaged)) {
      if (typeof chunk === 'string') {
        this.#parser.restart();
        onRestart?.(chunk);
      } else {
        this.#parser.push(chunk);
      }
      yield;
    }
  }

  /** What runs that died had not yet written to the log. */
  async *#ringSteps(log: string, isWanted: boolean): AsyncGenerator<void> {
    const content = await ringContent(log, isWanted);
    if (content === undefined) return;
    for (const text of content.left) this.#note('ring', text);
    if (content.lines.length === 0) return;
    const before = this.records;
    this.#parser.pushAt(content.end, content.lines);
    this.ringRecords = this.records - before;
    yield;
  }

  /** A problem of the file as a whole. */
  #note(reason: ProblemReason, message: string): void {
    this.#parser.problem({ reason, line: 0, offset: this.offset, length: 0, message, excerpt: '' });
  }

  async *#counted(chunks: AsyncIterable<Buffer | Restart>): AsyncGenerator<Buffer | Restart> {
    for await (const chunk of chunks) {
      if (typeof chunk !== 'string') this.bytesRead += chunk.length;
      yield chunk;
    }
  }

  /**
   * Reads to the end.
   *
   * @throws the reason of the signal that ended it.
   */
  async finish(): Promise<void> {
    for await (const _ of this.steps());
    this.#options.signal?.throwIfAborted();
  }
}
