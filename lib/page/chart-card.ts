import uPlot from 'uplot';
import { lineStyle } from '../plot/palette.js';
import { logRange, valueRange } from '../plot/scale.js';
import { valueBounds } from '../runs/bounds.js';
import { bulkBounds } from '../runs/bulk.js';
import { formatValue } from '../runs/format.js';
import type { ChartAnswer, Query } from '../runs/query.js';
import { divergedText, NOTHING_POSITIVE, undrawnTexts } from '../runs/undrawn.js';
import { type DrawnCurve, drawnCurves } from './charts/drawn.js';
import { onChartKey } from './charts/keys.js';
import { chartMenu } from './charts/menu.js';
import type { ChartPlan } from './charts/plan.js';
import { button, element, icon } from './dom.js';
import { Dots } from './dots.js';
import type { Model } from './model.js';
import { pointerScales } from './path.js';
import { type Line, plotOptions } from './plot-options.js';
import { readingsAt } from './pointer.js';
import { nameHeading } from './short-name.js';
import type { Source } from './source.js';
import { lineSwatch } from './swatch.js';
import { zoomByTouch } from './swipe.js';
import { isDark } from './theme.js';
import { Tooltip } from './tooltip.js';

const LARGER = 'M6 2H2v4M10 2h4v4M6 14H2v-4M10 14h4v-4';
const PIN = 'M10 2l4 4-3 1-3 3 0 3-5-5 3 0 3-3zM5.5 10.5L2 14';

/** What a card shows now, for downloads. */
export interface Shown {
  readonly plan: ChartPlan;
  readonly curves: readonly DrawnCurve[];
  readonly range: readonly [number, number];
  readonly valueRange: readonly [number, number];
  readonly logarithmic: boolean;
  readonly query: Query;
  readonly canvas: HTMLCanvasElement;
}

/** One chart: its name, its notes and its menu. */
export class ChartCard {
  readonly plan: ChartPlan;
  readonly element: HTMLElement;
  /** Whether the card is in view, or nearly. Other cards hold no canvas. */
  inView = false;
  readonly #model: Model;
  readonly #box: HTMLElement;
  readonly #goal = element('span', { class: 'goal' });
  readonly #last = element('span', { class: 'last' });
  readonly #badge = element('span', { class: 'badge' });
  readonly #zoomed: HTMLButtonElement;
  readonly #pin: HTMLButtonElement;
  readonly #spoken = element('p', { class: 'spoken', 'aria-live': 'polite' });
  readonly #tooltip: Tooltip;
  readonly #dots = new Dots();
  #chart: uPlot | undefined;
  /** Key of the options that the chart was built with: new data reuse the chart, other options rebuild it. */
  #builtFor = '';
  #curves: readonly DrawnCurve[] = [];
  #range: readonly [number, number] = [0, 1];
  #valueRange: readonly [number, number] = [0, 1];
  #logarithmic = false;
  #query: Query | undefined;
  /** Index of the curve that stands out. */
  #standing: number | undefined;
  #isTall = false;
  readonly #onResize: () => void;

