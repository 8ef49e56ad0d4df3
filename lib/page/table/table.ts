import type { RunInfo } from '../../plot/protocol.js';
import { element, SCROLLED } from '../dom.js';
import type { Model } from '../model.js';
import { onPrint } from '../print.js';
import { type Column, NAME_COLUMN } from './columns.js';
import { GOAL_KEY, tableHead } from './head.js';
import type { Listing } from './listing.js';
import { MAX_CELL, type Part, runRow, widthText } from './row.js';
import { textWidth, widestOf } from './text-width.js';
import { partText } from './titles.js';

/** Height of a row as in table.css, in pixels. */
const ROW_HEIGHT = 32;
const LEAST_HEIGHT = 320;
const BESIDE_TABLE = 150;
/** Rows kept ready above and below the rows in view. */
const READY = 6;
/** Width of the columns kept ready beside those in view, as a share of the window. */
const READY_WIDTH = 0.25;
/** A table of up to this many columns is in the page as a whole. */
const FEW_COLUMNS = 30;
/** Space beside a cell's text, in pixels. */
const CELL_PADDING = 24;
/** Space beside a run's name for its checkbox and its line, in pixels. */
const NAME_PADDING = 84;
/** Windows up to this width, in pixels, show no line beside the name. */
const NARROW = 760;
const NARROW_PADDING = 44;
/** In windows up to this width the list of runs is a drawer; in wider ones it takes SIDE pixels at least. */
const NARROW_PAGE = 900;
const SIDE = 284;
const MIN_NAME = 130;
/** The share of the table's room that names may take. */
const NAME_SHARE = 0.45;
/** Space beside a head's text for the mark of the order, in pixels. */
const SORT_MARK = 14;
const GOAL_BUTTON = 50;
/** Space around the words of a state, in pixels. */
const BADGES = 28;
/** The size of the head's small text, relative to the other text. */
const PART_SIZE = 0.85;

/** The runs as rows; the page holds only the rows in or near the view. */
export class Table {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #box = element('div', { ...SCROLLED, class: 'table', 'aria-label': 'Runs' });
  readonly #body = element('tbody', {});
  readonly #above = element('tr', { 'aria-hidden': 'true' }, element('td', {}));
  readonly #below = element('tr', { 'aria-hidden': 'true' }, element('td', {}));
  /** Rows in the page, by the run's id. */
  readonly #rows = new Map<number, HTMLElement>();
  #listing: Listing | undefined;
  /** Kept here, since asking the browser costs a layout of the whole page. */
  #scrolled: readonly [left: number, top: number] = [0, 0];
  /** The right ends of the columns, in pixels; the column of names is the first. */
  #ends: readonly number[] = [];
  /** The columns whose cells are in the page. */
  #part: Part = [0, 0];
  #printsAll = false;
  /** While the table gives the focus back it does not reveal the cell: the person may have scrolled away. */
  #isGivingBack = false;

