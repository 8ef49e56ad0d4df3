import { lineStyle } from '../plot/palette.js';
import type { RunInfo } from '../plot/protocol.js';
import { formatCount } from '../runs/format.js';
import { button, element } from './dom.js';
import type { Model } from './model.js';
import { NameSearch } from './name-search.js';
import { onPrint } from './print.js';
import { RowWindow, rowsInView } from './row-window.js';
import { type Group, groupKeys } from './runs/groups.js';
import { type OrderKey, orderKeys, sortedRuns } from './runs/order.js';
import { brief, problemsWidth, RunRow } from './runs/row.js';
import { ALL_RUNS, isShown, only, withRuns } from './selection.js';
import { needsTwoLines } from './short-name.js';
import { lineSwatch } from './swatch.js';
import { NARROW_PAGE, SIDE } from './table/column-widths.js';
import { type Column, columnOf } from './table/columns.js';
import type { View } from './view.js';

/**
 * Height of a row with names in one line and in two, as in run-list.css, and in the drawer of narrow windows as in
 * small-screens.css, in pixels.
 */
const ROW_HEIGHTS = { page: [28, 40], drawer: [36, 48] } as const;
/**
 * Width of all that stands beside a name: box, line, scrollbar, paddings, and the word for a run that diverged, or a
 * value, which run-list.css limits. A button for problems beside them comes on top of it.
 */
const BESIDE_NAME = 160;
/** A list of up to this many rows is in the page as a whole, so that the browser finds text in it. */
const FEW_ROWS = 60;

/** With fewer runs than this the list has no search and no order. */
const FEW_RUNS = 3;

/** The list of runs at the side: names, states, and which runs are shown. */
export class RunList {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #list = element('ul', { class: 'runs' });
  readonly #window = new RowWindow(this.#list, () => element('li', { 'aria-hidden': 'true' }));
  /** Kept here, since asking the browser costs a layout of the whole page. */
  #scrolled = 0;
  #printsAll = false;
  readonly #count = element('span', { class: 'count' });
  readonly #rows = new Map<number, RunRow>();
  readonly #search = new NameSearch();
  readonly #input: HTMLInputElement;
  readonly #order = element('select', { 'aria-label': 'Sort runs by' });
  readonly #direction: HTMLButtonElement;
  readonly #group = element('select', {});
  readonly #tools: HTMLElement;
  readonly #all: HTMLButtonElement;
  readonly #none: HTMLButtonElement;
  readonly #only: HTMLButtonElement;
  readonly #nothing = element('p', { class: 'nothing' }, 'No run matches');
  #found: readonly RunInfo[] = [];
  /** The rows of the list, in the page or not: runs, and the heads of their groups. */
  #listed: readonly (RunInfo | GroupHead)[] = [];
  #pointed: number | undefined;
  /** The most problems of a run beside whose button a word or value stands. */
  #mostProblems = 0;

