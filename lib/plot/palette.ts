/**
 * Colours of runs, after those of Okabe and Ito, moved until people with any kind of colour blindness
 * tell them apart on a light and on a dark background (test/plot/palette.test.ts measures this). Further
 * runs get the same colours with other dashes.
 */
export interface Swatch {
  readonly light: string;
  readonly dark: string;
  /** The nearest colour that every terminal has. */
  readonly terminal: 'blue' | 'yellow' | 'green' | 'magenta' | 'cyan' | 'red' | 'white' | 'gray';
}

const SWATCHES = [
  { light: '#0062b7', dark: '#4ba3e3', terminal: 'blue' },
  { light: '#e6450d', dark: '#ee8b34', terminal: 'yellow' },
  { light: '#00855f', dark: '#1fc795', terminal: 'green' },
  { light: '#b8568f', dark: '#dd8fbd', terminal: 'magenta' },
  { light: '#189add', dark: '#86d0f5', terminal: 'cyan' },
  { light: '#a01a1a', dark: '#e0675c', terminal: 'red' },
  { light: '#3c4650', dark: '#e6e9ed', terminal: 'white' },
  { light: '#83942d', dark: '#f0e442', terminal: 'gray' },
] as const satisfies readonly Swatch[];

/** Number of runs that colour alone tells apart. */
export const COLORS = SWATCHES.length;

/** Lengths of lines and gaps, in pixels. */
const DASHES = [
  [],
  [6, 4],
  [2, 3],
  [10, 3, 2, 3],
] as const satisfies readonly (readonly number[])[];

export interface LineStyle extends Swatch {
  readonly dash: readonly number[];
}

/** The n-th style: all colours with whole lines first, then with the first dashes, and so on. */
export function lineStyle(n: number): LineStyle {
  const swatch: Swatch = SWATCHES[n % SWATCHES.length] ?? SWATCHES[0];
  const dash = DASHES[Math.floor(n / SWATCHES.length) % DASHES.length] ?? [];
  return { ...swatch, dash };
}
