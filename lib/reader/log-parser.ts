import type { FlatRecord } from './flat-record.js';
import { PrefixJudge } from './prefix.js';
import { ProblemCounter } from './problems.js';
import { type Handler, Scanner } from './scanner.js';
import type { Problem } from './types.js';
import { type Unwrapper, unwrapper, wrappingOf } from './wrapping.js';

/** What gets the records of a log. */
export interface Sink extends Omit<Handler, 'problem' | 'before'> {
  /** A problem, after it was counted. */
  problem?(problem: Problem): void;
}

export interface ParserOptions {
  readonly problems?: ProblemCounter;
  /** Hears of a problem, after it was counted, in place of the sink. */
  readonly onProblem?: (problem: Problem) => void;
  /** Where in the file the first chunk begins; its first whole line is the first to be read. */
  readonly start?: number;
  /** Memory for the record at hand, which parsers that take turns may share. */
  readonly flat?: FlatRecord;
}

/** From the content of a log, in whatever chunks it comes, to records for a sink, and counted problems. */
export class LogParser {
  /** Records so far. */
  records = 0;
  readonly problems: ProblemCounter;
  readonly #onProblem: (problem: Problem) => void;
  readonly #scanner: Scanner;
  readonly #prefixes = new PrefixJudge((problem) => this.problem(problem));
  /** The first bytes, until they tell how the log is wrapped; undefined then. */
  #head: Buffer | undefined;
  #unwrapper: Unwrapper | undefined;

  constructor(
    sink: Sink,
    { problems = new ProblemCounter(), onProblem, start = 0, flat }: ParserOptions = {},
  ) {
    this.problems = problems;
    this.#onProblem = onProblem ?? ((problem) => sink.problem?.(problem));
    const prefixes = this.#prefixes;
    // What comes before the start, which tells of the wrapping, is not known.
    if (start === 0) this.#head = Buffer.alloc(0);
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
    this.#scanner = new Scanner(handler, start, flat);
  }

  /** Bytes of content so far. */
  get offset(): number {
    return this.#scanner.offset;
  }

  /** Takes a chunk, of whose memory nothing is kept. */
  push(chunk: Buffer): void {
    if (this.#head === undefined) this.#pushOn(chunk);
    else if (this.#head.length === 0) this.#begin(chunk, false);
    else this.#begin(Buffer.concat([this.#head, chunk]), false);
  }

  /** The log has ended: its last line is whole, or a problem. */
  end(): void {
    this.#endContent();
    this.#scanner.end();
    this.#prefixes.end();
  }

  /** The beginning of a log in place of this one comes next. */
  restart(): void {
    this.#endContent();
    this.#scanner.restart();
    this.#prefixes.end();
    this.#head = Buffer.alloc(0);
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

  /** Takes lines, after the end, that belong at an offset of the file. */
  pushAt(offset: number, lines: Buffer): void {
    this.#scanner.goTo(offset);
    this.#scanner.push(lines);
    this.#scanner.end();
  }

  /** Counts a problem and tells it. */
  problem(problem: Problem): void {
    this.problems.add(problem);
    this.#onProblem(problem);
  }
}
