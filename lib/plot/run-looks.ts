/** Labels and styles of runs, the same on the page, in a saved page, in an image and in the terminal. */
import { runLabels } from '../runs/names.js';
import { compareNames } from '../runs/natural-order.js';
import { COLORS } from './palette.js';

interface StyledRun {
  readonly name: string;
  /** Seconds since 1970-01-01 UTC; null or NaN where the log does not say. */
  readonly begin: number | null;
}

/**
 * A run's colour comes from its name. Where an earlier run has that colour, the run gets the next colour that
 * fewer runs have. So colour alone tells apart as many runs as there are colours; further runs differ by their
 * dashes. A later run does not change the style of an earlier one.
 */
export function runStyles(runs: Iterable<StyledRun>): Map<string, number> {
  const styles = new Map<string, number>();
  const uses = new Uint32Array(COLORS);
  for (const { name } of [...runs].sort(byBegin)) {
    if (styles.has(name)) continue;
    const fewest = Math.min(...uses);
    let color = hash(name) % COLORS;
    while ((uses[color] ?? 0) > fewest) color = (color + 1) % COLORS;
    styles.set(name, color + COLORS * fewest);
    uses[color] = fewest + 1;
  }
  return styles;
}

/** How a run appears in charts and lists. */
export interface RunLook {
  readonly name: string;
  /** The run's name without what all names share. */
  readonly label: string;
  /** Index of the run's style in the palette. */
  readonly style: number;
}

/** Runs with their looks. */
export function runLooks<R extends StyledRun>(runs: readonly R[]): (R & RunLook)[] {
  const labels = runLabels(runs.map(({ name }) => name));
  const styles = runStyles(runs);
  return runs.map((run, i) => ({
    ...run,
    label: labels[i] ?? run.name,
    style: styles.get(run.name) ?? 0,
  }));
}

/**
 * The style of a run's line in a chart of several metrics: colours tell runs apart, and dashes tell metrics
 * apart. With only one run, colours tell metrics apart.
 *
 * @param index Index of the metric in the chart.
 */
export function curveStyle(run: number, index: number, isOnlyRun: boolean): number {
  if (!isOnlyRun) return run + COLORS * index;
  return ((run + index) % COLORS) + COLORS * Math.floor(index / COLORS);
}

function byBegin(a: StyledRun, b: StyledRun): number {
  const [first, second] = [a, b].map(({ begin }) =>
    Number.isFinite(begin) ? Number(begin) : Infinity,
  );
  return first === second ? compareNames(a.name, b.name) : Number(first) - Number(second);
}

/** FNV-1a over UTF-16, mixed so that names that differ in one character share no bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
