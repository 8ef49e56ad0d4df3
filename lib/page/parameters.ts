import type { RunInfo } from '../plot/protocol.js';
import type { JsonValue } from '../reader/types.js';
import { formatValue } from '../runs/format.js';
import { element, SCROLLED } from './dom.js';
import type { Model } from './model.js';
import { swatch } from './run-list.js';

/** A table of what the runs were started with, and what they came to; what differs stands out. */
export class Parameters {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #table = element('div', { ...SCROLLED, class: 'table', 'aria-label': 'Parameters' });
  readonly #onlyDifferent = element('input', { type: 'checkbox' });

  constructor(model: Model) {
    this.#model = model;
    this.#onlyDifferent.addEventListener('change', () => this.#draw());
    this.element = element(
      'main',
      { class: 'parameters' },
      element('label', { class: 'choice' }, this.#onlyDifferent, 'Only what differs'),
      this.#table,
    );
    this.#draw();
    model.onChange((change) => {
      if (change === 'view' || change === 'runs') this.#draw();
    });
  }

  #draw(): void {
    if (this.#model.view.tab !== 'parameters') return;
    const runs = this.#model.shown;
    const parameters = this.#rows(runs, ({ parameters }) => parameters);
    const summary = this.#rows(runs, ({ summary }) => summary);
    if (parameters.length + summary.length === 0) {
      const text = this.#onlyDifferent.checked
        ? 'Nothing differs between these runs.'
        : 'These runs logged neither parameters nor a summary.';
      this.#table.replaceChildren(element('p', { class: 'empty' }, text));
      return;
    }
    const head = runs.map(({ id, name }) =>
      element('th', { scope: 'col' }, swatch(this.#model, id), name),
    );
    this.#table.replaceChildren(
      element(
        'table',
        {},
        element('thead', {}, element('tr', {}, element('td', {}), ...head)),
        section('Parameters', parameters, runs.length),
        section('Summary', summary, runs.length),
      ),
    );
  }

  #rows(
    runs: readonly RunInfo[],
    pairs: (run: RunInfo) => readonly (readonly [string, JsonValue])[],
  ): HTMLElement[] {
    const values = runs.map((run) => new Map(pairs(run)));
    const names = new Set(values.flatMap((map) => [...map.keys()]));
    return [...names].flatMap((name) => {
      const texts = values.map((map) => (map.has(name) ? text(map.get(name)) : undefined));
      const differs = new Set(texts).size > 1;
      if (this.#onlyDifferent.checked && !differs) return [];
      const cells = texts.map((one) =>
        element('td', { class: one === undefined && 'missing' }, one ?? '–'),
      );
      return [
        element(
          'tr',
          { class: differs && 'differs' },
          element('th', { scope: 'row' }, name),
          ...cells,
        ),
      ];
    });
  }
}

function section(title: string, rows: readonly HTMLElement[], columns: number): HTMLElement {
  if (rows.length === 0) return element('tbody', {});
  const head = element('th', { scope: 'colgroup', colspan: columns + 1 }, title);
  return element('tbody', {}, element('tr', { class: 'section' }, head), ...rows);
}

function text(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? formatValue(value) : JSON.stringify(value);
}
