import { button, element } from '../dom.js';
import type { Model } from '../model.js';
import type { Column } from './columns.js';
import { openBeside } from './floating.js';
import { columnTitle } from './titles.js';

const GROUPS = [
  ['Parameters', ['parameter']],
  ['Metrics', ['last', 'best']],
  ['Results', ['result']],
  ['Runs', ['run']],
] as const;

/** Lets the person choose the columns. */
export function openColumns(anchor: Element, model: Model, columns: readonly Column[]): void {
  const search = element('input', {
    type: 'search',
    placeholder: 'Find columns',
    'aria-label': 'Find columns',
  });
  const items = columns.map((column) => new Item(model, column));
  const found = () => items.filter(({ element }) => !element.hidden);
  const groups = GROUPS.map(([title, kinds]) => {
    const members = items.filter(({ column }) => kinds.some((kind) => kind === column.kind));
    const made = element(
      'fieldset',
      {},
      element('legend', {}, title),
      ...members.map(({ element }) => element),
    );
    return { made, members };
  });
  const update = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    for (const { element, column } of items) {
      const title = columnTitle(column).toLowerCase();
      element.hidden = !words.every((word) => title.includes(word));
    }
    for (const { made, members } of groups)
      made.hidden = members.every(({ element }) => element.hidden);
  };
  update();
  search.addEventListener('input', update);
  const all = (wanted: boolean) => () => {
    const toggled = new Set(model.view.columns);
    for (const item of found()) item.set(toggled, wanted);
    model.show({ columns: toggled });
    for (const item of items) item.update();
  };
  openBeside(
    anchor,
    'Columns',
    element(
      'div',
      { class: 'head' },
      search,
      button({}, 'all', all(true)),
      button({}, 'none', all(false)),
    ),
    element(
      'div',
      { class: 'columns', tabindex: 0, role: 'region', 'aria-label': 'Columns' },
      ...groups.map(({ made }) => made),
    ),
  );
  search.focus();
}

class Item {
  readonly element: HTMLElement;
  readonly column: Column;
  readonly #model: Model;
  readonly #box = element('input', { type: 'checkbox' });

  constructor(model: Model, column: Column) {
    this.#model = model;
    this.column = column;
    this.#box.addEventListener('change', () => {
      const toggled = new Set(model.view.columns);
      this.set(toggled, this.#box.checked);
      model.show({ columns: toggled });
    });
    this.element = element('label', {}, this.#box, columnTitle(column));
    this.update();
  }

  /** Notes in `toggled` whether the column is wanted. */
  set(toggled: Set<string>, wanted: boolean): void {
    const { id, isUsual } = this.column;
    if (wanted === isUsual) toggled.delete(id);
    else toggled.add(id);
  }

  update(): void {
    const { id, isUsual } = this.column;
    this.#box.checked = isUsual !== this.#model.view.columns.has(id);
  }
}
