/** The table as text for other programs. */
import type { RunInfo } from '../../plot/protocol.js';
import type { Cell } from '../../runs/cell.js';
import { type Column, NAME_COLUMN } from './columns.js';
import type { Listing } from './listing.js';
import { columnTitle } from './titles.js';

/** The chosen rows and the columns that are shown: numbers in full, moments in UTC, durations in seconds. */
export function csvOf(listing: Listing): string {
  const head = [NAME_COLUMN, ...listing.shown].map((column) =>
    columnTitle(column.id === 'duration' ? { ...column, unit: 's' } : column),
  );
  const body = rowsOf(listing, ({ text, value }, { id }) => {
    if (!Number.isFinite(value)) return text;
    return id === 'started' ? new Date(Number(value) * 1000).toISOString() : String(value);
  });
  return [head, ...body].map((row) => `${row.map(quoted).join(',')}\n`).join('');
}

/** The same rows and columns as Markdown, with values as the table shows them. */
export function markdownOf(listing: Listing): string {
  const columns = [NAME_COLUMN, ...listing.shown];
  const head = columns.map((column) => escaped(columnTitle(column)));
  const rule = columns.map((column) => (listing.isNumeric(column) ? '---:' : '---'));
  const body = rowsOf(listing, ({ text }, column, run) => {
    const isBest = listing.isBest(column, run);
    return isBest ? `**${escaped(text)}**` : escaped(text);
  });
  return [head, rule, ...body].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

function rowsOf(
  { shown, rows, chosen }: Listing,
  write: (cell: Cell, column: Column, run: RunInfo) => string,
): string[][] {
  const columns = [NAME_COLUMN, ...shown];
  const wanted = new Set(chosen);
  return rows
    .filter((run) => wanted.has(run))
    .map((run) =>
      columns.map((column) => {
        const cell = column.cell(run);
        return cell === undefined ? '' : write(cell, column, run);
      }),
    );
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function escaped(text: string): string {
  return text.replace(/[\\|<>`*_]/g, '\\$&').replace(/\r?\n/g, '<br>');
}

/** Copies a text; false if the browser refused. A page loaded over plain HTTP has no clipboard API. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  const focused = document.activeElement;
  area.value = text;
  area.className = 'spoken';
  // Inside the open dialog: elsewhere the text area would not get the focus.
  (focused?.closest('.floating') ?? document.body).append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
