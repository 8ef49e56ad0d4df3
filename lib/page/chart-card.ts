import uPlot from 'uplot';
import { logRange, valueRange } from '../plot/scale.js';
import { valueBounds } from '../runs/bounds.js';
import { formatValue } from '../runs/format.js';
import type { ChartAnswer, CurveAnswer, Query } from '../runs/query.js';
import { divergedText, NOTHING_POSITIVE, undrawnTexts } from '../runs/undrawn.js';
import { button, element, icon } from './dom.js';
import { Dots } from './dots.js';
import type { Model } from './model.js';
import { pointerScales } from './path.js';
import { type Line, plotOptions } from './plot-options.js';
import { readingsAt } from './pointer.js';
import { zoomBySwipe } from './swipe.js';
import { isDark } from './theme.js';
import { Tooltip } from './tooltip.js';

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
  readonly #dots: Dots;
  #chart: uPlot | undefined;
  /** What the chart was built for: other data go into it, for other options it is built anew. */
  #builtFor = '';
  #curves: readonly CurveAnswer[] = [];
  #range: readonly [number, number] = [0, 1];
  #valueRange: readonly [number, number] = [0, 1];
  /** The curve that stands out. */
  #standing: number | undefined;
  #isTall = false;

  constructor(model: Model, metric: string, onResize: () => void) {
    this.metric = metric;
    this.#model = model;
    this.#tooltip = new Tooltip(model);
    this.#dots = new Dots(model);
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
  draw({ curves, range, logarithmic }: ChartAnswer, query: Query): void {
    this.#curves = curves;
    this.#range = range;
    const samples = curves.flatMap(({ raw, smooth }) => (smooth ? [raw, smooth] : [raw]));
    const bounds = valueBounds(samples, range, logarithmic) ?? [NO_VALUE, NO_VALUE];
    this.#valueRange = logarithmic ? logRange(...bounds) : valueRange(...bounds);
    // uPlot has the frame only; each line has points of its own.
    const data: uPlot.AlignedData = [[...range], ...samples.map(() => [null, null])];
    const ids = curves.map(({ run, smooth }) => [run, smooth !== undefined]);
    const key = JSON.stringify([query.axis, logarithmic, isDark(), this.#isTall, ids]);
    const width = this.#box.clientWidth;
    if (key !== this.#builtFor || this.#chart === undefined)
      this.#build(key, query, logarithmic, data);
    else {
      const height = this.#height;
      if (this.#chart.width !== width || this.#chart.height !== height)
        this.#chart.setSize({ width, height });
      this.#chart.setData(data);
    }
    this.#describe(query, logarithmic);
  }

  /** Lets go of the chart; the next `draw` makes another. */
  clear(): void {
    this.#chart?.destroy();
    this.#chart = undefined;
    this.#curves = [];
    this.#dots.clear();
    this.#tooltip.hide();
  }

  get #height(): number {
    return this.#box.clientHeight;
  }

  #build(key: string, query: Query, logarithmic: boolean, data: uPlot.AlignedData): void {
    this.#chart?.destroy();
    this.#builtFor = key;
    this.#standing = undefined;
    const options = plotOptions({
      axis: query.axis,
      logarithmic,
      isDark: isDark(),
      width: this.#box.clientWidth,
      height: this.#height,
      lines: this.#lines(),
      standing: () => this.#standingLine(),
      range: () => this.#range,
      valueRange: () => this.#valueRange,
      onCursor: (chart) => this.#showValues(chart),
      onZoom: (from, to) => this.#model.show({ range: [from, to] }),
      onZoomOut: () => this.#model.show({ range: undefined }),
    });
    this.#chart = new uPlot(options, data, this.#box);
    this.standOut();
    zoomBySwipe(this.#chart, (from, to) => this.#model.show({ range: [from, to] }));
  }

  /** A line for each run; behind all of them, where they are smoothed, the points as they were logged. */
  #lines(): Line[] {
    const lines = this.#curves.map(({ run }, i): Line => {
      const points = () => this.#curves[i]?.smooth ?? this.#curves[i]?.raw ?? NO_POINTS;
      return { style: this.#model.style(run), isFaint: false, points };
    });
    const behind = this.#curves.flatMap(({ run, smooth }, i): Line[] => {
      const points = () => this.#curves[i]?.raw ?? NO_POINTS;
      return smooth === undefined ? [] : [{ style: this.#model.style(run), isFaint: true, points }];
    });
    return [...behind, ...lines];
  }

  #standingLine(): Line | undefined {
    const curve = this.#standing === undefined ? undefined : this.#curves[this.#standing];
    if (curve === undefined) return undefined;
    const points = () => curve.smooth ?? curve.raw;
    return { style: this.#model.style(curve.run), isFaint: false, points };
  }

  #describe(query: Query, logarithmic: boolean): void {
    const { unit, goal } = this.#model.metric(this.metric);
    this.#goal.textContent = goal === undefined ? '' : goal === 'min' ? '↓' : '↑';
    this.#goal.title = goal === undefined ? '' : `GOAL: ${goal}imize`;
    const [only, ...others] = this.#curves;
    const shown = only === undefined || others.length > 0 ? '' : formatValue(only.smoothLast);
    this.#last.textContent = [shown, unit].filter((text) => text !== '').join(' ');
    const notes = undrawnTexts(this.#curves, query.axis, logarithmic);
    const diverged = this.#curves.filter(({ last }) => !Number.isFinite(last));
    notes.push(...divergedText(diverged.length, this.#curves.length));
    this.#badge.title = diverged.map(({ run }) => this.#model.run(run)?.name ?? '').join(', ');
    if (query.logarithmic === true && !logarithmic) notes.push(NOTHING_POSITIVE);
    this.#badge.textContent = notes.join(', ');
  }

  #showValues(chart: uPlot): void {
    const { left = -1, top = -1 } = chart.cursor;
    const scales = pointerScales(chart);
    const readings = left < 0 ? undefined : readingsAt(this.#curves, scales, left, top);
    this.#dots.show(chart, scales, readings?.all ?? []);
    // Charts whose cursor follows another's show their points, not a tooltip.
    const isOurs = this.#box.matches(':hover') || this.#box === document.activeElement;
    if (readings === undefined || !isOurs) {
      if (!this.#tooltip.element.hidden) this.#model.point(undefined);
      this.#tooltip.hide();
      return;
    }
    this.#model.point(this.#curves.length > 1 ? readings.nearest?.run : undefined);
    const at = { left, place: chart.posToVal(left, 'x') };
    const text = this.#tooltip.show(readings, this.#model.view.axis, at, chart.over);
    // The mouse's owner sees it.
    if (!this.#box.matches(':hover')) this.#spoken.textContent = text;
  }

  /** Lets the line of the run that is pointed at stand out; without one, all are alike. */
  standOut(): void {
    const chart = this.#chart;
    const place = this.#curves.findIndex(({ run }) => run === this.#model.pointed);
    const standing = this.#curves.length > 1 && place >= 0 ? place : undefined;
    if (chart === undefined || standing === this.#standing) return;
    this.#standing = standing;
    // Series 0 is the x axis; the lines of the runs come last.
    const index = chart.series.length - this.#curves.length + (standing ?? 0);
    chart.setSeries(standing === undefined ? null : index, { focus: true });
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

/** In place of values where a chart has none to draw. */
const NO_VALUE = 1;
const NO_POINTS = { x: new Float64Array(0), y: new Float64Array(0), index: new Uint32Array(0) };
