import { formatCount } from '../runs/format.js';
import type { Query } from '../runs/query.js';
import { ChartCard } from './chart-card.js';
import { button, element, SCROLLED } from './dom.js';
import { layOutGrid } from './grid-layout.js';
import type { Change, Model } from './model.js';
import { onPrint } from './print.js';
import { ALL_RUNS } from './selection.js';
import type { Source } from './source.js';

/** Charts are made ready so many pixels before they come into view. */
const AHEAD = 400;
const RETRY_MS = 2000;
/** Below the charts, in pixels. */
const MARGIN = 12;
/** More charts than these nobody looks through; the filter finds the others. */
const MAX_CARDS = 300;

/** The charts, one for each metric; only those in view hold data. */
export class ChartGrid {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #source: Source;
  readonly #cards = new Map<string, ChartCard>();
  readonly #empty = element('div', { class: 'empty' });
  readonly #grid = element('div', { class: 'grid' });
  readonly #more = element('p', { class: 'more' });
  readonly #sight: IntersectionObserver;
  #isAsking = false;
  #isStale = false;

  constructor(model: Model, source: Source) {
    this.#model = model;
    this.#source = source;
    this.element = element('main', { class: 'charts' }, this.#empty, this.#grid, this.#more);
    this.#sight = new IntersectionObserver((entries) => this.#onSight(entries), {
      rootMargin: `${AHEAD}px`,
    });
    new ResizeObserver(() => this.#layOut()).observe(this.element);
    addEventListener('resize', () => this.#layOut());
    onPrint(
      () => this.#drawAll(),
      () => this.#afterPrint(),
    );
    document.addEventListener('visibilitychange', () => this.refresh());
    model.onPoint(() => {
      for (const card of this.#cards.values()) card.standOut();
    });
    model.onChange((change) => this.#onChange(change));
    this.#arrange();
  }

  /** Asks for the points of the charts in view, once more if it is asking already. */
  refresh(): void {
    this.#isStale = true;
    if (!this.#isAsking) void this.#ask();
  }

  #onChange(change: Change): void {
    if (change === 'connection') return;
    if (change !== 'data') this.#arrange();
    this.refresh();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#isStale) {
      this.#isStale = false;
      const query = this.#query();
      if (query.metrics.length === 0 || document.hidden) break;
      try {
        const answers = await this.#source.query(query);
        for (const answer of answers) {
          const card = this.#cards.get(answer.metric);
          if (card?.inView === true) card.draw(answer, query);
        }
      } catch (error) {
        console.warn(error);
        setTimeout(() => this.refresh(), RETRY_MS);
        break;
      }
      // The browser draws before the next question.
      await new Promise(requestAnimationFrame);
    }
    this.#isAsking = false;
  }

  /** Makes the charts as large as the window allows. */
  #layOut(): void {
    const { top } = this.element.getBoundingClientRect();
    const room = innerHeight - (top + scrollY) - MARGIN;
    const { columns, height } = layOutGrid(this.#cards.size, this.element.clientWidth, room);
    this.#grid.style.setProperty('--columns', String(columns));
    this.#grid.style.setProperty('--plot-height', `${height}px`);
    this.refresh();
  }

  /** Draws all charts at once, in view or not: paper shows them all. */
  #drawAll(): void {
    const cards = [...this.#cards.values()];
    const query = this.#queryFor(cards);
    for (const answer of this.#source.queryNow(query)) {
      this.#cards.get(answer.metric)?.draw(answer, query);
    }
  }

  #afterPrint(): void {
    for (const card of this.#cards.values()) if (!card.inView) card.clear();
    this.#layOut();
  }

  #query(): Query {
    return this.#queryFor([...this.#cards.values()].filter((card) => card.inView));
  }

  #queryFor(inView: readonly ChartCard[]): Query {
    const { axis, smoothing, logarithmic, range, tab } = this.#model.view;
    const widest = Math.max(...inView.map((card) => card.element.clientWidth), 0);
    return {
      axis,
      smoothing,
      logarithmic,
      // A bucket for each column of pixels: more cannot be told apart.
      buckets: Math.max(Math.ceil(widest), 1),
      ...(range && { range }),
      metrics: tab === 'charts' ? inView.map(({ metric }) => metric) : [],
      runs: this.#model.shown.map(({ id }) => id),
    };
  }

  /** Makes the cards fit the metrics that there are. */
  #arrange(): void {
    const all = this.#model.metrics;
    const metrics = all.slice(0, MAX_CARDS);
    const wanted = new Set(metrics);
    for (const [metric, card] of this.#cards) {
      if (wanted.has(metric)) continue;
      this.#sight.unobserve(card.element);
      card.clear();
      card.element.remove();
      this.#cards.delete(metric);
    }
    for (const [place, metric] of metrics.entries()) {
      let card = this.#cards.get(metric);
      if (card === undefined) {
        card = new ChartCard(this.#model, metric, () => this.refresh());
        this.#cards.set(metric, card);
        this.#sight.observe(card.element);
      }
      const there = this.#grid.children[place];
      if (there !== card.element) this.#grid.insertBefore(card.element, there ?? null);
    }
    this.#layOut();
    const rest = all.length - metrics.length;
    this.#more.textContent =
      rest > 0 ? `${formatCount(rest)} more metrics: filter them by name` : '';
    this.#empty.hidden = metrics.length > 0;
    if (metrics.length === 0) this.#empty.replaceChildren(...whatToDo(this.#model));
  }

  #onSight(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const card = [...this.#cards.values()].find((one) => one.element === target);
      if (card === undefined) continue;
      card.inView = isIntersecting;
      if (!isIntersecting) card.clear();
    }
    this.refresh();
  }
}

/** What to say where no chart is. */
function whatToDo(model: Model): HTMLElement[] {
  const { view, runs, shown, watching } = model;
  if (runs.length === 0) {
    return [
      element('h2', {}, model.connection === 'connected' ? 'No logs yet' : 'Connecting'),
      element('p', {}, 'Watching ', element('code', {}, watching || '…')),
      element('p', {}, 'A run appears here as soon as a program writes a log there:'),
      element('pre', { ...SCROLLED, 'aria-label': 'Example' }, EXAMPLE),
    ];
  }
  if (shown.length === 0) {
    return [
      element('h2', {}, 'No run is selected'),
      button({}, 'Show all runs', () => model.show({ runs: ALL_RUNS })),
    ];
  }
  if (view.filter.trim() !== '') {
    return [
      element('h2', {}, `No metric matches “${view.filter}”`),
      button({}, 'Show all metrics', () => model.show({ filter: '' })),
    ];
  }
  return [
    element('h2', {}, 'No numbers yet'),
    element('p', {}, 'Charts appear with the first numbers that are logged at a step.'),
  ];
}

const EXAMPLE = `import * as DLLogger from 'dllogger';
import { JSONStreamBackend, Verbosity } from 'dllogger';

DLLogger.init([new JSONStreamBackend(Verbosity.VERBOSE, 'run.json')]);
DLLogger.log([epoch, iteration], { loss });`;
