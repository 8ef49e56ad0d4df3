import type { JsonValue } from '../reader/types.js';

/** A row of CSV as RFC 4180 has it, but for the newline, which is a single one. */
export function csvRow(cells: readonly (JsonValue | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\n`;
}

function csvCell(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
