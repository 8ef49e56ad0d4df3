import { plural } from '../../base/plural.js';
import type { RunInfo } from '../../plot/protocol.js';
import { button, element } from '../dom.js';
import { whenIdle } from '../idle.js';
import type { Model } from '../model.js';
import { type Column, isNumeric } from './columns.js';
import { openBeside } from './floating.js';
import { differs, type Listing } from './listing.js';
import { parallel } from './parallel.js';
import { RunColors } from './run-colors.js';
import { type Drawn, scatter } from './scatter.js';
import { columnTitle } from './titles.js';

const HEIGHT = 340;
/** Number of parameters that are axes until the person chooses some. */
const FIRST_AXES = 5;
/** Pixels from an axis to the next: the names of most columns fit. */
const AXIS_ROOM = 100;
const RUN_COLORS = 'run';

/** Shows how columns depend on each other: a scatter plot of two, parallel coordinates of several. */
export class Relations {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #scatter = new Plot('Scatter plot');
  readonly #parallel = new Plot('Parallel coordinates');
  readonly #x = element('select', { 'aria-label': 'Horizontal axis' });
  readonly #y = element('select', { 'aria-label': 'Vertical axis' });
  readonly #color = element('select', { 'aria-label': 'Colour by' });
  readonly #legend = element('span', {});
  #listing: Listing | undefined;

