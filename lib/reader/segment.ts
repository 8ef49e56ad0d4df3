/** One line, or a part of one: which records are in it, and what is wrong with the rest. */
import { type Place, PREFIX, parseRecord } from './parse.js';
import type { LogEntry, Problem, ProblemReason } from './types.js';

const RECORD = Buffer.from('DLLL {');
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const EXCERPT = 80;
/** A line with more beginnings of records than this is damaged, whatever its strings hold. */
const MAX_NESTED = 16;

/** A part of the file between newlines: a hole, then text without NUL bytes. Both may be empty. */
export interface Segment {
  readonly text: Buffer;
  readonly line: number;
  /** Where the hole begins. */
  readonly offset: number;
  /** NUL bytes before the text. */
  readonly hole: number;
  /** Whether the file ends here, without a newline. */
  readonly isLast: boolean;
}

/** Who gets what a segment holds, in the order of the file. */
export interface SegmentHandler {
  /** A record, and its text, which is valid during the call. */
  entry(entry: LogEntry, text: Buffer): void;
  problem(problem: Problem): void;
}

/**
 * Finds the records of a segment. What stands before one (a label, the rest of a progress bar, the
 * half of another record) is a problem and costs no record.
 */
export function readSegment(segment: Segment, handler: SegmentHandler): void {
  const { text, line, isLast } = segment;
  const bare = text.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  const begin = segment.offset + segment.hole;
  const starts = recordStarts(text, bare);
  const mayHoldNext = starts.length <= MAX_NESTED;
  let hole = segment.hole;
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i] as number;
    const next = starts[i + 1] ?? text.length;
    const [end, outcome] = parseLongest(segment, start, next, mayHoldNext);
    const piece = text.subarray(start, end);
    if (typeof outcome !== 'string') {
      if (hole > 0) handler.problem(holeProblem(segment, hole));
      handler.entry(outcome, piece);
      if (end === text.length) return;
    } else if (hole > 0) {
      handler.problem(holeProblem(segment, hole + end, piece));
    } else if (end > start || starts.length === 1) {
      const place = { line, offset: begin + start, length: end - start };
      handler.problem(problem(piece, outcome, place, isLast && end === text.length));
    }
    hole = 0;
  }
}

/** The beginning of the text, and every place in it where a record may begin. */
function recordStarts(text: Buffer, from: number): number[] {
  const starts = [from];
  for (let at = text.indexOf(RECORD, from + 1); at > 0; at = text.indexOf(RECORD, at + 1)) {
    starts.push(at);
  }
  return starts;
}

/** A whole record may hold the text of another one in a string: tries the longest text first. */
function parseLongest(
  { text, line, offset, hole }: Segment,
  start: number,
  next: number,
  mayHoldNext: boolean,
): [end: number, outcome: LogEntry | string] {
  if (!text.subarray(start, start + PREFIX.length).equals(PREFIX)) return [next, ''];
  const parse = (end: number) =>
    parseRecord(text.subarray(start, end), {
      line,
      offset: offset + hole + start,
      length: end - start,
    });
  if (next === text.length || !mayHoldNext) return [next, parse(next)];
  const whole = parse(text.length);
  return typeof whole === 'string' ? [next, parse(next)] : [text.length, whole];
}

function holeProblem({ line, offset, hole }: Segment, length: number, text?: Buffer): Problem {
  const then = text === undefined || text.length === 0 ? '' : ', then text that is no record';
  return {
    reason: 'hole',
    line,
    offset,
    length,
    message: `${hole} NUL bytes${then}`,
    excerpt: text === undefined ? '' : excerptOf(text),
  };
}

function problem(text: Buffer, outcome: string, place: Place, isLast: boolean): Problem {
  const [reason, message] = classify(text, outcome, isLast);
  return { reason, ...place, message, excerpt: excerptOf(text) };
}

function classify(
  bytes: Buffer,
  outcome: string,
  isLast: boolean,
): readonly [ProblemReason, string] {
  const head = bytes.toString('latin1', 0, Math.min(bytes.length, 4096));
  const tail = bytes.toString('latin1', Math.max(bytes.length - 256, 0)).trimEnd();
  if (head.trim() === '') return ['blank', 'a blank line'];
  const begins = head.startsWith('DLLL {');
  if (isLast && (begins || 'DLLL {'.startsWith(head))) {
    return ['unfinished', 'the last record is not finished'];
  }
  if (begins && !tail.endsWith('}}')) return ['cut', 'a record that ends in its middle'];
  if (begins) return ['malformed', `a record that ${outcome}`];
  if (head.startsWith('DLLL ')) {
    return ['malformed', 'begins with "DLLL " and is no JSON, as what old versions print'];
  }
  if (head.startsWith('DLL ')) return ['stdout', 'a line that StdOutBackend prints'];
  const isEnd = tail.endsWith('}}') && /"(data|metadata)": \{/.test(head);
  return isEnd
    ? ['cut', 'the end of a record whose beginning is missing']
    : ['foreign', 'text that is no record'];
}

function excerptOf(text: Buffer): string {
  // A character has four bytes at most.
  return text.toString('utf8', 0, 4 * EXCERPT).slice(0, EXCERPT);
}