  constructor(model: Model) {
    this.#model = model;
    this.element = this.#box;
    const onScroll = () => {
      this.#scrolled = [this.#box.scrollLeft, this.#box.scrollTop];
      this.#fill();
    };
    this.#box.addEventListener('scroll', onScroll, { passive: true });
    this.#box.addEventListener('focusin', ({ target }) => {
      if (!(target instanceof Element) || this.#isGivingBack) return;
      if (target.matches(':focus-visible')) this.#reveal(target);
    });
    addEventListener('resize', () => this.#fill());
    const all = (wanted: boolean) => {
      this.#printsAll = wanted;
      this.#fill();
    };
    model.onPoint(() => {
      for (const [id, row] of this.#rows) row.classList.toggle('pointed', id === model.pointed);
    });
    onPrint(
      () => all(true),
      () => all(false),
    );
  }

  draw(listing: Listing): void {
    this.#listing = listing;
    const { shown, rows } = listing;
    let end = 0;
    this.#ends = [NAME_COLUMN, ...shown].map((column) => (end += this.#widthOf(column, rows)));
    const focused = this.#focus();
    this.#drawPart(listing);
    this.#fill();
    focused(true);
  }

  /** Makes the table anew, with the columns in view and without rows. */
  #drawPart(listing: Listing): void {
    const { shown, rows } = listing;
    const part = this.#columnsInView(shown.length);
    this.#part = part;
    this.#rows.clear();
    const [from, to] = part;
    const ends = this.#ends;
    // A gap counts as one column.
    const places = [
      ...[0, ...(from > 0 ? [from] : [])],
      ...Array.from({ length: to - from }, (_, i) => from + i + 1),
      ...(to < shown.length ? [shown.length] : []),
    ];
    const cols = places.map((place, i) => {
      const col = element('col');
      col.style.width = `${(ends[place] ?? 0) - (ends[places[i - 1] ?? -1] ?? 0)}px`;
      return col;
    });
    const table = element(
      'table',
      { 'aria-rowcount': rows.length + 1, 'aria-colcount': shown.length + 1 },
      element('colgroup', {}, ...cols),
      tableHead(this.#model, listing, part),
      this.#body,
    );
    table.style.width = `${ends.at(-1) ?? 0}px`;
    for (const spacer of [this.#above, this.#below]) {
      spacer.firstElementChild?.setAttribute('colspan', String(places.length));
    }
    this.#body.replaceChildren(this.#above, this.#below);
    this.#box.replaceChildren(table);
  }

  /** A column's width, in pixels. */
  #widthOf(column: Column, rows: readonly RunInfo[]): number {
    const cells = widestOf(rows.map((run) => widthText(this.#model, column, run)));
    const head = textWidth(column.name) + SORT_MARK;
    if (column === NAME_COLUMN) {
      const padding = innerWidth <= NARROW ? NARROW_PADDING : NAME_PADDING;
      const room = innerWidth <= NARROW_PAGE ? innerWidth : innerWidth - SIDE;
      const most = Math.max(MIN_NAME, Math.min(MAX_CELL + padding, room * NAME_SHARE));
      return Math.ceil(Math.min(Math.max(MIN_NAME, cells + padding), most));
    }
    const part = textWidth(partText(column)) * PART_SIZE + GOAL_BUTTON;
    const content = column.id === 'state' ? cells + BADGES : cells;
    return Math.ceil(Math.min(Math.max(content, head, part), MAX_CELL) + CELL_PADDING);
  }

  /** The columns in view; all where there are few, so that the browser finds text in them. */
  #columnsInView(count: number): Part {
    if (this.#printsAll || count <= FEW_COLUMNS) return [0, count];
    const [left] = this.#scrolled;
    const ready = innerWidth * READY_WIDTH;
    const [from, to] = [left - ready, left + innerWidth + ready];
    const columns = this.#ends.slice(1);
    const first = columns.findIndex((end) => end > from);
    const last = columns.findIndex((end) => end > to);
    return [Math.max(first, 0), last < 0 ? count : last + 1];
  }

  /** Whether columns without cells in the page came into view. */
  #isPartStale(count: number): boolean {
    if (this.#printsAll || count <= FEW_COLUMNS) return this.#part[1] - this.#part[0] !== count;
    const [left] = this.#scrolled;
    const [from, to] = this.#part;
    const isShort = from > 0 && (this.#ends[from] ?? 0) > left;
    return isShort || (to < count && (this.#ends[to] ?? 0) < left + innerWidth);
  }

  /** Makes the rows in view and removes the others. */
  #fill(): void {
    const listing = this.#listing;
    if (listing === undefined) return;
    const { rows } = listing;
    if (this.#isPartStale(listing.shown.length)) {
      const focused = this.#focus();
      this.#drawPart(listing);
      focused();
    }
    const [, scrollTop] = this.#scrolled;
    const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - READY);
    const bottom = scrollTop + Math.max(LEAST_HEIGHT, innerHeight - BESIDE_TABLE);
    const last = this.#printsAll
      ? rows.length
      : Math.min(rows.length, Math.ceil(bottom / ROW_HEIGHT) + READY);
    const start = this.#printsAll ? 0 : first;
    const wanted = rows.slice(start, last);
    const kept = new Set(wanted.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (kept.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    let before: Element = this.#above;
    for (const [i, run] of wanted.entries()) {
      let row = this.#rows.get(run.id);
      if (row === undefined) {
        row = runRow(this.#model, run, listing, this.#part);
        row.classList.toggle('pointed', run.id === this.#model.pointed);
        row.setAttribute('aria-rowindex', String(start + i + 2));
        this.#rows.set(run.id, row);
      }
      if (before.nextElementSibling !== row) before.after(row);
      before = row;
    }
    space(this.#above, start);
    space(this.#below, rows.length - Math.max(last, start));
  }

  /**
   * Scrolls the whole cell into view: a browser takes a partly visible cell, or one behind the names, for visible.
   */
  #reveal(target: Element): void {
    const cell = target.closest('th, td');
    const head = this.#box.querySelector('thead th');
    if (cell === null || head === null) return;
    const [box, at, names] = [this.#box, cell, head].map((one) => one.getBoundingClientRect());
    if (box === undefined || at === undefined || names === undefined) return;
    const isName = cell.parentElement?.firstElementChild === cell;
    if (!isName) this.#box.scrollLeft += beyond([at.left, at.right], [names.right, box.right]);
    const isHead = cell.closest('thead') !== null;
    if (!isHead) this.#box.scrollTop += beyond([at.top, at.bottom], [names.bottom, box.bottom]);
  }

  /** Remembers which element has the focus; returns a function that gives it back in a rebuilt table. */
  #focus(): (follows?: boolean) => void {
    const { activeElement } = document;
    const key = activeElement instanceof HTMLElement ? activeElement.dataset.key : undefined;
    if (key === undefined || !this.#box.contains(activeElement)) return () => {};
    const find = () => this.#box.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
    // A metric that gets a goal moves to the front, and the person who set the goal follows it.
    const moves = key.startsWith(GOAL_KEY);
    return (follows = false) => {
      if (moves && follows && find() === null) {
        this.#box.scrollLeft = 0;
        this.#scrolled = [0, this.#scrolled[1]];
        this.#fill();
      }
      const found = find();
      this.#isGivingBack = true;
      found?.focus({ preventScroll: true });
      this.#isGivingBack = false;
      if (moves && follows && found !== null) this.#reveal(found);
    };
  }
}

type Stretch = readonly [from: number, to: number];

/** Pixels that a range must move to lie within a stretch. */
function beyond([from, to]: Stretch, [start, end]: Stretch): number {
  if (from < start) return from - start;
  return Math.max(to - end, 0);
}

function space(row: HTMLElement, rows: number): void {
  row.hidden = rows <= 0;
  row.style.height = `${Math.max(0, rows) * ROW_HEIGHT}px`;
}
