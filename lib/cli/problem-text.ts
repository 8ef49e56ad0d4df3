import { plural } from '../base/plural.js';
import type { Problem, Problems } from '../reader/types.js';
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

/** `line 28, offset 7168, 2561242 bytes: 2561024 NUL bytes`. */
export function problemLine({ line, offset, length, message, excerpt }: Problem): string {
  const place = line > 0 ? `line ${line}, ` : '';
  const text = excerpt === '' ? '' : `: ${printable(excerpt)}`;
  return `${place}offset ${offset}, ${length} bytes: ${message}${text}`;
}
