import { printable } from './escape.js';

/** Shows text on a line of standard error that is rewritten in place; empty text clears the line. */
export function showStatus(text: string): void {
  const { isTTY, columns } = process.stderr;
  if (!isTTY) return;
  // Some terminals do not say how wide they are.
  const shown = columns > 0 ? printable(text).slice(0, columns - 1) : printable(text);
  process.stderr.write(`\r\x1b[K${shown}`);
}
