import type { RunInfo, RunState } from '../plot/protocol.js';
import { formatCount, formatDuration } from '../runs/format.js';
import { button, element } from './dom.js';
import type { Model } from './model.js';
import { ALL_RUNS, isShown, only, withRuns } from './selection.js';

const STATES: Readonly<Record<RunState, string>> = {
  reading: 'reading',
  live: '',
  idle: '',
  waiting: 'not there yet',
  gone: 'file removed',
  failed: 'cannot be read',
};

/** The list of runs at the side: which there are, how they are, which are shown. */
export class RunList {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #list = element('ul', { class: 'runs' });
  readonly #count = element('span', { class: 'count' });
  readonly #rows = new Map<number, RunRow>();

  constructor(model: Model) {
    this.#model = model;
    const all = button({}, 'all', () => model.show({ runs: ALL_RUNS }));
    const none = button({}, 'none', () => model.show({ runs: only([]) }));
    this.element = element(
      'aside',
      { class: 'side', 'aria-label': 'Runs' },
      element('div', { class: 'side-head' }, element('h2', {}, 'Runs'), this.#count, all, none),
      this.#list,
    );
    this.#update();
    model.onChange(() => this.#update());
  }

  #update(): void {
    const { runs, view } = this.#model;
    this.#count.textContent = runs.length === 0 ? '' : formatCount(runs.length);
    const ids = new Set(runs.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (ids.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
    for (const run of runs) {
      let row = this.#rows.get(run.id);
      if (row === undefined) {
        row = new RunRow(this.#model, run);
        this.#rows.set(run.id, row);
        this.#list.append(row.element);
      }
      row.update(run, isShown(view.runs, run.name));
    }
  }
}

class RunRow {
  readonly element: HTMLElement;
  readonly #box: HTMLInputElement;
  readonly #name = element('span', { class: 'name' });
  readonly #about = element('span', { class: 'about' });
  #run: RunInfo;

  constructor(model: Model, run: RunInfo) {
    this.#run = run;
    this.#box = element('input', { type: 'checkbox' });
    this.#box.addEventListener('change', () => {
      model.show({ runs: withRuns(model.view.runs, [this.#run.name], this.#box.checked) });
    });
    const alone = button({ class: 'only', title: `Show only ${run.name}` }, 'only', () =>
      model.show({ runs: only([this.#run.name]) }),
    );
    const label = element(
      'label',
      {},
      this.#box,
      swatch(model, run.id),
      element('span', { class: 'text' }, this.#name, this.#about),
    );
    this.element = element('li', {}, label, alone);
  }

  update(run: RunInfo, checked: boolean): void {
    this.#run = run;
    this.#box.checked = checked;
    if (this.#name.textContent !== run.name) this.#name.replaceChildren(...breakable(run.name));
    const notes = [
      run.note,
      run.diverged.length > 0 ? `ends in NaN or infinity: ${run.diverged.join(', ')}` : '',
    ].filter((note) => note !== '');
    this.element.title = [run.name, ...notes].join('\n');
    this.element.classList.toggle('diverged', run.diverged.length > 0);
    this.element.dataset.state = run.state;
    this.#about.textContent = about(run);
  }
}

function about({ state, note, records, problems, diverged, begin, end }: RunInfo): string {
  const parts = [
    STATES[state],
    state === 'failed' ? note : '',
    diverged.length > 0 ? 'diverged' : '',
    records > 0 ? `${formatCount(records)} records` : '',
    begin !== null && end !== null && end > begin ? formatDuration(end - begin) : '',
    problems > 0 ? `${formatCount(problems)} problem${problems === 1 ? '' : 's'}` : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** A name that may break after what separates its parts. */
function breakable(name: string): Node[] {
  return name
    .split(/(?<=[/\\_.-])/)
    .flatMap((part) => [document.createTextNode(part), element('wbr')]);
}

/** A piece of the run's line, as the charts draw it. */
export function swatch(model: Model, id: number): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'swatch');
  svg.setAttribute('viewBox', '0 0 22 10');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', 'M1 5h20');
  const { dash, light, dark } = model.style(id);
  line.setAttribute('stroke-dasharray', dash.join(' '));
  // Which of the two is seen is a matter of the style sheet.
  svg.style.setProperty('--light', light);
  svg.style.setProperty('--dark', dark);
  svg.append(line);
  return svg;
}
