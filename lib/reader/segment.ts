/** Finds the records in one line, or in a part of a line, and the problems of the rest. */
import { after } from './bytes.js';
import { type FilePosition, PREFIX, parseRecord } from './parse.js';
import type { LogEntry, Problem, ProblemReason } from './types.js';

const RECORD = Buffer.from('DLLL {');
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const EXCERPT = 80;
/** A line in which more records begin than this is taken for damaged, even if strings hold them. */
const MAX_NESTED = 16;

/** A part of the file between newlines: a hole, then text without NUL bytes. Both may be empty. */
interface Segment {
  readonly text: Buffer;
  readonly line: number;
  /** Offset of the hole. */
  readonly offset: number;
  /** NUL bytes before the text. */
  readonly hole: number;
  /** Whether the file ends here, without a newline. */
  readonly isLast: boolean;
}

/** Receives the records and problems of a segment, in file order. */
export interface SegmentHandler {
  /** A record and its text. The text is valid during the call. */
  entry(entry: LogEntry, text: Buffer): void;
  problem(problem: Problem): void;
  /** Text before the record that ends the line, as the problem to report if the text is a problem. */
  before(text: Problem): void;
}

/**
 * Finds the records of a segment. Text before a record (a label, the rest of a progress bar, half of
 * another record) is a problem, and the record is still read.
 */
export function readSegment(segment: Segment, handler: SegmentHandler): void {
  const { text, line, offset, hole } = segment;
  if (hole === 0 && after(text, 0, PREFIX) > 0) {
    // The usual case: one record and nothing else.
    const entry = parseRecord(text, { line, offset, length: text.length });
    if (typeof entry !== 'string') {
      handler.entry(entry, text);
      return;
    }
  }
  const bare = hole === 0 ? Math.max(after(text, 0, BYTE_ORDER_MARK), 0) : 0;
  // Nothing but a byte-order mark, as in a log whose writer has logged nothing yet.
  if (bare > 0 && bare === text.length) return;
  const starts = recordStarts(text, bare);
  const mayHoldNext = starts.length <= MAX_NESTED;
  // The beginning of the text that is not a record, and why its first part is not.
  let from = bare;
  let reason = '';
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i] as number;
    const next = starts[i + 1] ?? text.length;
    const [end, outcome] = parseLongest(segment, start, next, mayHoldNext);
    if (typeof outcome === 'string') {
      if (start === from) reason = outcome;
      continue;
    }
    if (start > from || (from === 0 && hole > 0)) {
      const isBefore = from === bare && hole === 0 && end === text.length;
      tell(segment, from, start, reason, isBefore ? prefixHandler(handler) : handler);
    }
    handler.entry(outcome, text.subarray(start, end));
    from = end;
    reason = '';
    if (end === text.length) return;
  }
  tell(segment, from, text.length, reason, handler);
}

/** Passes foreign text on as text before a record, and everything else, such as half a record, as a problem. */
function prefixHandler(handler: SegmentHandler): Pick<SegmentHandler, 'problem'> {
  return {
    problem: (problem) => {
      if (problem.reason === 'foreign') handler.before(problem);
      else handler.problem(problem);
    },
  };
}

/** Reports a part of the text that is not a record, with the hole before it. */
function tell(
  segment: Segment,
  from: number,
  end: number,
  outcome: string,
  handler: Pick<SegmentHandler, 'problem'>,
): void {
  const { text, line, offset, isLast } = segment;
  const part = text.subarray(from, end);
  const hole = from === 0 ? segment.hole : 0;
  if (hole > 0) {
    handler.problem(holeProblem(segment, hole + part.length, part));
  } else {
    const place = { line, offset: offset + segment.hole + from, length: part.length };
    handler.problem(problem(part, outcome, place, isLast && end === text.length));
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

/** A string of a record may hold the text of another record: tries the longest text first. */
function parseLongest(
  { text, line, offset, hole }: Segment,
  start: number,
  next: number,
  mayHoldNext: boolean,
): [end: number, outcome: LogEntry | string] {
  if (after(text, start, PREFIX) < 0) return [next, ''];
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
  const then = text === undefined || text.length === 0 ? '' : ', then text that is not a record';
  return {
    reason: 'hole',
    line,
    offset,
    length,
    message: `${hole} NUL bytes${then}`,
    excerpt: text === undefined ? '' : excerptOf(text),
  };
}

function problem(text: Buffer, outcome: string, place: FilePosition, isLast: boolean): Problem {
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
    return ['malformed', 'begins with "DLLL " and is not JSON, as lines of old versions'];
  }
  if (head.startsWith('DLL ')) return ['stdout', 'a line that StdOutBackend prints'];
  const isEnd = tail.endsWith('}}') && /"(data|metadata)": \{/.test(head);
  return isEnd
    ? ['cut', 'the end of a record whose beginning is missing']
    : ['foreign', 'text that is not a record'];
}

function excerptOf(text: Buffer): string {
  // A character has at most four bytes.
  return text.toString('utf8', 0, 4 * EXCERPT).slice(0, EXCERPT);
}
