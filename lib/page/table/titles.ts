/** The titles of columns. */
import type { Column } from './columns.js';

/** A column's name, with its kind and unit: `loss best (nat)`. */
export function columnTitle({ kind, name, unit }: Column): string {
  const part = kind === 'last' || kind === 'best' ? ` ${kind}` : '';
  return `${name}${part}${unit === '' ? '' : ` (${unit})`}`;
}

const PARTS = { run: '', parameter: 'parameter', result: 'result' } as const;

/** The text below a column's name. */
export function partText({ kind, unit }: Column): string {
  if (kind !== 'last' && kind !== 'best') return PARTS[kind];
  return [kind, unit].filter((text) => text !== '').join(' · ');
}
