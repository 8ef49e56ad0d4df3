/** Colours runs by a column, from the best value to the worst. */
import type { RunInfo } from '../../plot/protocol.js';
import { element } from '../dom.js';
import type { Model } from '../model.js';
import { type ColumnScale, columnScale } from './column-scale.js';
import type { Column } from './columns.js';
import { columnTitle } from './titles.js';

export class RunColors {
  readonly #model: Model;
  readonly #scale: ColumnScale | undefined;
  readonly #extent: readonly [least: string, most: string] = ['', ''];

  /** @param column Undefined: each run has the same colour as elsewhere on the page. */
  constructor(model: Model, column: Column | undefined, runs: readonly RunInfo[]) {
    this.#model = model;
    if (column === undefined) return;
    this.#scale = columnScale(column, runs, 2);
    const placed = runs
      .flatMap((run) => {
        const place = this.#scale?.place(run);
        return place === undefined ? [] : [{ place, text: column.cell(run)?.text ?? '' }];
      })
      .sort((a, b) => a.place - b.place);
    this.#extent = [placed[0]?.text ?? '', placed.at(-1)?.text ?? ''];
  }

  /** Gives an element the colour of a run. */
  paint(made: SVGElement, run: RunInfo): void {
    if (this.#scale === undefined) {
      const { light, dark } = this.#model.style(run.id);
      made.style.setProperty('--run', `light-dark(${light}, ${dark})`);
      return;
    }
    const place = this.#scale.place(run);
    if (place === undefined) made.classList.add('uncolored');
    else made.style.setProperty('--share', `${(100 * this.#share(place)).toFixed(1)}%`);
  }

  /** The share of the worst value's colour in the mixture. */
  #share(place: number): number {
    return this.#scale?.column.goal === 'max' ? 1 - place : place;
  }

  /** Runs with the best last, so that it is drawn over the others. */
  sorted(runs: readonly RunInfo[]): readonly RunInfo[] {
    const scale = this.#scale;
    if (scale === undefined) return runs;
    const share = (run: RunInfo) => {
      const place = scale.place(run);
      return place === undefined ? Number.POSITIVE_INFINITY : this.#share(place);
    };
    return [...runs].sort((a, b) => (share(a) === share(b) ? 0 : share(b) - share(a)));
  }

  /** Explains the colours. */
  legend(): HTMLElement | undefined {
    const { column } = this.#scale ?? {};
    if (column === undefined) return undefined;
    const [least, most] = this.#extent;
    const bar = element('span', { class: `bar ${column.goal === 'max' ? 'reversed' : ''}` });
    return element('span', { class: 'legend', title: columnTitle(column) }, least, bar, most);
  }
}
