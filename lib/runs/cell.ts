/** Values of runs in a table: their texts, and their order. */
import { compareNames } from './natural-order.js';

export interface Cell {
  /** The value to sort and compare by: a number where possible. */
  readonly value: number | string;
  /** The text that the table shows. */
  readonly text: string;
  /** The words of a value that has several; a condition may equal any of them. */
  readonly words?: readonly string[];
}

/** Ascending: numbers, then NaN, then text, then missing cells. */
export function compareCells(a: Cell | undefined, b: Cell | undefined): number {
  const [rank, other] = [rankOf(a), rankOf(b)];
  if (a === undefined || b === undefined || rank !== other) return rank - other;
  if (typeof a.value === 'number' && typeof b.value === 'number') {
    return rank === 1 ? 0 : a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  }
  return compareNames(a.text, b.text);
}

function rankOf(cell: Cell | undefined): number {
  if (cell === undefined) return 3;
  if (typeof cell.value !== 'number') return 2;
  return Number.isNaN(cell.value) ? 1 : 0;
}
