import type { Band } from '../plot/figure.js';
import type { Axis } from '../runs/axis.js';
import { formatPlace, formatValue } from '../runs/format.js';
import type { LabelPart } from '../runs/names.js';
import { element } from './dom.js';
import type { Reading, Readings } from './pointer.js';
import { shortName } from './short-name.js';
import { lineSwatch } from './swatch.js';

/** Limit on the runs in the tooltip, for lack of room; the nearest ones stay. */
const MAX_ROWS = 14;
const GAP = 14;
/** A name of up to this many characters has room as a whole. */
const SHORT = 24;

/** The values of all runs at the cursor, the largest first, as the lines lie; ended runs come last. */
export class Tooltip {
  readonly element = element('div', { class: 'tooltip', hidden: true });
  readonly #partsOf: (label: string) => LabelPart[];

  /** @param partsOf The parts of a label, of which the common ones are left out first. */
  constructor(partsOf: (label: string) => LabelPart[]) {
    this.#partsOf = partsOf;
  }

  hide(): void {
    this.element.hidden = true;
  }

  /**
   * @param at The cursor: its value on the x axis, and its pixel in the plot.
   * @param plot What the tooltip must not cover.
   * @returns The tooltip's text, as one line.
   */
  show(
    { all, nearest }: Readings,
    axis: Axis,
    at: { readonly left: number; readonly place: number },
    plot: HTMLElement,
  ): string {
    if (all.length === 0) {
      this.hide();
      return '';
    }
    const shown = around(all, nearest);
    const place = formatPlace(axis, headPlace(all, nearest, at.place));
    const head = element('p', {}, axis === 'step' || axis === 'epoch' ? `${axis} ${place}` : place);
    const lines = shown.map((one) => this.#line(one, one === nearest && all.length > 1));
    const more = all.length - shown.length;
    this.element.replaceChildren(
      head,
      element('table', {}, element('tbody', {}, ...lines)),
      ...(more > 0 ? [element('p', {}, `and ${more} more`)] : []),
    );
    this.element.hidden = false;
    this.#place(plot.getBoundingClientRect(), at.left);
    const names = shown.map(({ curve, value, hasEnded }) => {
      return `${curve.label} ${formatValue(value)}${hasEnded ? ' (ended)' : ''}`;
    });
    return `${head.textContent}: ${names.join(', ')}`;
  }

  #line({ curve, value, raw, hasEnded, x }: Reading, isNearest: boolean): HTMLElement {
    return element(
      'tr',
      { class: isNearest ? 'closest' : hasEnded && 'ended' },
      element('td', {}, lineSwatch(curve.style)),
      element('td', {}, element('span', { class: 'name' }, ...this.#name(curve.label))),
      element('td', { class: 'value' }, formatValue(value)),
      raw !== undefined && element('td', { class: 'raw' }, formatValue(raw)),
      curve.band !== undefined && element('td', { class: 'raw spread' }, spreadAt(curve.band, x)),
    );
  }

  #name(label: string): (Node | string)[] {
    return label.length > SHORT ? shortName(this.#partsOf(label)) : [label];
  }

  /** Places the tooltip beside the plot, or below or above it for lack of room; never under the pointer. */
  #place(plot: DOMRect, left: number): void {
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const { clientWidth, clientHeight } = document.documentElement;
    const middle = (plot.top + plot.bottom - height) / 2;
    const beside = within(middle, clientHeight - height);
    const over = within(plot.left + left - width / 2, clientWidth - width);
    const places = [
      [plot.right + GAP, beside],
      [plot.left - GAP - width, beside],
      [over, plot.bottom + GAP],
      [over, plot.top - GAP - height],
    ] as const;
    const fits = ([x, y]: readonly [number, number]) =>
      x >= 0 && y >= 0 && x + width <= clientWidth && y + height <= clientHeight;
    // No room around the chart: the tooltip lies in the half without the pointer.
    const inside = left > plot.width / 2 ? plot.left + GAP : plot.right - GAP - width;
    const [x, y] = places.find(fits) ?? [within(inside, clientWidth - width), beside];
    this.element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }
}

/** The range of a group's values: `0.12 – 0.19`. */
function spreadAt({ low, high }: Band, x: number): string {
  const at = low.x.indexOf(x);
  const ends = [low.y[at], high.y[at]].map((value) => formatValue(value ?? Number.NaN));
  return at < 0 ? '' : ends.join(' – ');
}

function within(value: number, most: number): number {
  return Math.max(Math.min(value, most), 0);
}

/** The x in the tooltip's head: that of a point whose value is shown. */
function headPlace(all: readonly Reading[], nearest: Reading | undefined, place: number): number {
  const points = all.filter(({ hasEnded }) => !hasEnded);
  if (nearest !== undefined && points.includes(nearest)) return nearest.x;
  return points.reduce(
    (best, { x }) => (Math.abs(x - place) < Math.abs(best - place) ? x : best),
    points[0]?.x ?? place,
  );
}

function around(all: readonly Reading[], nearest: Reading | undefined): readonly Reading[] {
  if (all.length <= MAX_ROWS) return all;
  const begin = (nearest === undefined ? 0 : all.indexOf(nearest)) - MAX_ROWS / 2;
  const fitting = Math.min(Math.max(begin, 0), all.length - MAX_ROWS);
  return all.slice(fitting, fitting + MAX_ROWS);
}