  constructor(model: Model, source: Source, plan: ChartPlan, onResize: () => void) {
    this.plan = plan;
    this.#model = model;
    this.#onResize = onResize;
    this.#tooltip = new Tooltip((label) => model.partsOf(label));
    const { id } = plan;
    this.#pin = button({ class: 'tool' }, icon(PIN), () => {
      const pinned = new Set(model.view.pinned);
      if (!pinned.delete(id)) pinned.add(id);
      model.show({ pinned });
    });
    // A chart that is not in view is not drawn, and has its buttons all the same.
    this.#describePin(false);
    const larger = button(
      { class: 'tool larger', title: `Make ${id} larger or smaller (Enter)` },
      icon(LARGER),
      () => this.toggleSize(),
    );
    this.#zoomed = button({ class: 'zoomed', title: 'Show all values again' }, 'y zoom ×', () =>
      this.zoomValues(undefined),
    );
    this.#zoomed.hidden = true;
    this.#box = element('div', {
      class: 'plot',
      tabindex: 0,
      role: 'group',
      'aria-label': `Chart of ${id}`,
    });
    this.#box.addEventListener('keydown', (event) => {
      if (this.#chart !== undefined) onChartKey(event, this.#chart, this);
    });
    const title = this.#title();
    this.element = element(
      'article',
      { class: 'card' },
      element(
        'header',
        {},
        ...[title, this.#goal, this.#badge, this.#zoomed, element('span', { class: 'space' })],
        ...[this.#last, this.#pin, chartMenu(model, source, this), larger],
      ),
      ...[this.#box, this.#tooltip.element, this.#spoken],
    );
  }

  /** What the chart shows; undefined before its first drawing. */
  get shown(): Shown | undefined {
    const [chart, query] = [this.#chart, this.#query];
    if (chart === undefined || query === undefined) return undefined;
    return {
      plan: this.plan,
      curves: this.#curves,
      range: this.#range,
      valueRange: this.#valueRange,
      logarithmic: this.#logarithmic,
      query,
      canvas: chart.ctx.canvas,
    };
  }

  zoom(from: number, to: number): void {
    this.#model.show({ range: [from, to] });
  }

  zoomOut(): void {
    this.#model.show({ range: undefined });
    this.zoomValues(undefined);
  }

  zoomValues(range: readonly [number, number] | undefined): void {
    const values = new Map(this.#model.view.values);
    if (range === undefined && !values.has(this.plan.id)) return;
    if (range === undefined) values.delete(this.plan.id);
    else values.set(this.plan.id, range);
    this.#model.show({ values });
  }

  toggleSize(): void {
    this.#isTall = !this.#isTall;
    this.element.classList.toggle('tall', this.#isTall);
    this.#onResize();
  }

  /** Draws the answers to a query, one for each of the chart's metrics. */
  draw(answers: readonly ChartAnswer[], query: Query): void {
    const curves = drawnCurves(this.#model, answers, query.buckets);
    const ranges = answers.map(({ range }) => range);
    this.#curves = curves;
    this.#query = query;
    this.#range = [
      Math.min(...ranges.map(([from]) => from)),
      Math.max(...ranges.map(([, to]) => to)),
    ];
    this.#logarithmic = answers.some(({ logarithmic }) => logarithmic);
    const clipped = this.#scaleValues();
    // uPlot gets the frame only; each line keeps its own points.
    const lines = this.#lines();
    const data: uPlot.AlignedData = [[...this.#range], ...lines.map(() => [null, null])];
    const kinds = curves.map(({ runs, smooth, label, style, band }) => {
      return [runs, smooth !== undefined, label, style.light, style.dash, band !== undefined];
    });
    const key = JSON.stringify([query.axis, this.#logarithmic, isDark(), this.#isTall, kinds]);
    const width = this.#box.clientWidth;
    if (key !== this.#builtFor || this.#chart === undefined) this.#build(key, query, lines, data);
    else {
      const height = this.#height;
      if (this.#chart.width !== width || this.#chart.height !== height)
        this.#chart.setSize({ width, height });
      this.#chart.setData(data);
    }
    this.#describe(query, clipped);
  }

  /** Destroys the chart; the next `draw` makes another. */
  clear(): void {
    this.#chart?.destroy();
    this.#chart = undefined;
    this.#curves = [];
    this.#dots.clear();
    this.#tooltip.hide();
  }

  /** Makes the line of the run under the pointer stand out; without such a run all lines look alike. */
  standOut(): void {
    const chart = this.#chart;
    const { pointed } = this.#model;
    const place = this.#curves.findIndex(
      ({ runs }) => pointed !== undefined && runs.includes(pointed),
    );
    const standing = this.#curves.length > 1 && place >= 0 ? place : undefined;
    if (chart === undefined || standing === this.#standing) return;
    this.#standing = standing;
    // Series 0 is the x axis; the lines themselves come last.
    const index = chart.series.length - this.#curves.length + (standing ?? 0);
    chart.setSeries(standing === undefined ? null : index, { focus: true });
  }

  get #height(): number {
    return this.#box.clientHeight;
  }

  /** Sets the range of the y axis. Returns the values outside of it, if it leaves out outliers. */
  #scaleValues(): readonly [number, number] | undefined {
    const [logarithmic, range] = [this.#logarithmic, this.#range];
    const samples = this.#curves.flatMap(({ raw, smooth, band }) => [
      raw,
      ...(smooth ? [smooth] : []),
      ...(band ? [band.low, band.high] : []),
    ]);
    const bounds = valueBounds(samples, range, logarithmic) ?? [NO_VALUE, NO_VALUE];
    const { view } = this.#model;
    const zoomed = view.values.get(this.plan.id);
    if (zoomed !== undefined && !(logarithmic && zoomed[0] <= 0)) {
      this.#valueRange = zoomed;
      return undefined;
    }
    const bulk = view.clip ? bulkBounds(samples, range, logarithmic) : undefined;
    const [min, max] = bulk ?? bounds;
    this.#valueRange = logarithmic ? logRange(min, max) : valueRange(min, max);
    const isClipped = bounds[0] < this.#valueRange[0] || bounds[1] > this.#valueRange[1];
    return isClipped ? bounds : undefined;
  }

  #build(key: string, query: Query, lines: readonly Line[], data: uPlot.AlignedData): void {
    this.#chart?.destroy();
    this.#builtFor = key;
    this.#standing = undefined;
    const options = plotOptions({
      axis: query.axis,
      logarithmic: this.#logarithmic,
      isDark: isDark(),
      width: this.#box.clientWidth,
      height: this.#height,
      lines,
      standing: () => this.#standingLine(),
      range: () => this.#range,
      valueRange: () => this.#valueRange,
      onCursor: (chart) => this.#showValues(chart),
      onZoom: (from, to) => this.zoom(from, to),
      onZoomValues: (from, to) => this.zoomValues([from, to]),
      onZoomOut: () => this.zoomOut(),
    });
    this.#chart = new uPlot(options, data, this.#box);
    this.standOut();
    zoomByTouch(this.#chart, {
      zoom: (from, to) => this.zoom(from, to),
      zoomValues: (from, to) => this.zoomValues([from, to]),
    });
  }

  /** A line for each curve; behind all of them bands, and the points of smoothed lines as they were logged. */
  #lines(): Line[] {
    const density = this.#curves.length;
    const line = (i: number) => () => this.#curves[i]?.smooth ?? this.#curves[i]?.raw ?? NO_POINTS;
    const lines = this.#curves.map(({ style }, i): Line => {
      return { style, kind: 'line', density, points: line(i) };
    });
    const behind = this.#curves.flatMap(({ style, smooth }, i): Line[] => {
      const points = () => this.#curves[i]?.raw ?? NO_POINTS;
      return smooth === undefined ? [] : [{ style, kind: 'faint', density, points }];
    });
    const bands = this.#curves.flatMap(({ style, band }, i): Line[] => {
      const points = () => this.#curves[i]?.band?.low ?? NO_POINTS;
      const upper = () => this.#curves[i]?.band?.high ?? NO_POINTS;
      return band === undefined ? [] : [{ style, kind: 'band', density, points, upper }];
    });
    return [...bands, ...behind, ...lines];
  }

  #standingLine(): Line | undefined {
    const curve = this.#standing === undefined ? undefined : this.#curves[this.#standing];
    if (curve === undefined) return undefined;
    const points = () => curve.smooth ?? curve.raw;
    return { style: curve.style, kind: 'line', density: 1, points };
  }

  /** The names of the metrics; where dashes tell several apart, each with a sample of its line. */
  #title(): HTMLElement {
    const { metrics, id } = this.plan;
    if (metrics.length === 1 || this.#model.runs.length === 1) return nameHeading(id);
    const ink = { light: 'currentColor', dark: 'currentColor' };
    const names = metrics.flatMap((metric, i) => [
      lineSwatch({ ...lineStyle(0), ...ink, dash: lineStyle(8 * i).dash }),
      `${metric} `,
    ]);
    return element('h3', { title: id }, ...names);
  }

  #describe(query: Query, clipped: readonly [number, number] | undefined): void {
    const { pinned, values } = this.#model.view;
    const { id, metrics } = this.plan;
    const { unit, goal } = this.#model.metric(metrics[0] ?? '');
    this.#goal.textContent = goal === undefined ? '' : goal === 'min' ? '↓' : '↑';
    this.#goal.title = goal === undefined ? '' : `GOAL: ${goal}imize`;
    const [only, ...others] = this.#curves;
    const value = only === undefined || others.length > 0 ? '' : formatValue(only.smoothLast);
    this.#last.textContent = [value, unit].filter((text) => text !== '').join(' ');
    const diverged = this.#curves.filter(({ last }) => !Number.isFinite(last));
    // What matters most stands first: a narrow window cuts the end off.
    const notes = [
      ...(clipped === undefined ? [] : ['outliers clipped']),
      ...divergedText(diverged.length, this.#curves.length),
      ...undrawnTexts(this.#curves, query.axis, this.#logarithmic),
    ];
    if (query.logarithmic === true && !this.#logarithmic) notes.push(NOTHING_POSITIVE);
    this.#badge.textContent = notes.join(', ');
    // The notes in full, where a narrow chart cuts them, and what they are about.
    this.#badge.title = [
      ...notes,
      ...(clipped === undefined ? [] : [`All values: ${clipped.map(formatValue).join(' to ')}`]),
      ...(diverged.length === 0
        ? []
        : [`Diverged: ${diverged.map(({ label }) => label).join(', ')}`]),
    ].join('\n');
    this.#zoomed.hidden = !values.has(id);
    this.#describePin(pinned.has(id));
  }

  #describePin(isPinned: boolean): void {
    const { id } = this.plan;
    this.#pin.setAttribute('aria-pressed', String(isPinned));
    this.#pin.title = isPinned ? `${id} stands on top: put it back` : `Put ${id} on top`;
    this.#pin.setAttribute('aria-label', this.#pin.title);
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
    this.#model.point(this.#curves.length > 1 ? readings.nearest?.curve.runs[0] : undefined);
    const at = { left, place: chart.posToVal(left, 'x') };
    const text = this.#tooltip.show(readings, this.#model.view.axis, at, chart.over);
    // A person who uses the mouse sees the tooltip.
    if (!this.#box.matches(':hover')) this.#spoken.textContent = text;
  }
}

/** Bounds of the y axis where a chart has no values. */
const NO_VALUE = 1;
const NO_POINTS = { x: new Float64Array(0), y: new Float64Array(0), index: new Uint32Array(0) };
