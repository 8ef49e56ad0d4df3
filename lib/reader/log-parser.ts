import type { FlatRecord } from './flat-record.js';
import { ProblemCounter } from './problems.js';
import { type Handler, Scanner } from './scanner.js';
import type { Problem } from './types.js';

/** What gets the records of a log. */
export interface Sink extends Omit<Handler, 'problem'> {
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

  constructor(
    sink: Sink,
    { problems = new ProblemCounter(), onProblem, start = 0, flat }: ParserOptions = {},
  ) {
    this.problems = problems;
    this.#onProblem = onProblem ?? ((problem) => sink.problem?.(problem));
    const handler: Handler = {
      flat: (record, line, offset, length) => {
        this.records++;
        sink.flat(record, line, offset, length);
      },
      entry: (entry, text) => {
        this.records++;
        sink.entry(entry, text);
      },
      problem: (problem) => this.problem(problem),
    };
    this.#scanner = new Scanner(handler, start, flat);
  }

  /** Bytes of content so far. */
  get offset(): number {
    return this.#scanner.offset;
  }

  /** Takes a chunk, of whose memory nothing is kept. */
  push(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  /** The log has ended: its last line is whole, or a problem. */
  end(): void {
    this.#scanner.end();
  }

  /** The beginning of a log in place of this one comes next. */
  restart(): void {
    this.#scanner.restart();
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
