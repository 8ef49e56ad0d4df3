import { formatCount } from '../runs/format.js';
import type { ChartAnswer, Query } from '../runs/query.js';
import { ChartCard } from './chart-card.js';
import { type ChartPlan, planCharts, type Section } from './charts/plan.js';
import { SectionView } from './charts/section.js';
import { Tile } from './charts/tile.js';
import { button, element, putInOrder, SCROLLED } from './dom.js';
import { layOutGrid } from './grid-layout.js';
import type { Change, Model } from './model.js';
import { onPrint } from './print.js';
import { ALL_RUNS } from './selection.js';
import type { Source } from './source.js';

/** Distance from the view, in pixels, at which a chart is made ready. */
const AHEAD = 400;
const RETRY_MS = 2000;
/** Space below the charts, in pixels. */
const MARGIN = 12;
/** Limit on the charts that are shown; the filter finds the others. */
const MAX_CARDS = 300;
/** Limit on the columns of pixels, over all lines, that one query asks for. */
const MOST_COLUMNS = 2 ** 22;

/** The charts, one for each metric, in sections; only those in view hold data. */
export class ChartGrid {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #source: Source;
  /** Cards by the ids of their plans. */
  readonly #cards = new Map<string, ChartCard>();
  /** Tiles by metric. */
  readonly #tiles = new Map<string, Tile>();
  /** Sections by name. */
  readonly #sections = new Map<string, SectionView>();
  readonly #byElement = new Map<Element, ChartCard>();
  readonly #empty = element('div', { class: 'empty' });
  readonly #list = element('div', { class: 'sections' });
  readonly #more = element('p', { class: 'more' });
  readonly #sight: IntersectionObserver;
  #isAsking = false;
  #isStale = false;
  /** Whether the cards fit the current runs and view. */
  #isArranged = false;

