import type { RunInfo } from '../../plot/protocol.js';
import type { Model } from '../model.js';
import { type Column, NAME_COLUMN } from './columns.js';
import { MAX_CELL, widthText } from './row.js';
import { stateWords } from './state.js';
import { textWidth, widestOf } from './text-width.js';
import { partText } from './titles.js';

/** In windows up to this width the list of runs is a drawer; in wider ones it takes SIDE pixels at least. */
export const NARROW_PAGE = 900;
export const SIDE = 284;
/** Space beside a cell's text, in pixels. */
const CELL_PADDING = 24;
/** Space beside a run's name for its checkbox and its line, in pixels. */
const NAME_PADDING = 84;
/** Windows up to this width, in pixels, show no line beside the name. */
const NARROW = 760;
const NARROW_PADDING = 44;
const MIN_NAME = 130;
/** The share of the table's room that names may take. */
const NAME_SHARE = 0.45;
/** Space beside a head's text for the mark of the order, in pixels. */
const SORT_MARK = 14;
const GOAL_BUTTON = 50;
/** Space around a word of a state, in pixels. */
const BADGE = 21;
/** The size of small text, in the head and of states, relative to the other text. */
const SMALL = 11 / 13;

/**
 * How wide columns are. All runs count, listed or not, so that columns keep their widths while a person types a
 * filter.
 */
export class ColumnWidths {
  readonly #model: Model;
  readonly #known = new Map<string, number>();
  /** What the known widths were computed from. */
  #from: readonly unknown[] = [];

  constructor(model: Model) {
    this.#model = model;
  }

  /** @param columns All columns, shown or not: the same array until their contents change. */
  of(column: Column, columns: readonly Column[]): number {
    const { runs } = this.#model;
    const from = [columns, runs, innerWidth];
    if (from.some((one, i) => one !== this.#from[i])) {
      this.#known.clear();
      this.#from = from;
    }
    const known = this.#known.get(column.id);
    if (known !== undefined) return known;
    const width = this.#compute(column, runs);
    this.#known.set(column.id, width);
    return width;
  }

  #compute(column: Column, runs: readonly RunInfo[]): number {
    const cells = widestOf(runs.map((run) => widthText(this.#model, column, run)));
    const head = textWidth(column.name) + SORT_MARK;
    if (column === NAME_COLUMN) {
      const padding = namePadding();
      const room = innerWidth <= NARROW_PAGE ? innerWidth : innerWidth - SIDE;
      const most = Math.max(MIN_NAME, Math.min(MAX_CELL + padding, room * NAME_SHARE));
      return Math.ceil(Math.min(Math.max(MIN_NAME, cells + padding), most));
    }
    const part = textWidth(partText(column)) * SMALL + GOAL_BUTTON;
    const content = column.id === 'state' ? Math.max(...runs.map(badgesWidth)) : cells;
    return Math.ceil(Math.min(Math.max(content, head, part), MAX_CELL) + CELL_PADDING);
  }
}

/** Space beside a run's name, in pixels. */
export function namePadding(): number {
  return innerWidth <= NARROW ? NARROW_PADDING : NAME_PADDING;
}

/** The width of a run's state: each word has a frame of its own. */
function badgesWidth(run: RunInfo): number {
  return stateWords(run).reduce((sum, word) => sum + textWidth(word) * SMALL + BADGE, 0);
}
