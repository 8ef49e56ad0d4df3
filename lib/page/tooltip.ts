import type { Axis } from '../plot/axis.js';
import { formatPlace, formatValue } from '../plot/format.js';
import type { CurveAnswer } from '../plot/query.js';
import { element } from './dom.js';
import { nearest } from './join.js';
import type { Model } from './model.js';
import { swatch } from './run-list.js';

/** More runs than these do not fit beside a pointer; the nearest ones stay. */
const MAX_ROWS = 14;
const GAP = 14;

interface Row {
  readonly run: number;
  readonly x: number;
  readonly value: number;
  readonly raw: number | undefined;
}

/** The values of all runs at the cursor, the largest first, as the lines lie. */
export class Tooltip {
  readonly element = element('div', { class: 'tooltip', hidden: true });
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  hide(): void {
    this.element.hidden = true;
  }

  /**
   * @param left,top The cursor, in pixels of the box that the tooltip lies in.
   * @param value The value at the height of the cursor: the nearest run is marked.
   * @returns What it says, as one line of text.
   */
  show(
    curves: readonly CurveAnswer[],
    axis: Axis,
    x: number,
    left: number,
    top: number,
    value: number,
  ): string {
    const rows = rowsAt(curves, x);
    const closest = nearestRow(rows, value);
    if (closest === undefined) {
      this.hide();
      return '';
    }
    const shown = around(rows, closest);
    const place = formatPlace(axis, closest.x);
    const head = element('p', {}, axis === 'step' || axis === 'epoch' ? `${axis} ${place}` : place);
    const lines = shown.map((row) => this.#line(row, row === closest && rows.length > 1));
    const more = rows.length - shown.length;
    this.element.replaceChildren(
      head,
      element('table', {}, element('tbody', {}, ...lines)),
      ...(more > 0 ? [element('p', {}, `and ${more} more`)] : []),
    );
    this.element.hidden = false;
    this.#place(left, top);
    const names = shown.map(({ run, value }) => `${this.#name(run)} ${formatValue(value)}`);
    return `${head.textContent}: ${names.join(', ')}`;
  }

  #line(row: Row, isClosest: boolean): HTMLElement {
    const raw = row.raw === undefined ? '' : formatValue(row.raw);
    return element(
      'tr',
      { class: isClosest && 'closest' },
      element('td', {}, swatch(this.#model, row.run)),
      element('td', { class: 'name' }, this.#name(row.run)),
      element('td', { class: 'value' }, formatValue(row.value)),
      row.raw !== undefined && element('td', { class: 'raw' }, raw),
    );
  }

  #name(run: number): string {
    return this.#model.run(run)?.name ?? '';
  }

  /** Beside the cursor, on the side where the window has room. */
  #place(left: number, top: number): void {
    const box = this.element.offsetParent?.getBoundingClientRect();
    if (box === undefined) return;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const fitsRight = box.left + left + GAP + width <= document.documentElement.clientWidth;
    const x = fitsRight ? left + GAP : Math.max(left - GAP - width, -box.left);
    const y = Math.min(top + GAP, Math.max(window.innerHeight - box.top - height, -box.top));
    this.element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }
}

function rowsAt(curves: readonly CurveAnswer[], x: number): Row[] {
  const rows: Row[] = [];
  for (const { run, raw, smooth } of curves) {
    const [first, last] = [raw.x[0], raw.x[raw.x.length - 1]];
    // A run that is over, or has not begun, has no value here.
    if (first === undefined || last === undefined || isBeyond(x, first, last)) continue;
    const point = nearest(smooth ?? raw, x);
    if (point === undefined) continue;
    const rawPoint = smooth === undefined ? undefined : nearest(raw, x);
    rows.push({ run, x: point.x, value: point.y, raw: rawPoint?.y });
  }
  return rows.sort((a, b) => b.value - a.value);
}

function isBeyond(x: number, first: number, last: number): boolean {
  const slack = (last - first) * 0.02;
  return x < first - slack || x > last + slack;
}

function nearestRow(rows: readonly Row[], value: number): Row | undefined {
  let closest: Row | undefined;
  for (const row of rows) {
    const distance = Math.abs(row.value - value);
    if (closest === undefined || distance < Math.abs(closest.value - value)) closest = row;
  }
  return closest;
}

function around(rows: readonly Row[], closest: Row): readonly Row[] {
  if (rows.length <= MAX_ROWS) return rows;
  const begin = rows.indexOf(closest) - MAX_ROWS / 2;
  const fitting = Math.min(Math.max(begin, 0), rows.length - MAX_ROWS);
  return rows.slice(fitting, fitting + MAX_ROWS);
}
