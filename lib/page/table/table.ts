import { element, SCROLLED } from '../dom.js';
import { whenIdle } from '../idle.js';
import type { Model } from '../model.js';
import { onPrint } from '../print.js';
import { RowWindow, rowsInView } from '../row-window.js';
import { needsTwoLines } from '../short-name.js';
import { ColumnWidths, NARROW_PAGE, namePadding, SIDE } from './column-widths.js';
import { NAME_COLUMN } from './columns.js';
import { GOAL_KEY, headRow } from './head.js';
import type { Listing } from './listing.js';
import { type Part, rowKeys, runRow } from './row.js';

/** Height of a row with names in one line and in two, as in table.css, in pixels. */
const ROW_HEIGHTS = [32, 44] as const;
const LEAST_HEIGHT = 320;
const BESIDE_TABLE = 150;
/** Width of the columns kept ready beside those in view, as a share of the view. */
const READY_WIDTH = 0.25;
/** A table of up to this many columns is in the page as a whole. */
const FEW_COLUMNS = 30;

interface Row {
  readonly element: HTMLElement;
  /** What the row was made from. */
  readonly key: string;
}

/** The runs as rows; the page holds only the rows and columns in or near the view. */
export class Table {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #widths: ColumnWidths;
  readonly #box = element('div', { ...SCROLLED, class: 'table', 'aria-label': 'Runs' });
  readonly #columns = element('colgroup', {});
  readonly #head = element('thead', {});
  readonly #body = element('tbody', {});
  readonly #table = element('table', {}, this.#columns, this.#head, this.#body);
  readonly #window = new RowWindow(this.#body, () =>
    element('tr', { 'aria-hidden': 'true' }, element('td', {})),
  );
  /** Rows in the page, by the run's id. */
  #rows = new Map<number, Row>();
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
    this.#widths = new ColumnWidths(model);
    this.element = this.#box;
    this.#box.append(this.#table);
    const onScroll = () => {
      this.#scrolled = [this.#box.scrollLeft, this.#box.scrollTop];
      this.#fill(true);
    };
    this.#box.addEventListener('scroll', onScroll, { passive: true });
    this.#box.addEventListener('focusin', ({ target }) => {
      if (!(target instanceof Element) || this.#isGivingBack) return;
      if (target.matches(':focus-visible')) this.#reveal(target);
    });
    addEventListener('resize', () => this.#fill(true));
    const all = (wanted: boolean) => {
      this.#printsAll = wanted;
      this.#fill(true);
    };
    model.onPoint(() => {
      for (const [id, { element }] of this.#rows) {
        element.classList.toggle('pointed', id === model.pointed);
      }
    });
    onPrint(
      () => all(true),
      () => all(false),
    );
  }

  /** Computes what takes longest of drawing a listing. */
  prepare({ shown, columns }: Listing): void {
    let end = 0;
    this.#ends = [NAME_COLUMN, ...shown].map((one) => (end += this.#widths.of(one, columns)));
  }

  draw(listing: Listing): void {
    this.#listing = listing;
    this.prepare(listing);
    const focused = this.#focus();
    this.#drawHead(listing);
    this.#fill(false);
    focused(true);
    this.#fillSoon();
  }

  /** Makes the rows near the view, too. */
  readonly #fillSoon = whenIdle(() => this.#fill(true));

  /** Makes the head anew, with the columns in view. */
  #drawHead(listing: Listing): void {
    const { shown, rows } = listing;
    const part = this.#columnsInView(shown.length);
    this.#part = part;
    const [from, to] = part;
    const ends = this.#ends;
    // A gap counts as one column.
    const places = [
      ...[0, ...(from > 0 ? [from] : [])],
      ...Array.from({ length: to - from }, (_, i) => from + i + 1),
      ...(to < shown.length ? [shown.length] : []),
    ];
    const widths = places.map((place, i) => (ends[place] ?? 0) - (ends[places[i - 1] ?? -1] ?? 0));
    this.#columns.replaceChildren(
      ...widths.map((width) => {
        const col = element('col');
        col.style.width = `${width}px`;
        return col;
      }),
    );
    this.#head.replaceChildren(headRow(this.#model, listing, part));
    this.#table.setAttribute('aria-rowcount', String(rows.length + 1));
    this.#table.setAttribute('aria-colcount', String(shown.length + 1));
    this.#table.style.width = `${ends.at(-1) ?? 0}px`;
    for (const spacer of this.#window.spacers) {
      spacer.firstElementChild?.setAttribute('colspan', String(places.length));
    }
  }

  /** Pixels of the window that the table does not take. */
  get #besides(): number {
    return innerWidth <= NARROW_PAGE ? 0 : SIDE;
  }

  /** The columns in view; all where there are few, so that the browser finds text in them. */
  #columnsInView(count: number): Part {
    if (this.#printsAll || count <= FEW_COLUMNS) return [0, count];
    const [left] = this.#scrolled;
    const room = innerWidth - this.#besides;
    const [from, to] = [left - room * READY_WIDTH, left + room * (1 + READY_WIDTH)];
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
    return isShort || (to < count && (this.#ends[to] ?? 0) < left + innerWidth - this.#besides);
  }

  /** Makes the rows in view, and those near it if wanted, and removes the others. */
  #fill(isReady: boolean): void {
    const listing = this.#listing;
    if (listing === undefined) return;
    if (this.#isPartStale(listing.shown.length)) {
      const focused = this.#focus();
      this.#drawHead(listing);
      this.#fillRows(listing, isReady);
      focused();
    } else this.#fillRows(listing, isReady);
  }

  #fillRows(listing: Listing, isReady: boolean): void {
    const { rows: runs } = listing;
    const [, top] = this.#scrolled;
    const room = Math.max(LEAST_HEIGHT, innerHeight - BESIDE_TABLE);
    const nameRoom = (this.#ends[0] ?? 0) - namePadding();
    const isTall = needsTwoLines(this.#model, nameRoom);
    const rowHeight = ROW_HEIGHTS[isTall ? 1 : 0];
    this.#table.classList.toggle('tall', isTall);
    const [from, to] = this.#printsAll
      ? [0, runs.length]
      : rowsInView(runs.length, { top, room, rowHeight }, isReady);
    const keyOf = rowKeys(this.#model, listing, this.#part, nameRoom);
    const before = this.#rows;
    this.#rows = new Map();
    const rows = runs.slice(from, to).map((run, i) => {
      const key = keyOf(run);
      const known = before.get(run.id);
      const row =
        known?.key === key
          ? known
          : { key, element: runRow(this.#model, run, listing, this.#part, nameRoom) };
      row.element.classList.toggle('pointed', run.id === this.#model.pointed);
      row.element.setAttribute('aria-rowindex', String(from + i + 2));
      this.#rows.set(run.id, row);
      return row.element;
    });
    this.#window.put(rows, from, runs.length, rowHeight);
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
        this.#fill(false);
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
