import uPlot from 'uplot';
import { formatCount, formatValue } from '../plot/format.js';
import type { ChartAnswer, CurveAnswer, Query } from '../plot/query.js';
import { button, element, icon } from './dom.js';
import { joinSamples } from './join.js';
import type { Model } from './model.js';
import { type Line, plotOptions } from './plot-options.js';
import { isDark } from './theme.js';
import { Tooltip } from './tooltip.js';

const HEIGHT = 210;
const TALL_HEIGHT = 420;
const LARGER = 'M6 2H2v4M10 2h4v4M6 14H2v-4M10 14h4v-4';
/** How far the cursor goes with an arrow key, and with Shift, in pixels. */
const NUDGE = 4;
const SHIFT_NUDGE = 40;

/** One metric: its name, what is worth saying about it, and the chart. */
export class ChartCard {
  readonly metric: string;
  readonly element: HTMLElement;
  /** Whether it is in view, or nearly. What is not holds no canvas. */
  inView = false;
  readonly #model: Model;
  readonly #box: HTMLElement;
  readonly #goal = element('span', { class: 'goal' });
  readonly #last = element('span', { class: 'last' });
  readonly #badge = element('span', { class: 'badge' });
  readonly #spoken = element('p', { class: 'spoken', 'aria-live': 'polite' });
  readonly #tooltip: Tooltip;
  #chart: uPlot | undefined;
  /** What the chart was built for: other data go into it, for other options it is built anew. */
  #builtFor = '';
  #curves: readonly CurveAnswer[] = [];
  #range: readonly [number, number] = [0, 1];
  #isTall = false;

