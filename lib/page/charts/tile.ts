import { formatCount, formatValue } from '../../runs/format.js';
import type { ChartAnswer } from '../../runs/query.js';
import { element } from '../dom.js';
import type { Model } from '../model.js';
import { nameHeading } from '../short-name.js';
import { lineSwatch } from '../swatch.js';

/** More values than this are shown as a range. */
const MOST_VALUES = 4;

/** A metric whose runs have one value each: the values, without a chart. */
export class Tile {
  readonly metric: string;
  readonly element: HTMLElement;
  readonly #values = element('p', { class: 'values' });
  readonly #model: Model;

  constructor(model: Model, metric: string) {
    this.metric = metric;
    this.#model = model;
    this.element = element('article', { class: 'tile' }, nameHeading(metric), this.#values);
  }

  draw({ curves }: ChartAnswer): void {
    const { unit } = this.#model.metric(this.metric);
    const values = [...new Set(curves.map(({ last }) => last))];
    const withUnit = (value: string) => (unit === '' ? value : `${value} ${unit}`);
    const [only] = values;
    if (values.length === 1 && only !== undefined) {
      this.#values.replaceChildren(withUnit(formatValue(only)));
    } else if (curves.length <= MOST_VALUES) {
      const parts = curves.map(({ run, last }) => {
        const look = this.#model.style(run);
        const label = this.#model.label(run);
        const shown = element('span', { title: label }, lineSwatch(look), formatValue(last));
        return shown;
      });
      this.#values.replaceChildren(...parts, ...(unit === '' ? [] : [unit]));
    } else {
      const [least, most] = [Math.min(...values), Math.max(...values)].map(formatValue);
      const count = `${formatCount(values.length)} values`;
      this.#values.replaceChildren(withUnit(`${least} – ${most}`), element('small', {}, count));
    }
  }
}
