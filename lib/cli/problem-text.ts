import { plural } from '../base/plural.js';
import type { Problem, Problems } from '../reader/types.js';
import type { ExitCode } from './command.js';
import { printable } from './escape.js';
import type { Output } from './output.js';

/** Number of problems that are shown; `repair` lists all. */
const SHOWN = 5;

/** What is wrong with a log: the count of each kind of problem, and the first problems. */
export function problemLines({ count, byReason, first }: Problems, output: Output): string[] {
  if (count === 0) return [];
  const reasons = [...byReason].map(([reason, times]) => `${times} ${reason}`).join(', ');
  const lines = first.slice(0, SHOWN).map((problem) => `    ${problemLine(problem)}`);
  const rest = count - lines.length;
  return [
    '',
    `  ${output.style('yellow', plural(count, 'problem'))}: ${reasons}`,
    ...lines,
    ...(rest > 0 ? [`    and ${rest} more: dllogger repair lists them all`] : []),
  ];
}

/**
 * Tells on standard error which logs have problems, for commands whose answer does not say it.
 *
 * @param counts Paths, each with the number of its problems.
 * @returns the exit code: 1 where there are any.
 */
export function tellProblems(
  counts: Iterable<readonly [path: string, count: number]>,
  output: Output,
): ExitCode {
  let exitCode: ExitCode = 0;
  for (const [path, count] of counts) {
    if (count === 0) continue;
    output.warn(`${path}: ${plural(count, 'problem')} (see summary)`);
    exitCode = 1;
  }
  return exitCode;
}

/** `line 28, offset 7168, 2561242 bytes: 2561024 NUL bytes`. */
export function problemLine({ line, offset, length, message, excerpt }: Problem): string {
  const place = line > 0 ? `line ${line}, ` : '';
  const text = excerpt === '' ? '' : `: ${printable(excerpt)}`;
  return `${place}offset ${offset}, ${length} bytes: ${message}${text}`;
}