  constructor(model: Model, metric: string, onResize: () => void) {
    this.metric = metric;
    this.#model = model;
    this.#tooltip = new Tooltip(model);
    const larger = button(
      { class: 'larger', title: `Make ${metric} larger or smaller (Enter)` },
      icon(LARGER),
      () => this.#toggleSize(onResize),
    );
    this.#box = element('div', {
      class: 'plot',
      tabindex: 0,
      role: 'group',
      'aria-label': `Chart of ${metric}`,
    });
    this.#box.addEventListener('keydown', (event) => this.#onKey(event, onResize));
    this.element = element(
      'article',
      { class: 'card' },
      element(
        'header',
        {},
        element('h3', { title: metric }, metric),
        this.#goal,
        this.#badge,
        element('span', { class: 'space' }),
        this.#last,
        larger,
      ),
      this.#box,
      this.#tooltip.element,
      this.#spoken,
    );
  }

  /** Draws what the server said, for the query that it was asked. */
  draw({ curves }: ChartAnswer, query: Query): void {
    this.#curves = curves;
    this.#range = query.range ?? extent(curves);
    const positive = curves.some(({ raw }) => raw.y.some((y) => y > 0));
    const logarithmic = this.#model.view.logarithmic && positive;
    const drawn = curves.flatMap(({ raw, smooth }) =>
      smooth === undefined ? [raw] : [raw, smooth],
    );
    const width = this.#box.clientWidth;
    const [from, to] = this.#range;
    const rows = joinSamples(drawn, { from, to, width, positive: logarithmic });
    const ids = curves.map(({ run, smooth }) => [run, smooth !== undefined]);
    const key = JSON.stringify([query.axis, logarithmic, isDark(), this.#isTall, ids]);
    if (key !== this.#builtFor || this.#chart === undefined)
      this.#build(key, query, logarithmic, rows);
    else {
      if (this.#chart.width !== width) this.#chart.setSize({ width, height: this.#height });
      this.#chart.setData(rows);
    }
    this.#describe(logarithmic);
  }

  /** Lets go of the chart; the next `draw` makes another. */
  clear(): void {
    this.#chart?.destroy();
    this.#chart = undefined;
    this.#curves = [];
    this.#tooltip.hide();
  }

  get #height(): number {
    return this.#isTall ? TALL_HEIGHT : HEIGHT;
  }

  #build(key: string, query: Query, logarithmic: boolean, rows: uPlot.AlignedData): void {
    this.#chart?.destroy();
    this.#builtFor = key;
    const options = plotOptions({
      axis: query.axis,
      logarithmic,
      isDark: isDark(),
      width: this.#box.clientWidth,
      height: this.#height,
      lines: this.#curves.flatMap(({ run, smooth }): Line[] => {
        const style = this.#model.style(run);
        const line = { style, isFaint: false };
        return smooth === undefined ? [line] : [{ style, isFaint: true }, line];
      }),
      range: () => this.#range,
      onCursor: (chart) => this.#showValues(chart),
      onZoom: (from, to) => this.#model.show({ range: [from, to] }),
      onZoomOut: () => this.#model.show({ range: undefined }),
    });
    this.#chart = new uPlot(options, rows, this.#box);
  }

  #describe(logarithmic: boolean): void {
    const { unit, goal } = this.#model.metric(this.metric);
    const isGoal = goal === 'MINIMIZE' || goal === 'MAXIMIZE';
    this.#goal.textContent = isGoal ? (goal === 'MINIMIZE' ? '↓' : '↑') : '';
    this.#goal.title = isGoal ? `GOAL: ${goal.toLowerCase()}` : '';
    const [only, ...others] = this.#curves;
    const last = only === undefined || others.length > 0 ? undefined : lastValue(only);
    const shown = last === undefined ? '' : formatValue(last);
    this.#last.textContent = [shown, unit].filter((text) => text !== '').join(' ');
    const notFinite = this.#curves.reduce((sum, curve) => sum + curve.notFinite, 0);
    const notes = [
      notFinite > 0 ? `${formatCount(notFinite)} NaN or infinite` : '',
      this.#model.view.logarithmic && !logarithmic ? 'nothing above 0: linear' : '',
    ];
    this.#badge.textContent = notes.filter((note) => note !== '').join(', ');
  }

  #showValues(chart: uPlot): void {
    const { left = -1, top = -1 } = chart.cursor;
    // Charts whose cursor follows another's show their points, not a tooltip.
    const isOurs = this.#box.matches(':hover') || this.#box === document.activeElement;
    if (left < 0 || !isOurs) {
      this.#tooltip.hide();
      return;
    }
    const text = this.#tooltip.show(
      this.#curves,
      this.#model.view.axis,
      chart.posToVal(left, 'x'),
      chart.over.offsetLeft + left,
      this.#box.offsetTop + chart.over.offsetTop + top,
      chart.posToVal(top, 'y'),
    );
    // The mouse's owner sees it.
    if (!this.#box.matches(':hover')) this.#spoken.textContent = text;
  }

  #onKey(event: KeyboardEvent, onResize: () => void): void {
    const chart = this.#chart;
    if (chart === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { width, height } = chart.over.getBoundingClientRect();
    const nudge = event.shiftKey ? SHIFT_NUDGE : NUDGE;
    const left = (chart.cursor.left ?? -1) < 0 ? width / 2 : (chart.cursor.left ?? 0);
    const move = (to: number) => {
      const inside = Math.min(Math.max(to, 0), width);
      chart.setCursor({ left: inside, top: height / 2 });
    };
    const zoom = (factor: number) => {
      const [from, to] = this.#range;
      const middle = chart.posToVal(left, 'x');
      const around = (end: number) => middle + (end - middle) * factor;
      this.#model.show({ range: [around(from), around(to)] });
    };
    const keys: Record<string, () => void> = {
      ArrowLeft: () => move(left - nudge),
      ArrowRight: () => move(left + nudge),
      Home: () => move(0),
      End: () => move(width),
      '+': () => zoom(0.5),
      '=': () => zoom(0.5),
      '-': () => zoom(2),
      Enter: () => this.#toggleSize(onResize),
    };
    const act = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  #toggleSize(onResize: () => void): void {
    this.#isTall = !this.#isTall;
    this.element.classList.toggle('tall', this.#isTall);
    onResize();
  }
}

/** From the first to the last x of all curves. */
function extent(curves: readonly CurveAnswer[]): readonly [number, number] {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { raw } of curves) {
    from = Math.min(from, raw.x[0] ?? from);
    to = Math.max(to, raw.x[raw.x.length - 1] ?? to);
  }
  if (from < to) return [from, to];
  return Number.isFinite(from) ? [from - 1, from + 1] : [0, 1];
}

function lastValue({ raw, smooth }: CurveAnswer): number | undefined {
  return (smooth ?? raw).y.findLast((y) => !Number.isNaN(y));
}