  constructor(model: Model, source: Source) {
    this.#model = model;
    this.#source = source;
    this.element = element(
      'main',
      { class: 'charts', tabindex: -1 },
      ...[this.#empty, this.#list, this.#more],
    );
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

  /** Asks for the points of the charts in view; asks again afterwards if a request is under way. */
  refresh(): void {
    this.#isStale = true;
    if (!this.#isAsking) void this.#ask();
  }

  #onChange(change: Change): void {
    if (change === 'connection') return;
    if (change !== 'data') this.#isArranged = false;
    // Another tab hides the charts.
    if (this.#model.view.tab !== 'charts') return;
    if (!this.#isArranged) this.#arrange();
    this.refresh();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#isStale) {
      this.#isStale = false;
      const queries = this.#queries([...this.#cards.values()].filter((card) => card.inView));
      if (queries.length === 0 || document.hidden || this.#model.view.tab !== 'charts') break;
      try {
        for (const query of queries) {
          const answers = await this.#source.query(query);
          this.#draw(answers, query, (card) => card.inView);
        }
      } catch (error) {
        console.warn(error);
        setTimeout(() => this.refresh(), RETRY_MS);
        break;
      }
      // Let the browser draw before the next query.
      await new Promise(requestAnimationFrame);
    }
    this.#isAsking = false;
  }

  #draw(
    answers: readonly ChartAnswer[],
    query: Query,
    isWanted: (card: ChartCard) => boolean,
  ): void {
    const byMetric = new Map(answers.map((one) => [one.metric, one] as const));
    for (const card of this.#cards.values()) {
      const own = card.plan.metrics.flatMap((metric) => byMetric.get(metric) ?? []);
      if (own.length === card.plan.metrics.length && isWanted(card)) card.draw(own, query);
    }
    for (const tile of this.#tiles.values()) {
      const own = byMetric.get(tile.metric);
      if (own !== undefined) tile.draw(own);
    }
  }

  /** Makes the charts as large as the window allows. */
  #layOut(): void {
    const { top } = this.element.getBoundingClientRect();
    const grids = [...this.#sections.values()].map(({ grid }) => grid);
    const shown = grids.filter((grid) => !grid.hidden);
    const others = this.#list.offsetHeight - shown.reduce((sum, one) => sum + one.offsetHeight, 0);
    const room = innerHeight - (top + scrollY) - MARGIN - others;
    const counts = shown.map(({ children }) => children.length);
    const { columns, height } = layOutGrid(counts, this.element.clientWidth, room);
    for (const grid of shown) {
      // Rows get equal lengths: four charts stand in two rows of two, not three and one.
      const rows = Math.ceil(grid.children.length / columns);
      grid.style.setProperty('--columns', String(Math.ceil(grid.children.length / rows)));
    }
    this.#list.style.setProperty('--plot-height', `${height}px`);
    this.refresh();
  }

  /** Draws all charts at once, in view or not: paper shows them all. */
  #drawAll(): void {
    for (const query of this.#queries([...this.#cards.values()])) {
      this.#draw(this.#source.queryNow(query), query, () => true);
    }
  }

  #afterPrint(): void {
    for (const card of this.#cards.values()) if (!card.inView) card.clear();
    this.#layOut();
  }

  /** Queries for some charts; charts on a logarithmic axis need a query of their own. */
  #queries(cards: readonly ChartCard[]): Query[] {
    const { axis, smoothing, logarithmic, range, otherScale, ownRange } = this.#model.view;
    const runs = this.#model.shown.map(({ id }) => id);
    const widest = Math.max(...cards.map((card) => card.element.clientWidth), 1);
    const metricsOf = (isOther: boolean) =>
      cards.flatMap(({ plan: { id, metrics } }) => (otherScale.has(id) === isOther ? metrics : []));
    const tiles = [...this.#tiles.values()].map(({ metric }) => metric);
    const kinds = [
      { logarithmic, metrics: [...metricsOf(false), ...tiles] },
      { logarithmic: !logarithmic, metrics: metricsOf(true) },
    ];
    return kinds
      .filter(({ metrics }) => metrics.length > 0)
      .map((kind) => ({
        ...{ axis, smoothing, ...kind, runs, aligned: !ownRange },
        // One bucket for each column of pixels: more cannot be told apart. Fewer where MOST_COLUMNS limits them.
        buckets: Math.ceil(
          Math.min(widest, MOST_COLUMNS / (kind.metrics.length * runs.length || 1)),
        ),
        ...(range && { range }),
      }));
  }

  /** Makes the cards fit the current metrics. */
  #arrange(): void {
    this.#isArranged = true;
    const { view } = this.#model;
    const all = this.#model.metrics;
    const { varying } = this.#model;
    const sections = planCharts(all.slice(0, MAX_CARDS), {
      ...view,
      isConstant: (metric) => !varying.has(metric),
    });
    const isOpen = ({ name }: Section) => sections.length === 1 || !view.collapsed.has(name);
    const open = sections.filter(isOpen);
    this.#drop(
      new Set(open.flatMap(({ charts }) => charts.map(({ id }) => id))),
      new Set(open.flatMap(({ tiles }) => tiles)),
    );
    const views = sections.map((section) => {
      const made = getOrMake(
        this.#sections,
        section.name,
        () => new SectionView(this.#model, section),
      );
      const [charts, tiles] = isOpen(section) ? [section.charts, section.tiles] : [[], []];
      made.arrange(
        charts.map((plan) => this.#card(plan)),
        tiles.map((metric) => getOrMake(this.#tiles, metric, () => new Tile(this.#model, metric))),
        { count: section.charts.length + section.tiles.length, isAlone: sections.length === 1 },
      );
      return made;
    });
    putInOrder(this.#list, views);
    const names = new Set(sections.map(({ name }) => name));
    for (const name of this.#sections.keys()) if (!names.has(name)) this.#sections.delete(name);
    this.#layOut();
    const rest = all.length - MAX_CARDS;
    this.#more.textContent =
      rest > 0 ? `${formatCount(rest)} more metrics: filter them by name` : '';
    this.#empty.hidden = all.length > 0;
    if (all.length === 0) this.#empty.replaceChildren(...whatToDo(this.#model));
  }

  #card(plan: ChartPlan): ChartCard {
    return getOrMake(this.#cards, plan.id, () => {
      const card = new ChartCard(this.#model, this.#source, plan, () => this.refresh());
      this.#byElement.set(card.element, card);
      this.#sight.observe(card.element);
      return card;
    });
  }

  /** Forgets every card and tile that is not among these. */
  #drop(ids: ReadonlySet<string>, tiles: ReadonlySet<string>): void {
    for (const [id, card] of this.#cards) {
      if (ids.has(id)) continue;
      this.#sight.unobserve(card.element);
      this.#byElement.delete(card.element);
      card.clear();
      card.element.remove();
      this.#cards.delete(id);
    }
    for (const metric of this.#tiles.keys()) if (!tiles.has(metric)) this.#tiles.delete(metric);
  }

  #onSight(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const card = this.#byElement.get(target);
      if (card === undefined) continue;
      card.inView = isIntersecting;
      if (!isIntersecting) card.clear();
    }
    this.refresh();
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}

/** The text in place of charts where there are none. */
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
