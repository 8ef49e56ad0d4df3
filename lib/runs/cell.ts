/** Values of runs as a table has them: what is told of them, and their order. */
import { compareNames } from './natural-order.js';

export interface Cell {
  /** By which it is sorted and compared: a number where it is one. */
  readonly value: number | string;
  /** As it is shown. */
  readonly text: string;
  /** Where it is several words, each of which it may be compared with. */
  readonly words?: readonly string[];
}

/** Ascending; NaN after all numbers, text after them, and what is missing at the end. */
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
