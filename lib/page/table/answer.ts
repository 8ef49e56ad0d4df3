import type { RunInfo } from '../../plot/protocol.js';
import type { Goal } from '../../runs/goal.js';
import { button, element } from '../dom.js';
import type { Model } from '../model.js';
import { shortName } from '../short-name.js';
import type { Column } from './columns.js';
import { NEXT, WORDS } from './head.js';
import type { Listing } from './listing.js';

const GOALS: readonly Goal[] = ['min', 'max'];

/** Names the best of the chosen runs, by a metric that the person may choose. */
export class Answer {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #metric = element('select', { 'aria-label': 'Best by' });
  readonly #goals: ReadonlyMap<Goal, HTMLButtonElement>;
  readonly #run: HTMLButtonElement;
  readonly #value = element('span', { class: 'value' });
  #best: RunInfo | undefined;

  constructor(model: Model) {
    this.#model = model;
    this.#metric.addEventListener('change', () => this.#show(this.#metric.value));
    this.#goals = new Map(
      GOALS.map((goal) => [
        goal,
        button(
          { class: 'goal', 'data-key': `answer:${goal}` },
          `${goal === 'min' ? '↓' : '↑'} ${WORDS[goal]}`,
          () => {
            const { value } = this.#metric;
            this.#show(value, model.metric(value).goal === goal ? NEXT[goal] : goal);
          },
        ),
      ]),
    );
    this.#run = button({ class: 'run' }, '', () => this.#show(this.#metric.value));
    this.#run.addEventListener('pointerenter', () => model.point(this.#best?.id));
    this.#run.addEventListener('pointerleave', () => model.point(undefined));
    this.element = element(
      'p',
      { class: 'answer' },
      element('label', {}, 'Best by', this.#metric),
      ...[...this.#goals.values(), this.#run, this.#value],
    );
  }

  draw({ columns, chosen, isBest }: Listing): void {
    const metrics = columns.filter(({ kind }) => kind === 'last');
    this.element.hidden = this.#model.runs.length < 2 || metrics.length === 0;
    if (this.element.hidden) return;
    const name = this.#chosenMetric(metrics);
    this.#fill(metrics, name);
    const { unit, goal } = this.#model.metric(name);
    const column = columns.find(({ id }) => id === `best:${name}`);
    const best = column === undefined ? [] : chosen.filter((run) => isBest(column, run));
    const [first] = best;
    this.#best = first;
    // Both until somebody has said which is best.
    for (const [own, shown] of this.#goals) {
      shown.hidden = name === '' || (goal ?? own) !== own;
      const next = goal === own ? NEXT[own] : own;
      shown.title = `${name}: click if the ${WORDS[next]} is best`;
    }
    this.#run.hidden = first === undefined;
    const compared = chosen.filter((run) => Number.isFinite(column?.cell(run)?.value));
    this.#value.textContent = compared.length > 1 ? 'no run is better than the others' : '';
    if (first === undefined) return;
    const label = this.#model.label(first.id);
    this.#run.title = `${first.name}: sort by ${name}, the best first`;
    const parts = this.#model.partsOf(label);
    this.#run.setAttribute('aria-label', `${label}: sort by ${name}, the best first`);
    this.#run.replaceChildren('★ ', element('span', { class: 'name' }, ...shortName(parts)));
    const others = best.length > 1 ? `, and ${best.length - 1} more` : '';
    this.#value.textContent = `${column?.cell(first)?.text ?? ''} ${unit}`.trim() + others;
  }

  /** The metric that the runs are sorted by, else the first one with a goal. */
  #chosenMetric(metrics: readonly Column[]): string {
    const [, sorted] = /^-?(?:best|last):(.*)$/s.exec(this.#model.view.order) ?? [];
    const found = metrics.find(({ name }) => name === sorted);
    return (found ?? metrics.find(({ goal }) => goal !== undefined))?.name ?? '';
  }

  #fill(metrics: readonly Column[], chosen: string): void {
    const names = [...(chosen === '' ? [''] : []), ...metrics.map(({ name }) => name)];
    const key = JSON.stringify(names);
    if (this.#metric.dataset.key !== key) {
      this.#metric.dataset.key = key;
      this.#metric.replaceChildren(
        ...names.map((value) => element('option', { value }, value || 'choose a metric')),
      );
    }
    this.#metric.value = chosen;
  }

  /** Sorts by a metric, with the best run first where it is known which value is best. */
  #show(metric: string, wanted?: Goal): void {
    if (metric === '') return;
    const { view } = this.#model;
    const known = this.#model.metric(metric).goal;
    const goal = wanted ?? known;
    if (goal === undefined) {
      this.#model.show({ order: `last:${metric}` });
      return;
    }
    this.#model.show({
      order: `${goal === 'max' ? '-' : ''}best:${metric}`,
      ...(goal !== known && { goals: new Map(view.goals).set(metric, goal) }),
    });
  }
}
