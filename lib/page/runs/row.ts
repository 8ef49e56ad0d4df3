import type { RunInfo, RunState } from '../../plot/protocol.js';
import { formatCount, formatDuration } from '../../runs/format.js';
import { button, element } from '../dom.js';
import type { Model } from '../model.js';
import { only, withRuns } from '../selection.js';
import { nameWithin } from '../short-name.js';
import { lineSwatch } from '../swatch.js';
import { textWidth } from '../table/text-width.js';
import { openProblems } from './problems.js';

const STATES: Readonly<Record<RunState, string>> = {
  reading: 'reading',
  live: '',
  idle: '',
  waiting: 'not there yet',
  gone: 'file removed',
  failed: 'cannot be read',
};

/** A run in the list: one line; the tooltip and screen readers get the details. */
export class RunRow {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #box: HTMLInputElement;
  readonly #swatch = element('span', { class: 'line' });
  readonly #name = element('span', { class: 'name' });
  readonly #about = element('span', { class: 'about' });
  readonly #spoken = element('span', { class: 'spoken' });
  readonly #problems: HTMLButtonElement;
  readonly #only: HTMLButtonElement;
  #run: RunInfo;
  /** What the row shows now. */
  #shown = '';

  constructor(model: Model, run: RunInfo) {
    this.#model = model;
    this.#run = run;
    this.#box = element('input', { type: 'checkbox' });
    this.#box.addEventListener('change', () => {
      model.show({ runs: withRuns(model.view.runs, [this.#run.name], this.#box.checked) });
    });
    this.#only = button({ class: 'only' }, 'only', () =>
      model.show({ runs: only([this.#run.name]) }),
    );
    const text = element('span', { class: 'text' }, this.#name, this.#about);
    const label = element('label', {}, ...[this.#box, this.#swatch, text, this.#spoken]);
    this.#problems = button({ class: 'problems' }, '', () =>
      openProblems(this.#problems, this.#run),
    );
    const main = element('div', { class: 'main' }, label, this.#only);
    this.element = element('li', {}, main, this.#problems);
    const point = (isPointed: boolean) => () => model.point(isPointed ? this.#run.id : undefined);
    this.element.addEventListener('pointerenter', point(true));
    this.element.addEventListener('pointerleave', point(false));
    this.#box.addEventListener('focus', point(true));
    this.#box.addEventListener('blur', point(false));
  }

  /**
   * @param value The value that the run is sorted by, shown in place of its duration; empty for none.
   * @param nameRoom The width of a line of the name, in pixels.
   */
  update(run: RunInfo, checked: boolean, value: string, nameRoom: number): void {
    this.#box.checked = checked;
    const style = this.#model.style(run.id);
    const label = this.#model.label(run.id);
    const parts = this.#model.partsOf(label);
    const key = JSON.stringify([parts, style, value, nameRoom]);
    if (run === this.#run && key === this.#shown) return;
    this.#run = run;
    this.#shown = key;
    this.#swatch.replaceChildren(lineSwatch(style));
    this.#name.replaceChildren(...nameWithin(parts, nameRoom));
    const title = `Show only ${run.name}`;
    this.#only.title = title;
    this.#only.setAttribute('aria-label', title);
    const isDiverged = run.diverged.length > 0;
    const notes = [
      run.note,
      isDiverged ? `ends in NaN or infinity: ${run.diverged.join(', ')}` : '',
    ];
    this.element.title = [run.name, details(run), ...notes]
      .filter((part) => part !== '')
      .join('\n');
    this.element.classList.toggle('diverged', isDiverged);
    this.element.dataset.state = run.state;
    const problems = `${formatCount(run.problems)} problem${run.problems === 1 ? '' : 's'}`;
    this.#problems.hidden = run.problems === 0;
    this.#problems.textContent = problemsText(run.problems);
    this.#problems.title = `${problems}: where, and why`;
    this.#problems.setAttribute(
      'aria-label',
      `${problemsText(run.problems)}: ${problems} of ${run.name}`,
    );
    this.#about.classList.toggle('value', value !== '');
    this.#about.textContent = value === '' ? brief(run) : value;
    // A duration gives way to the name.
    this.#about.classList.toggle('optional', value === '' && isDurationOnly(run));
    this.#spoken.textContent = details(run);
  }

  /** Marks the run under the pointer, here or in a chart. */
  mark(isPointed: boolean): void {
    this.element.classList.toggle('pointed', isPointed);
  }
}

function problemsText(problems: number): string {
  return `⚠ ${formatCount(problems)}`;
}

/** Size of the button's text as a part of the page's, and padding and border, in pixels, as in run-list.css. */
const BUTTON = { text: 11 / 13, frame: 14, tallFrame: 8 } as const;

/** The width of a row's button for problems, in pixels; 0 without problems. In a tall row the count is a second line. */
export function problemsWidth(problems: number, isTall: boolean): number {
  if (problems === 0) return 0;
  const text = problemsText(problems);
  const widest = isTall ? Math.max(...text.split(' ').map(textWidth)) : textWidth(text);
  return Math.ceil(widest * BUTTON.text + (isTall ? BUTTON.tallFrame : BUTTON.frame));
}

function isDurationOnly({ state, diverged }: RunInfo): boolean {
  return state === 'idle' && diverged.length === 0;
}

/** The one most important fact about a run. Beside a count of problems its duration would take the name's room. */
export function brief({ state, diverged, problems, begin, end }: RunInfo): string {
  if (STATES[state] !== '') return STATES[state];
  if (diverged.length > 0) return 'diverged';
  if (problems > 0) return '';
  return begin !== null && end !== null && end > begin ? formatDuration(end - begin) : '';
}

function details({ state, note, records, problems, diverged, begin, end }: RunInfo): string {
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
