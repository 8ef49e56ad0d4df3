import type { Goal } from '../../runs/goal.js';
import { button, element } from '../dom.js';
import type { Model } from '../model.js';
import { choose, chooseOnly, isChosen } from './choice.js';
import { type Column, NAME_COLUMN } from './columns.js';
import type { Listing } from './listing.js';
import { gap, type Part, tellPlaces } from './row.js';
import { partText } from './titles.js';

/** The row of the table's head: a click on a name sorts, a click on an arrow says which value is best. */
export function headRow(model: Model, listing: Listing, [from, to]: Part): HTMLElement {
  const { shown, isNumeric } = listing;
  const row = element(
    'tr',
    {},
    nameHead(model, listing),
    gap(from),
    ...shown.slice(from, to).map((column) => columnHead(model, column, isNumeric(column))),
    gap(shown.length - to),
  );
  tellPlaces(row, [from, to], shown.length);
  return row;
}

function nameHead(model: Model, { rows, chosen }: Listing): HTMLElement {
  const box = element('input', {
    type: 'checkbox',
    'aria-label': 'Choose all runs of the table',
    'data-key': 'all',
    checked: rows.length > 0 && chosen.length === rows.length,
  });
  box.indeterminate = chosen.length > 0 && chosen.length < rows.length;
  box.addEventListener('change', () => choose(model, rows, box.checked));
  const others = model.runs.length - rows.length;
  const listed = new Set(rows);
  const isMore = others > 0 && model.runs.some((run) => !listed.has(run) && isChosen(model, run));
  const only = button(
    {
      class: 'only',
      'data-key': 'only',
      title: 'Choose the runs that match the filter, and no others',
    },
    'only these',
    () => chooseOnly(model, rows),
  );
  const { className, sort } = sortParts(model, NAME_COLUMN);
  return element(
    'th',
    { scope: 'col', class: className, 'aria-sort': className },
    element('span', { class: 'first' }, box, sort),
    element('span', { class: 'part' }, isMore && rows.length > 0 && only),
  );
}

function columnHead(model: Model, column: Column, isNumber: boolean): HTMLElement {
  const { className, sort } = sortParts(model, column);
  const classes = [className, isNumber && 'number'].filter(Boolean).join(' ');
  return element(
    'th',
    { scope: 'col', class: classes !== '' && classes, 'aria-sort': className },
    element('span', { class: 'first' }, sort),
    element('span', { class: 'part' }, partText(column), goalButton(model, column)),
  );
}

function sortParts(model: Model, { id, name, kind, goal }: Column) {
  const order = model.view.order || NAME_COLUMN.id;
  const [ascending, descending] = [id, `-${id}`];
  const className =
    order === ascending ? 'ascending' : order === descending ? 'descending' : undefined;
  // The first click puts the best value first, if the column has a goal.
  const [first, second] = goal === 'max' ? [descending, ascending] : [ascending, descending];
  const next = order === first ? second : order === second ? '' : first;
  const part = kind === 'last' || kind === 'best' ? `, ${kind}` : '';
  const label = element('span', { class: 'name' }, name);
  const title = `Sort by ${name}${part}`;
  const sort = button({ class: 'sort', 'data-key': `sort:${id}`, title }, label, () =>
    model.show({ order: next === NAME_COLUMN.id ? '' : next }),
  );
  return { className, sort };
}

/** Key by which a rebuilt table finds the element that had the focus. */
export const GOAL_KEY = 'goal:';

/** What a click makes the best value. */
export const NEXT: Readonly<Record<Goal | 'unknown', Goal>> = {
  unknown: 'min',
  min: 'max',
  max: 'min',
};

/** Shows which value is best, and lets the person change that. */
function goalButton(model: Model, { kind, name, goal }: Column): HTMLElement | undefined {
  if (kind !== 'best' && (kind !== 'last' || goal !== undefined)) return undefined;
  const next = NEXT[goal ?? 'unknown'];
  const is =
    goal === undefined ? 'The log does not say which value is best' : `Best is the ${WORDS[goal]}`;
  const title = `${is}. Click: the ${WORDS[next]} is`;
  const label = goal === undefined ? 'best?' : goal === 'min' ? '↓' : '↑';
  const key = `${GOAL_KEY}${name}`;
  return button({ class: 'goal', 'data-key': key, title: `${name}: ${title}` }, label, () =>
    model.show({ goals: new Map(model.view.goals).set(name, next) }),
  );
}

export const WORDS: Readonly<Record<Goal, string>> = { min: 'lowest', max: 'highest' };
