/** Reads a source through a parser. All readers of logs use this. */
import { fstatSync, statSync } from 'node:fs';
import { checkOptions } from '../base/describe.js';
import { DLLoggerError } from '../base/errors.js';
import { logOfRing } from '../sink/ring-place.js';
import { decompressed } from './decompress.js';
import type { FlatRecord } from './flat-record.js';
import { LogParser, type RecordReceiver } from './log-parser.js';
import { BadLineError, notALogError, ProblemCounter } from './problems.js';
import { ringContent } from './ring.js';
import {
  chunksOf,
  inputDescriptor,
  type LogSource,
  nameOf,
  type Restart,
  type SourceOptions,
} from './source.js';
import type { Problem, ProblemReason } from './types.js';

/** How a log is read. */
export interface ScanOptions {
  /** Ends the reading. `readLog` then ends without an error; functions that need the whole log throw the reason. */
  readonly signal?: AbortSignal | undefined;
  /** Throws a `BadLineError` at the first line that is not a record. */
  readonly strict?: boolean | undefined;
  /** Called with each piece of the file that is not a record, in file order. */
  readonly onProblem?: ((problem: Problem) => void) | undefined;
}

/** How a log is followed. */
export interface FollowOptions extends ScanOptions {
  /** Waits for more at the end of the file, until `signal` aborts. */
  readonly follow?: boolean | undefined;
  /**
   * With `follow`: called when another file took the log's name (`'rotated'`), or the file was cut
   * (`'truncated'`). Later lines and offsets count in the new content.
   */
  readonly onRestart?: ((reason: Restart) => void) | undefined;
}

/** Limit on the bytes before the first record of a device, which may have no end, with newlines or without. */
const MAX_DEVICE = 2 ** 24;
/** Limit on the bytes before the first newline of a pipe, which may have no end. */
const MAX_FIRST_LINE = 2 ** 28;
/** The same for NUL bytes: after a power cut a log may begin with a hole. */
const MAX_HOLE = 2 ** 31;

const SCAN_OPTIONS = ['signal', 'strict', 'onProblem'] as const;
const FOLLOW_OPTIONS = [...SCAN_OPTIONS, 'follow', 'onRestart'] as const;

export type { RecordReceiver } from './log-parser.js';

/** Options to read from a later offset, or while the log is not there yet. */
export interface ScanFrom {
  /** Offset in bytes. Reading begins with the first line that begins at or after the offset. */
  readonly start?: number;
  /** Name of a stream in messages, in place of `-`. */
  readonly name?: string | undefined;
  /** With `follow`: called with the reason while the log cannot be read. Without it, that is an error. */
  readonly onWait?: ((reason: unknown) => void) | undefined;
}

/** Options to read many logs at a time. */
interface ScanMemory {
  /** Memory for the current record. Scans that take turns may share it. */
  readonly flat?: FlatRecord;
  /** Bytes of each read. */
  readonly chunkSize?: number;
  /** Whether a file is open only while it is read. */
  readonly isReopened?: boolean;
}

export class LogScan {
  readonly path: string;
  readonly #source: LogSource;
  /** Where the bytes come from, also while they are copied. */
  readonly #origin: LogSource;
  readonly #options: FollowOptions;
  readonly #start: number;
  readonly #parser: LogParser;
  readonly #onWait: ScanFrom['onWait'];
  readonly #memory: Pick<SourceOptions, 'chunkSize' | 'isReopened'>;

  constructor(
    source: LogSource,
    sink: RecordReceiver,
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
    this.#origin = name ?? source;
    this.#options = options;
    this.#onWait = onWait;
    // Begins at the byte before `start`: when that is a newline, a line begins at `start`.
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

  /** Number of these records that came from the ring of a run that died, and are not in the file. */
  ringRecords = 0;
  /** Bytes of the file read so far; compressed bytes when the file is compressed. */
  bytesRead = 0;

  /** Bytes of the log's content read so far. */
  get offset(): number {
    return this.#parser.offset;
  }

  /** Reads in steps; each step passes the records of one chunk to the sink. */
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
    // A part of a log need not have a record.
    if (this.records > 0 || this.#start > 0) return;
    const error = notALogError(this.path, this.problems);
    if (error !== undefined) throw error;
  }

  async *#sourceSteps(): AsyncGenerator<void> {
    const { follow = false, signal, onRestart } = this.#options;
    const source = { follow, signal, start: this.#start, onWait: this.#onWait, ...this.#memory };
    const chunks = this.#counted(chunksOf(this.#source, source));
    const damaged = (damage: { readonly message: string }) => this.#note('cut', damage.message);
    const kind = kindOf(this.#origin);
    for await (const chunk of decompressed(this.path, chunks, follow, damaged)) {
      this.#checkBeginning(kind);
      if (typeof chunk === 'string') {
        this.#parser.restart();
        onRestart?.(chunk);
      } else {
        this.#parser.push(chunk);
      }
      yield;
    }
  }

  #checkBeginning(kind: 'file' | 'pipe' | 'device'): void {
    const read = this.bytesRead;
    const { firstLineText: text } = this.#parser;
    const isLong = text !== undefined && (text > MAX_FIRST_LINE || read > MAX_HOLE);
    const isEndless = kind === 'device' && this.records === 0 && read > MAX_DEVICE;
    if (!isEndless && !(kind === 'pipe' && isLong)) return;
    const lacking = isEndless ? 'record' : 'newline';
    const message = `"${this.path}" is not a DLLL log: its first ${read} bytes hold no ${lacking}`;
    throw new DLLoggerError('ERR_DLLOGGER_NOT_A_LOG', message, { path: this.path });
  }

  /** Reads the records that runs that died had not yet written to the log. */
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

  /** Reports a problem of the file as a whole. */
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

/**
 * What a source is. A pipe or a device such as `/dev/zero` may have no end, and such a device holds no log that begins
 * with a hole. A disk or a directory counts as a file.
 */
function kindOf(origin: LogSource): 'file' | 'pipe' | 'device' {
  try {
    const place = origin === '-' ? inputDescriptor() : origin;
    if (place === undefined || typeof place === 'object') return 'pipe';
    const status =
      typeof place === 'number' ? fstatSync(place) : statSync(place, { throwIfNoEntry: false });
    if (status?.isCharacterDevice() === true) return 'device';
    return status?.isFIFO() === true || status?.isSocket() === true ? 'pipe' : 'file';
  } catch {
    // The reading reports the error.
    return 'file';
  }
}
