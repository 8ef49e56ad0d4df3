import { wrappingOf } from '../sink/log-kind.js';
import type { FlatRecord } from './flat-record.js';
import { type Handler, type LinePlace, LineScanner } from './line-scanner.js';
import { PrefixJudge } from './prefix.js';
import { ProblemCounter } from './problems.js';
import type { Problem } from './types.js';
import { type Unwrapper, unwrapper } from './wrapping.js';

const NO_BYTES = Buffer.alloc(0);

/** Receives the records of a log. */
export interface RecordReceiver extends Omit<Handler, 'problem' | 'before'> {
  /** Receives a problem, after it was counted. */
  problem?(problem: Problem): void;
}

interface ParserOptions {
  readonly problems?: ProblemCounter;
  /** Receives a problem, after it was counted, in place of the sink. */
  readonly onProblem?: (problem: Problem) => void;
  /** Offset of the first chunk in the file. Reading begins with the first whole line of the chunk. */
  readonly start?: number;
  /** Memory for the current record. Parsers that take turns may share it. */
  readonly flat?: FlatRecord;
  /** Goes on where another parser of the log stopped. */
  readonly state?: ParserState | undefined;
}

/** A parser between two lines of a log, with a fraction of its memory. */
export interface ParserState extends LinePlace {
  readonly records: number;
  readonly isPrefixed: boolean;
}

/** Parses the content of a log, in chunks of any size, into records for a sink and counted problems. */
export class LogParser {
  /** Records so far. */
  records: number;
  readonly problems: ProblemCounter;
  readonly #onProblem: (problem: Problem) => void;
  readonly #scanner: LineScanner;
  readonly #prefixes: PrefixJudge;
  /** The first bytes, until the wrapping of the log is known; undefined from then on. */
  #head: Buffer | undefined;
  #unwrapper: Unwrapper | undefined;

  constructor(
    sink: RecordReceiver,
    { problems = new ProblemCounter(), onProblem, start = 0, flat, state }: ParserOptions = {},
  ) {
    this.problems = problems;
    this.#onProblem = onProblem ?? ((problem) => sink.problem?.(problem));
    this.records = state?.records ?? 0;
    const prefixes = new PrefixJudge((problem) => this.problem(problem), state?.isPrefixed);
    this.#prefixes = prefixes;
    // The beginning of the log, which shows the wrapping, is not read when reading starts later.
    if (start === 0 && state === undefined) this.#head = NO_BYTES;
    const handler: Handler = {
      flat: (record, line, offset, length) => {
        this.records++;
        prefixes.record();
        sink.flat(record, line, offset, length);
      },
      entry: (entry, text) => {
        this.records++;
        prefixes.record();
        sink.entry(entry, text);
      },
      problem: (problem) => this.problem(problem),
      before: (text) => prefixes.before(text),
    };
    this.#scanner = new LineScanner(handler, state ?? start, flat);
  }

  /** What another parser needs to go on; undefined where this one is needed, as within a line. */
  get state(): ParserState | undefined {
    const { isPrefixed } = this.#prefixes;
    const { place } = this.#scanner;
    if (place === undefined || isPrefixed === undefined) return undefined;
    if (this.#head !== undefined || this.#unwrapper !== undefined) return undefined;
    const { line, offset } = place;
    return { line, offset, records: this.records, isPrefixed };
  }

  /** Bytes of content so far. */
  get offset(): number {
    return this.#scanner.offset;
  }

  /** Bytes of text of the first line so far; undefined when the line has ended. */
  get firstLineText(): number | undefined {
    return this.#scanner.firstLineText;
  }

  /** Takes a chunk. Keeps no reference to its memory. */
  push(chunk: Buffer): void {
    if (this.#head === undefined) this.#pushOn(chunk);
    else if (this.#head.length === 0) this.#begin(chunk, false);
    else this.#begin(Buffer.concat([this.#head, chunk]), false);
  }

  /** Ends the log: its last line is a whole record, or a problem. */
  end(): void {
    this.#endContent();
    this.#scanner.end();
    this.#prefixes.end();
  }

  /** Lets the next chunk be the beginning of another log, in place of this one. */
  restart(): void {
    this.#endContent();
    this.#scanner.restart();
    this.#prefixes.end();
    this.#head = NO_BYTES;
  }

  #begin(head: Buffer, isWhole: boolean): void {
    const wrapping = wrappingOf(head, isWhole);
    this.#head = wrapping === null ? Buffer.from(head) : undefined;
    if (wrapping === null) return;
    this.#unwrapper = wrapping === undefined ? undefined : unwrapper(wrapping);
    this.#pushOn(head);
  }

  #pushOn(chunk: Buffer): void {
    this.#scanner.push(this.#unwrapper === undefined ? chunk : this.#unwrapper.push(chunk));
  }

  #endContent(): void {
    if (this.#head !== undefined && this.#head.length > 0) this.#begin(this.#head, true);
    if (this.#unwrapper !== undefined) this.#scanner.push(this.#unwrapper.end());
    this.#unwrapper = undefined;
    this.#head = undefined;
  }

  /** Takes lines after the end of the log, as if they stood at an offset of the file. */
  pushAt(offset: number, lines: Buffer): void {
    this.#scanner.goTo(offset);
    this.#scanner.push(lines);
    this.#scanner.end();
  }

  /** Counts a problem and reports it. */
  problem(problem: Problem): void {
    this.problems.add(problem);
    this.#onProblem(problem);
  }
}
