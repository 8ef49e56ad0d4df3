import { DLLoggerError } from '../base/errors.js';
import type { Problem, ProblemReason, Problems } from './types.js';

/** Number of problems kept in full; later ones are only counted. */
const MAX_KEPT = 1000;
/** Problems that show that the file was a log, even if no record is left. */
const TRACES: readonly ProblemReason[] = ['cut', 'unfinished', 'ring'];

/** Counts the problems of a log, and keeps the first ones. */
export class ProblemCounter implements Problems {
  count = 0;
  readonly byReason = new Map<ProblemReason, number>();
  readonly first: Problem[] = [];

  add(problem: Problem): void {
    this.count++;
    this.byReason.set(problem.reason, (this.byReason.get(problem.reason) ?? 0) + 1);
    if (this.first.length < MAX_KEPT) this.first.push(problem);
  }
}

/** Thrown with `strict` for a line that is not a record. The error's code is `ERR_DLLOGGER_BAD_LINE`. */
export class BadLineError extends DLLoggerError {
  /** The class's name. */
  override readonly name = 'BadLineError';
  /** The piece, and why it is not a record. */
  readonly problem: Problem;

  constructor(path: string, problem: Problem) {
    const { line, offset, length, message } = problem;
    super(
      'ERR_DLLOGGER_BAD_LINE',
      `"${path}" line ${line}: ${message} (${length} bytes at offset ${offset})`,
      { path },
    );
    this.problem = problem;
  }
}

/** The error for a file that has text and no record; undefined when the file was a log once. */
export function notALogError(
  path: string,
  { byReason, count }: Problems,
): DLLoggerError | undefined {
  // A power cut leaves only NUL bytes of a log. NUL bytes among other bytes are those of a binary file.
  const isHole = byReason.has('hole') && !byReason.has('foreign');
  if (count === 0 || isHole || TRACES.some((reason) => byReason.has(reason))) return undefined;
  const printed = byReason.get('stdout') ?? 0;
  const what =
    printed > 0
      ? `it holds what StdOutBackend prints (${printed} lines begin with "DLL "); ` +
        'the log is what JSONStreamBackend writes ("DLLL {...}")'
      : `${count === 1 ? 'its only line is not' : `none of its ${count} lines is`} a record ("DLLL {...}")`;
  return new DLLoggerError('ERR_DLLOGGER_NOT_A_LOG', `"${path}" is not a DLLL log: ${what}`, {
    path,
  });
}