  constructor(model: Model) {
    this.#model = model;
    this.#all = button({}, 'all', () => this.#choose(true));
    this.#none = button({}, 'none', () => this.#choose(false));
    this.#only = button({ title: 'Show only the runs that match' }, 'only', () =>
      model.show({ runs: only(this.#found.map(({ name }) => name)) }),
    );
    this.#input = element('input', {
      type: 'search',
      placeholder: 'Find runs',
      'aria-label': 'Find runs by name',
    });
    this.#input.addEventListener('input', () => model.show({ find: this.#input.value }));
    this.#order.addEventListener('change', () => {
      const { value } = this.#order;
      const key = this.#orderKeys().find(({ key }) => key === value);
      // The best run stands first.
      model.show({ order: value === 'name' ? '' : key?.isBestLast ? `-${value}` : value });
    });
    this.#group.addEventListener('change', () => model.show({ group: this.#group.value }));
    this.#direction = button({ class: 'direction' }, '', () => {
      const order = model.view.order || 'name';
      model.show({ order: order.startsWith('-') ? order.slice(1) : `-${order}` });
    });
    this.#tools = element(
      'div',
      { class: 'side-tools' },
      this.#input,
      element('div', { class: 'order' }, this.#order, this.#direction),
      element('label', { class: 'group' }, 'Group by', this.#group),
    );
    this.element = element(
      'aside',
      { class: 'side', 'aria-label': 'Runs' },
      element(
        'div',
        { class: 'side-head' },
        element('h2', {}, 'Runs'),
        ...[this.#count, this.#all, this.#none, this.#only],
      ),
      this.#tools,
      this.#nothing,
      this.#list,
    );
    this.#update();
    model.onChange((change) => {
      if (change !== 'connection') this.#update();
    });
    model.onPoint(() => this.#mark());
    const onScroll = () => {
      this.#scrolled = this.#list.scrollTop;
      this.#fill();
    };
    this.#list.addEventListener('scroll', onScroll, { passive: true });
    addEventListener('resize', () => this.#fill());
    const all = (wanted: boolean) => () => {
      this.#printsAll = wanted;
      this.#fill();
    };
    onPrint(all(true), all(false));
  }

  /** Shows or hides the listed runs; without a search, all runs and those that will come. */
  #choose(shown: boolean): void {
    const { find, runs } = this.#model.view;
    const names = this.#found.map(({ name }) => name);
    const all = shown ? ALL_RUNS : only([]);
    this.#model.show({ runs: find.trim() === '' ? all : withRuns(runs, names, shown) });
  }

  #update(): void {
    const { runs, view } = this.#model;
    const matches = this.#search.of(view.find);
    const sorted = sortedRuns(runs, view.order, (metric) => this.#model.metric(metric));
    this.#found = sorted.filter(({ id, name }) => matches([this.#model.label(id), name]));
    const hasValues = this.#sortedValue() !== undefined;
    this.#mostProblems = runs
      .filter((run) => hasValues || brief(run) !== '')
      .reduce((most, { problems }) => Math.max(most, problems), 0);
    this.#updateTools();
    const { groups } = this.#model;
    this.#listed =
      groups.length === 0
        ? this.#found
        : groups.flatMap((group) => {
            const ids = new Set(group.runs);
            const members = this.#found.filter(({ id }) => ids.has(id));
            return members.length === 0 ? [] : [{ group, count: members.length }, ...members];
          });
    this.#fill();
  }

  /** Makes the rows in or near the view and removes the others. */
  #fill(): void {
    const { view } = this.#model;
    const count = this.#listed.length;
    const isDrawer = innerWidth <= NARROW_PAGE;
    const room = lineWidth(isDrawer);
    const isTall = needsTwoLines(this.#model, room - problemsWidth(this.#mostProblems, false));
    const nameRoom = room - problemsWidth(this.#mostProblems, isTall);
    const rowHeight = ROW_HEIGHTS[isDrawer ? 'drawer' : 'page'][isTall ? 1 : 0];
    this.#list.classList.toggle('tall', isTall);
    const [from, to] =
      this.#printsAll || count <= FEW_ROWS
        ? [0, count]
        : rowsInView(count, { top: this.#scrolled, room: innerHeight, rowHeight }, true);
    const told = this.#sortedValue();
    const kept = new Set<number>();
    const rows = this.#listed.slice(from, to).map((one, i) => {
      const made = 'group' in one ? groupHead(one) : this.#row(one, view, told, nameRoom);
      if (!('group' in one)) kept.add(one.id);
      made.setAttribute('aria-setsize', String(count));
      made.setAttribute('aria-posinset', String(from + i + 1));
      return made;
    });
    for (const id of this.#rows.keys()) if (!kept.has(id)) this.#rows.delete(id);
    this.#window.put(rows, from, count, rowHeight);
  }

  #row(
    run: RunInfo,
    { runs }: View,
    told: Column['cell'] | undefined,
    nameRoom: number,
  ): HTMLElement {
    const known = this.#rows.get(run.id);
    const row = known ?? new RunRow(this.#model, run);
    row.update(run, isShown(runs, run.name), told?.(run)?.text ?? '', nameRoom);
    if (known === undefined) {
      this.#rows.set(run.id, row);
      row.mark(run.id === this.#model.pointed);
    }
    return row.element;
  }

  /** The cell of the metric or parameter that runs are sorted by. */
  #sortedValue(): Column['cell'] | undefined {
    const column = columnOf(this.#model.view.order.replace(/^-/, ''), (metric) =>
      this.#model.metric(metric),
    );
    return column.kind === 'run' ? undefined : column.cell;
  }

  #updateTools(): void {
    const { runs, view, shown } = this.#model;
    const isSearching = view.find.trim() !== '';
    const count = formatCount(runs.length);
    this.#count.textContent =
      runs.length === 0
        ? ''
        : shown.length === runs.length
          ? count
          : `${formatCount(shown.length)} of ${count}`;
    this.#tools.hidden = runs.length < FEW_RUNS && !isSearching;
    this.#nothing.hidden = !isSearching || this.#found.length > 0;
    const name = (made: HTMLButtonElement, plain: string, verb: string, title: string) => {
      made.textContent = isSearching ? verb : plain;
      made.title = isSearching ? title : '';
      if (isSearching) made.setAttribute('aria-label', title);
      else made.removeAttribute('aria-label');
    };
    name(this.#all, 'all', 'show', 'Show the runs that match');
    name(this.#none, 'none', 'hide', 'Hide the runs that match');
    this.#only.hidden = !isSearching;
    if (this.#input.value !== view.find) this.#input.value = view.find;
    this.#input.setAttribute('aria-invalid', String(this.#search.fault !== ''));
    this.#input.title = this.#search.fault || 'words, lr*seed1, ^resnet, -old';
    this.#updateOrder(view.order || 'name');
    this.#updateGroup(runs, view.group);
  }

  #updateGroup(runs: readonly RunInfo[], chosen: string): void {
    const keys = [{ key: '', title: 'nothing' }, ...groupKeys(runs)];
    if (!keys.some(({ key }) => key === chosen)) keys.push({ key: chosen, title: chosen });
    fill(this.#group, keys, chosen);
    this.#tools.classList.toggle('groupable', keys.length > 1);
  }

  #orderKeys(): OrderKey[] {
    return orderKeys(this.#model.runs, (metric) => this.#model.metric(metric));
  }

  #updateOrder(order: string): void {
    const isReversed = order.startsWith('-');
    const chosen = isReversed ? order.slice(1) : order;
    const keys = this.#orderKeys();
    if (!keys.some(({ key }) => key === chosen)) {
      keys.push({ key: chosen, title: chosen.slice(chosen.indexOf(':') + 1), group: '' });
    }
    fill(this.#order, keys, chosen);
    this.#direction.textContent = isReversed ? '↓' : '↑';
    const title = isReversed ? 'Descending order' : 'Ascending order';
    this.#direction.title = title;
    this.#direction.setAttribute('aria-label', title);
  }

  #mark(): void {
    const before = this.#pointed;
    this.#pointed = this.#model.pointed;
    if (before !== undefined) this.#rows.get(before)?.mark(false);
    if (this.#pointed !== undefined) this.#rows.get(this.#pointed)?.mark(true);
  }
}

/** The width of a line of a name, in pixels, from that of the list as the style sheets have it. */
function lineWidth(isDrawer: boolean): number {
  const width = isDrawer
    ? Math.min(340, 0.88 * innerWidth)
    : Math.max(SIDE, Math.min(0.19 * innerWidth, 440));
  return width - BESIDE_NAME;
}

interface GroupHead {
  readonly group: Group;
  readonly count: number;
}

/** The head of a group: the values that its runs share. */
function groupHead({ group: { label, style }, count }: GroupHead): HTMLElement {
  const name = element('span', { class: 'name', title: label }, label);
  const total = element('span', { class: 'count' }, formatCount(count));
  return element('li', { class: 'group-head' }, lineSwatch(lineStyle(style)), name, total);
}

/** Gives a choice its options, if they changed. */
function fill(
  select: HTMLSelectElement,
  keys: readonly { readonly key: string; readonly title: string; readonly group?: string }[],
  chosen: string,
): void {
  const known = JSON.stringify(keys);
  if (select.dataset.keys !== known) {
    select.dataset.keys = known;
    select.replaceChildren();
    for (const [group, members] of byGroup(keys)) {
      const options = members.map(({ key, title }) => element('option', { value: key }, title));
      const isAlone = members.length === keys.length || group === '';
      select.append(...(isAlone ? options : [element('optgroup', { label: group }, ...options)]));
    }
  }
  select.value = chosen;
}

function byGroup<K extends { readonly group?: string }>(keys: readonly K[]): Map<string, K[]> {
  const groups = new Map<string, K[]>();
  for (const key of keys) {
    const group = key.group ?? '';
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  return groups;
}
