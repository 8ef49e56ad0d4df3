import { printable } from './escape.js';

/** Shows text on a line of standard error that is rewritten in place; empty text clears the line. */
export function showStatus(text: string): void {
  const { isTTY, columns } = process.stderr;
  if (isTTY) process.stderr.write(`\r\x1b[K${printable(text).slice(0, columns - 1)}`);
}