  constructor(model: Model) {
    this.#model = model;
    const axes = button({ 'aria-haspopup': 'dialog' }, 'Axes', () => this.#openAxes(axes));
    this.#x.addEventListener('change', () => model.show({ x: this.#x.value }));
    this.#y.addEventListener('change', () => model.show({ y: this.#y.value }));
    this.#color.addEventListener('change', () => model.show({ color: this.#color.value }));
    this.#scatter.tools.append(
      element('label', {}, 'y', this.#y),
      element('label', {}, 'x', this.#x),
    );
    this.#parallel.tools.append(axes);
    this.element = element(
      'section',
      { class: 'relations', 'aria-label': 'What depends on what' },
      element(
        'header',
        { class: 'table-tools' },
        element('label', {}, 'Colour by', this.#color),
        this.#legend,
      ),
      this.#scatter.element,
      this.#parallel.element,
    );
    // Until it is known whether there is anything to draw.
    this.element.hidden = true;
    for (const plot of [this.#scatter, this.#parallel]) {
      plot.onPoint = (run) => model.point(run);
      plot.describe = (run) => this.#describe(run);
      plot.nameOf = ({ id }) => model.label(id);
    }
    model.onPoint(() => {
      for (const plot of [this.#scatter, this.#parallel]) plot.mark(model.pointed);
    });
    new ResizeObserver(this.#drawSoon).observe(this.element);
  }

  /** Draws a listing, once the browser has drawn the table above. */
  draw(listing: Listing): void {
    this.#listing = listing;
    this.element.setAttribute('aria-busy', 'true');
    this.#drawSoon();
  }

  readonly #drawSoon = whenIdle(() => this.#drawNow());

  #drawNow(): void {
    if (this.#listing === undefined) return;
    this.element.setAttribute('aria-busy', 'false');
    const { chosen, columns } = this.#listing;
    const { view } = this.#model;
    const useful = columns.filter((column) => chosen.some((run) => column.cell(run) !== undefined));
    const numeric = useful.filter((column) => isNumeric(column, chosen));
    this.element.hidden = chosen.length < 2 || numeric.length === 0;
    if (this.element.hidden) return;
    const metric = chosenMetric(numeric, chosen);
    const parameters = useful
      .filter(({ kind }) => kind === 'parameter')
      .filter((column) => differs(column, chosen));
    const named = (id: string) => useful.find((column) => column.id === id);
    const y = named(view.y) ?? metric;
    const drawable = chosen.filter((run) => metric.cell(run) !== undefined);
    const telling = parameters.filter((column) => tellsMuch(column, chosen));
    const numbers = mostKnown(
      telling.filter((column) => differs(column, drawable)),
      drawable,
    );
    const number =
      numbers.find((column) => isNumeric(column, chosen)) ?? numbers[0] ?? parameters[0];
    const x = named(view.x) ?? number ?? numeric.find(({ id }) => id === 'started') ?? metric;
    const color =
      view.color === RUN_COLORS
        ? undefined
        : (numeric.find(({ id }) => id === view.color) ?? metric);
    // One of the axes is the metric's.
    const room = Math.floor(this.#parallel.width / AXIS_ROOM) - 1;
    const automatic = [...numbers.slice(0, Math.min(Math.max(room, 2), FIRST_AXES)), metric];
    const wanted = useful.filter(({ id }) => view.axes.has(id));
    const axes = wanted.length > 1 ? wanted : automatic.length > 1 ? automatic : [x, metric];
    fill(this.#x, useful, x);
    fill(this.#y, useful, y);
    fill(this.#color, numeric, color, [RUN_COLORS, 'run']);
    const colors = new RunColors(this.#model, color, chosen);
    this.#legend.replaceChildren(colors.legend() ?? '');
    const drawn = colors.sorted(chosen);
    this.#scatter.show((size) => scatter([x, y], drawn, colors, size));
    this.#parallel.show((size) => parallel(axes, drawn, colors, size));
    this.#drawn = { x, y, color, axes };
    for (const plot of [this.#scatter, this.#parallel]) plot.mark(this.#model.pointed);
  }

  #drawn:
    | {
        readonly x: Column;
        readonly y: Column;
        readonly color: Column | undefined;
        readonly axes: readonly Column[];
      }
    | undefined;

  #describe(id: number): string {
    const run = this.#model.run(id);
    if (run === undefined || this.#drawn === undefined) return '';
    const { x, y, color, axes } = this.#drawn;
    const columns = new Map(
      [...axes, x, y, ...(color ? [color] : [])].map((column) => [column.id, column]),
    );
    const values = [...columns.values()].map(
      (column) => `${columnTitle(column)}: ${column.cell(run)?.text ?? '–'}`,
    );
    return [this.#model.label(id), ...values].join('\n');
  }

  #openAxes(anchor: Element): void {
    const listing = this.#listing;
    if (listing === undefined) return;
    const { columns, chosen } = listing;
    const useful = columns.filter((column) => chosen.some((run) => column.cell(run) !== undefined));
    const items = useful.map((column) => {
      const isAxis = this.#drawn?.axes.some(({ id }) => id === column.id) === true;
      const box = element('input', { type: 'checkbox', checked: isAxis, value: column.id });
      return { box, label: element('label', {}, box, columnTitle(column)) };
    });
    const list = element(
      'fieldset',
      {},
      element('legend', {}, 'Axes'),
      ...items.map(({ label }) => label),
    );
    list.addEventListener('change', () => {
      const axes = items.filter(({ box }) => box.checked).map(({ box }) => box.value);
      this.#model.show({ axes: new Set(axes) });
    });
    openBeside(anchor, 'Axes', element('div', { class: 'columns' }, list));
    items[0]?.box.focus();
  }
}

/** The metric that tells which run is best, else the one that most runs have. */
function chosenMetric(numeric: readonly Column[], runs: readonly RunInfo[]): Column {
  const differing = numeric.filter((column) => differs(column, runs));
  const metrics = differing.filter(({ kind }) => kind === 'last' || kind === 'best');
  const best = metrics.filter(({ kind }) => kind === 'best');
  const found = [best, metrics, differing, numeric].find(({ length }) => length > 0);
  const [first] = mostKnown(found ?? [], runs);
  if (first === undefined) throw new Error('there is no column of numbers');
  return first;
}

/** Columns, with those first that most runs have a value in. */
function mostKnown(columns: readonly Column[], runs: readonly RunInfo[]): Column[] {
  const counted = columns.map((column) => ({
    column,
    count: runs.filter((run) => column.cell(run) !== undefined).length,
  }));
  return counted.sort((a, b) => b.count - a.count).map(({ column }) => column);
}

/** Longer texts have no room at an axis. */
const LONG_TEXT = 60;
/** With at most this many runs, a parameter that has another value in each still tells something. */
const FEW = 4;

/** Whether some runs share a value of a parameter, as they do not for a seed or an id. */
function tellsMuch(column: Column, runs: readonly RunInfo[]): boolean {
  const texts = runs.flatMap((run) => column.cell(run)?.text ?? []);
  const isUnique = new Set(texts).size === texts.length && texts.length > FEW;
  return !isUnique && new Set(texts).size > 1 && texts.every(({ length }) => length <= LONG_TEXT);
}

function fill(
  select: HTMLSelectElement,
  columns: readonly Column[],
  chosen: Column | undefined,
  other?: readonly [value: string, title: string],
): void {
  const options = columns.map((column) => [column.id, columnTitle(column)] as const);
  const all = other === undefined ? options : [other, ...options];
  const key = JSON.stringify(all);
  if (select.dataset.key !== key) {
    select.dataset.key = key;
    select.replaceChildren(...all.map(([value, title]) => element('option', { value }, title)));
  }
  select.value = chosen?.id ?? other?.[0] ?? '';
}

const MAX_NAMES = 3;

/** Which runs lack a value that a drawing needs. */
function noPlace(names: readonly string[]): string {
  const told = names.slice(0, MAX_NAMES).join(', ');
  const rest = names.length - MAX_NAMES;
  return `Not shown, for lack of a value: ${told}${rest > 0 ? ` and ${plural(rest, 'more run')}` : ''}`;
}

/** A drawing with its controls; tells the model which run is under the pointer. */
class Plot {
  readonly element: HTMLElement;
  readonly tools = element('div', { class: 'plot-tools' });
  onPoint: (run: number | undefined) => void = () => {};
  describe: (run: number) => string = () => '';
  nameOf: (run: RunInfo) => string = ({ name }) => name;
  readonly #box = element('div', { class: 'drawing' });
  readonly #note = element('p', { class: 'note' });
  readonly #tip = element('div', { class: 'tip', hidden: true });
  #drawn: Drawn | undefined;

  constructor(title: string) {
    this.element = element(
      'article',
      { class: 'relation' },
      element('header', {}, element('h3', {}, title), this.tools),
      this.#box,
      this.#note,
    );
    this.#box.addEventListener('pointermove', (event) => this.#point(event));
    this.#box.addEventListener('pointerdown', (event) => this.#point(event));
    this.#box.addEventListener('pointerleave', () => this.onPoint(undefined));
  }

  get width(): number {
    return this.#box.clientWidth;
  }

  show(draw: (size: { readonly width: number; readonly height: number }) => Drawn): void {
    const width = this.#box.clientWidth;
    if (width === 0) return;
    this.#drawn = draw({ width, height: HEIGHT });
    const { missing, drawing } = this.#drawn;
    this.#box.replaceChildren(drawing, this.#tip);
    this.#note.textContent = missing.length === 0 ? '' : noPlace(missing.map(this.nameOf));
  }

  mark(run: number | undefined): void {
    const drawing = this.#drawn?.drawing;
    drawing?.classList.toggle('has-pointed', run !== undefined);
    for (const one of drawing?.querySelectorAll('[data-run]') ?? []) {
      const isPointed = one.getAttribute('data-run') === String(run);
      one.classList.toggle('pointed', isPointed);
      if (isPointed && one !== one.parentNode?.lastElementChild) one.parentNode?.append(one);
    }
    if (run === undefined) this.#tip.hidden = true;
  }

  #point(event: PointerEvent): void {
    const place = this.#box.getBoundingClientRect();
    const [x, y] = [event.clientX - place.left, event.clientY - place.top];
    const run = this.#drawn?.nearest(x, y);
    this.onPoint(run);
    this.#tip.hidden = run === undefined;
    if (run === undefined) return;
    this.#tip.textContent = this.describe(run);
    const isRight = x > place.width / 2;
    this.#tip.style.left = isRight ? 'auto' : `${x + 16}px`;
    this.#tip.style.right = isRight ? `${place.width - x + 16}px` : 'auto';
    this.#tip.style.top = `${Math.min(y, place.height / 2)}px`;
  }
}
