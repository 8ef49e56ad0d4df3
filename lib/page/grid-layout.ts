/** Chooses the size of charts: a few fill the window, many are as small as a reader can still read. */

/** A chart narrower or lower than this is hard to read. */
const LEAST_WIDTH = 340;
const LEAST_HEIGHT = 210;
/** A chart higher than this share of its width is no clearer. */
const HIGHEST = 0.62;
/** A chart wider than this multiple of its height is no clearer. */
const WIDEST = 2.2;
/** A card's height without its plot, in pixels. */
const HEAD = 44;
const GAP = 12;

interface GridLayout {
  readonly columns: number;
  /** Pixels of each plot. */
  readonly height: number;
}

/**
 * @param counts Charts in each section; a section begins a new row.
 * @param width,height The room for the charts, in pixels; charts that do not fit are scrolled.
 */
export function layOutGrid(counts: readonly number[], width: number, height: number): GridLayout {
  const most = Math.max(Math.floor((width + GAP) / (LEAST_WIDTH + GAP)), 1);
  let best: GridLayout = { columns: most, height: LEAST_HEIGHT };
  let largest = 0;
  for (let columns = 1; columns <= Math.min(most, Math.max(...counts, 1)); columns++) {
    const rows = Math.max(
      counts.reduce((sum, count) => sum + Math.ceil(count / columns), 0),
      1,
    );
    const cell = (width + GAP) / columns - GAP;
    const room = (height + GAP) / rows - GAP - HEAD;
    const plot = Math.floor(Math.min(room, cell * HIGHEST));
    // Width beyond WIDEST does not count.
    const area = plot * Math.min(cell, plot * WIDEST);
    if (plot < LEAST_HEIGHT || area <= largest) continue;
    largest = area;
    best = { columns, height: plot };
  }
  return best;
}
