import { plural } from '../../base/plural.js';
import { button, element } from '../dom.js';
import { whenIdle } from '../idle.js';
import type { Model } from '../model.js';
import { Answer } from './answer.js';
import { openColumns } from './column-menu.js';
import { copyText, csvOf, markdownOf } from './copy.js';
import { openBeside } from './floating.js';
import { Lister, type Listing } from './listing.js';
import { Relations } from './relations.js';
import { Table } from './table.js';

const EXAMPLE = 'resnet, /seed-\\d$/, lr > 0.01 and model = resnet';

/** Limit on the cells of a table that is prepared before it is shown: more would keep the page from other work. */
const MOST_PREPARED = 30_000;

/** The table of runs and its tools: answers which run is best, and why. */
export class TablePage {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #lister: Lister;
  readonly #answer: Answer;
  readonly #table: Table;
  readonly #relations: Relations;
  readonly #filter = element('input', {
    type: 'search',
    placeholder: `Filter runs: ${EXAMPLE}`,
    'aria-label': 'Filter runs by words, regular expressions and conditions',
    'aria-describedby': 'filter-fault',
    spellcheck: 'false',
    autocomplete: 'off',
  });
  readonly #fault = element('p', { class: 'fault', id: 'filter-fault', role: 'status' });
  readonly #count = element('span', { class: 'count', role: 'status' });
  readonly #differing = element('input', { type: 'checkbox' });
  readonly #differingLabel = element(
    'label',
    { class: 'choice' },
    ...[this.#differing, 'Only what differs'],
  );
  readonly #empty = element('p', { class: 'no-rows' });
  #listing: Listing | undefined;
  #isAwaited = false;

  constructor(model: Model) {
    this.#model = model;
    this.#lister = new Lister(model);
    this.#answer = new Answer(model);
    this.#table = new Table(model);
    this.#relations = new Relations(model);
    this.#filter.addEventListener('input', () => model.show({ where: this.#filter.value }));
    this.#differing.addEventListener('change', () =>
      model.show({ differing: this.#differing.checked }),
    );
    const columns = button({ 'aria-haspopup': 'dialog' }, 'Columns', () => {
      if (this.#listing !== undefined) openColumns(columns, model, this.#listing.columns);
    });
    const copy = button({ 'aria-haspopup': 'dialog' }, 'Copy', () => this.#openCopy(copy));
    this.element = element(
      'main',
      { class: 'runs-page' },
      element(
        'div',
        { class: 'table-tools' },
        this.#filter,
        this.#count,
        this.#differingLabel,
        columns,
        copy,
      ),
      this.#fault,
      this.#answer.element,
      this.#empty,
      this.#table.element,
      this.#relations.element,
    );
    document.addEventListener('keydown', (event) => {
      const isTyping = event.target instanceof HTMLInputElement;
      if (event.key !== '/' || isTyping || model.view.tab !== 'table') return;
      event.preventDefault();
      this.#filter.focus();
    });
    this.#draw();
    model.onChange((change) => {
      if (change === 'view' || change === 'runs') this.#draw();
      else if (change === 'data') this.#drawSoon();
      if (change === 'runs') this.#prepareSoon();
    });
  }

  /** Prepares the table while another tab is shown, so that the table shows at once when it is wanted. */
  readonly #prepareSoon = whenIdle(() => {
    if (this.#model.view.tab === 'table') return;
    const listing = this.#lister.list();
    const cells = this.#model.runs.length * listing.columns.length;
    if (cells <= MOST_PREPARED) this.#table.prepare(listing);
  });

  /** Joins updates: many runs may grow at once. */
  #drawSoon(): void {
    if (this.#isAwaited || this.#model.view.tab !== 'table') return;
    this.#isAwaited = true;
    requestAnimationFrame(() => {
      this.#isAwaited = false;
      this.#draw();
    });
  }

  #draw(): void {
    const { view, runs } = this.#model;
    if (view.tab !== 'table') return;
    const listing = this.#lister.list();
    this.#listing = listing;
    const { rows, error } = listing;
    if (this.#filter.value !== view.where) this.#filter.value = view.where;
    this.#filter.setAttribute('aria-invalid', String(error !== ''));
    this.#fault.textContent = error;
    this.#differing.checked = view.differing;
    // One run does not differ from any other.
    this.#differingLabel.hidden = runs.length < 2 && !view.differing;
    this.#count.textContent =
      rows.length === runs.length
        ? plural(runs.length, 'run')
        : `${rows.length} of ${plural(runs.length, 'run')}`;
    this.#empty.hidden = rows.length > 0;
    this.#empty.textContent = runs.length === 0 ? 'No runs yet' : 'No run matches the filter';
    this.#table.element.hidden = rows.length === 0;
    this.#answer.draw(listing);
    this.#table.draw(listing);
    this.#relations.draw(listing);
  }

  #openCopy(anchor: Element): void {
    const listing = this.#listing;
    if (listing === undefined) return;
    const said = element('p', { role: 'status' });
    const copy = (name: string, text: (listing: Listing) => string) =>
      button({}, name, () => {
        void copyText(text(listing)).then((isCopied) => {
          said.textContent = isCopied
            ? `Copied ${plural(listing.chosen.length, 'row')}`
            : 'The browser refuses to copy';
        });
      });
    openBeside(
      anchor,
      'Copy the chosen rows',
      element('h3', {}, 'Copy the chosen rows'),
      element('div', { class: 'choices' }, copy('as CSV', csvOf), copy('as Markdown', markdownOf)),
      said,
    )
      .querySelector('button')
      ?.focus();
  }
}
