import type { RunInfo } from '../../plot/protocol.js';
import { button, element } from '../dom.js';
import type { Model } from '../model.js';
import { nameWithin } from '../short-name.js';
import { lineSwatch } from '../swatch.js';
import { openText } from './cell-text.js';
import { choose, isChosen } from './choice.js';
import { type Column, NAME_COLUMN } from './columns.js';
import type { Listing } from './listing.js';
import { stateWords } from './state.js';
import { textWidth } from './text-width.js';

/** Limit on a cell's width, in pixels; wider texts are clipped. */
export const MAX_CELL = 260;

/** A range of columns by index; the column of names does not count. */
export type Part = readonly [from: number, to: number];

/** A cell in place of columns that are not in view. */
export function gap(columns: number): HTMLElement | undefined {
  return columns <= 0 ? undefined : element('td', { class: 'gap', 'aria-hidden': 'true' });
}

/** Tells screen readers the columns of a row's cells, where some columns are not in the page. */
export function tellPlaces(row: HTMLElement, [from, to]: Part, count: number): void {
  if (from === 0 && to === count) return;
  const cells = [...row.children].filter((cell) => !cell.classList.contains('gap'));
  for (const [i, cell] of cells.entries()) {
    cell.setAttribute('aria-colindex', String(i === 0 ? 1 : from + i + 1));
  }
}

/**
 * The row of a run: its name, which chooses it, and its cells.
 *
 * @param nameRoom The width of a line of the name, in pixels.
 */
export function runRow(
  model: Model,
  run: RunInfo,
  listing: Listing,
  [from, to]: Part,
  nameRoom: number,
): HTMLElement {
  const { shown } = listing;
  const chosen = isChosen(model, run);
  const row = element(
    'tr',
    { class: !chosen && 'off', 'data-run': run.id },
    nameCell(model, run, chosen, nameRoom),
    gap(from),
    ...shown.slice(from, to).map((column) => valueCell(model, run, column, listing)),
    gap(shown.length - to),
  );
  tellPlaces(row, [from, to], shown.length);
  row.addEventListener('pointerenter', () => model.point(run.id));
  row.addEventListener('pointerleave', () => model.point(undefined));
  return row;
}

/** A function that names all that a run's row shows: the row may stay as long as the name does. */
export function rowKeys(
  model: Model,
  listing: Listing,
  part: Part,
  nameRoom: number,
): (run: RunInfo) => string {
  const { shown, isBest, isNumeric } = listing;
  const columns = shown.slice(...part);
  const head = JSON.stringify([
    shown.length,
    part,
    nameRoom,
    columns.map((column) => [column.id, column.goal, isNumeric(column)]),
  ]);
  return (run) => {
    const cells = columns.map((column) => [column.cell(run)?.text, isBest(column, run)]);
    const { id, name } = run;
    return (
      head +
      JSON.stringify([
        ...[name, isChosen(model, run), model.partsOf(model.label(id)), model.style(id), cells],
      ])
    );
  };
}

function nameCell(model: Model, run: RunInfo, chosen: boolean, room: number): HTMLElement {
  const box = element('input', { type: 'checkbox', checked: chosen, 'data-key': `run:${run.id}` });
  box.addEventListener('change', () => choose(model, [run], box.checked));
  const parts = model.partsOf(model.label(run.id));
  const name = element('span', { class: 'name' }, ...nameWithin(parts, room));
  return element(
    'th',
    { scope: 'row' },
    element('label', { title: run.name }, box, lineSwatch(model.style(run.id)), name),
  );
}

function valueCell(model: Model, run: RunInfo, column: Column, listing: Listing): HTMLElement {
  const cell = column.cell(run);
  const isNumber = listing.isNumeric(column);
  const isBest = listing.isBest(column, run);
  if (cell === undefined) {
    return element('td', { class: isNumber ? 'missing number' : 'missing' }, '–');
  }
  if (column.id === 'state') return element('td', {}, ...stateBadges(run));
  const { text, value } = cell;
  const isWrong = typeof value === 'number' && !Number.isFinite(value);
  const kind = [isNumber && 'number', isBest && 'best', isWrong && 'wrong']
    .filter(Boolean)
    .join(' ');
  const isClipped = text.includes('\n') || textWidth(text) > MAX_CELL;
  if (!isClipped) {
    const told = isBest && element('span', { class: 'spoken' }, ' (the best)');
    return element('td', { class: kind !== '' && kind }, text, told);
  }
  const key = `cell:${run.id}:${column.id}`;
  const opener = button(
    { class: 'clipped', 'data-key': key, 'aria-haspopup': 'dialog' },
    text,
    () => openText(opener, `${column.name} of ${model.label(run.id)}`, text),
  );
  return element('td', { class: kind !== '' && kind }, opener);
}

function stateBadges(run: RunInfo): HTMLElement[] {
  return stateWords(run).map((word) =>
    element('span', { class: 'state', 'data-state': word, title: STATE_TITLES[word] }, word),
  );
}

const STATE_TITLES: Readonly<Record<string, string>> = {
  running: 'Its log grows, or pauses no longer than it did before',
  finished: 'It logged the results of the whole run',
  killed: 'Its log lacks records at its end',
  stale: 'Its log does not grow any more, and does not say why',
  diverged: 'A metric ends in NaN or infinity',
};

/** The text that decides how wide a cell is. */
export function widthText(model: Model, column: Column, run: RunInfo): string {
  return (column === NAME_COLUMN ? model.label(run.id) : column.cell(run)?.text) ?? '';
}
