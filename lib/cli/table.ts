import stringWidth from 'string-width';
import type { Output } from './output.js';

export interface Heading {
  readonly name: string;
  readonly align?: 'left' | 'right';
}

/**
 * Rows under headings, aligned; where the terminal is too narrow for that, a paragraph for each row.
 * Cells are safe to print, and may be coloured.
 */
export function tableText(
  headings: readonly Heading[],
  rows: readonly (readonly string[])[],
  output: Output,
): string {
  const titles = headings.map(({ name }) => output.style('dim', name));
  const cells = [titles, ...rows].map((row) => row.map((text) => ({ text, width: widthOf(text) })));
  const widths = headings.map((_, i) =>
    cells.reduce((most, row) => Math.max(most, row[i]?.width ?? 0), 0),
  );
  const width = widths.reduce((sum, one) => sum + GAP.length + one, 0);
  if (width > output.room) return paragraphs(headings, rows, output);
  const line = (row: (typeof cells)[number]) =>
    headings
      .map(({ align = 'left' }, i) => {
        const { text, width } = row[i] ?? { text: '', width: 0 };
        const space = ' '.repeat((widths[i] ?? 0) - width);
        return `${GAP}${align === 'left' ? text + space : space + text}`;
      })
      .join('')
      .trimEnd();
  return cells.map(line).join('\n');
}

/** Before each column. */
const GAP = '  ';
/** Text of which every character is one column wide: nearly all. */
const ASCII = /^[\x20-\x7e]*$/;

/** The columns of a terminal that a text takes. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** Text with spaces after it up to a width. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(width - widthOf(text), 0));
}

function paragraphs(
  headings: readonly Heading[],
  rows: readonly (readonly string[])[],
  output: Output,
): string {
  return rows
    .flatMap(([name = '', ...cells]) => {
      const facts = cells.flatMap((cell, i) =>
        cell === '' ? [] : [`${output.style('dim', headings[i + 1]?.name ?? '')} ${cell}`],
      );
      return [`  ${name}`, ...wrapped(facts, output.columns - 4).map((line) => `    ${line}`)];
    })
    .join('\n');
}

/** Puts items on lines of at most `width` characters, two spaces between them; none is cut. */
export function wrapped(items: readonly string[], width: number, gap = GAP): string[] {
  const lines: string[] = [];
  let line: string[] = [];
  let used = 0;
  for (const item of items) {
    const own = widthOf(item);
    if (line.length > 0 && used + gap.length + own > width) {
      lines.push(line.join(gap));
      line = [];
      used = 0;
    }
    used += (line.length > 0 ? gap.length : 0) + own;
    line.push(item);
  }
  return line.length === 0 ? lines : [...lines, line.join(gap)];
}

/** A text in lines of a width, at its spaces. */
export function filled(text: string, width: number): string[] {
  return wrapped(text.split(/\s+/), width, ' ');
}
