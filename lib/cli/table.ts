import Table from 'cli-table3';
import stringWidth from 'string-width';
import type { Output } from './output.js';

export interface Heading {
  readonly name: string;
  readonly align?: 'left' | 'right';
}

/** Nothing but space between the columns. */
const NO_LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/**
 * Rows under headings, aligned; where the terminal is too narrow for that, a paragraph for each row.
 * Cells are safe to print, and may be coloured.
 */
export function tableText(
  headings: readonly Heading[],
  rows: readonly (readonly string[])[],
  output: Output,
): string {
  const table = new Table({
    head: headings.map(({ name }) => output.style('dim', name)),
    colAligns: headings.map(({ align = 'left' }) => align),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table
    .toString()
    .split('\n')
    .map((line) => `  ${line.trimEnd()}`);
  const fits = !output.isTerminal || lines.every((line) => stringWidth(line) <= output.columns);
  return fits ? lines.join('\n') : paragraphs(headings, rows, output);
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
export function wrapped(items: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const item of items) {
    const longer = line === '' ? item : `${line}  ${item}`;
    if (line !== '' && stringWidth(longer) > width) {
      lines.push(line);
      line = item;
    } else {
      line = longer;
    }
  }
  return line === '' ? lines : [...lines, line];
}
