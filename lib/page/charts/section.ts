import { formatCount } from '../../runs/format.js';
import type { ChartCard } from '../chart-card.js';
import { element, putInOrder } from '../dom.js';
import type { Model } from '../model.js';
import type { Section } from './plan.js';
import type { Tile } from './tile.js';

/** A foldable part of the page with the charts of one prefix. */
export class SectionView {
  readonly element: HTMLElement;
  readonly grid = element('div', { class: 'grid' });
  readonly #tiles = element('div', { class: 'tiles' });
  readonly #head: HTMLButtonElement;
  readonly #title = element('span', { class: 'title' });
  readonly #count = element('span', { class: 'count' });

  constructor(model: Model, { name, title }: Section) {
    this.#title.textContent = title;
    this.#head = element('button', { type: 'button', class: 'fold' }, this.#title, this.#count);
    this.#head.addEventListener('click', () => {
      const collapsed = new Set(model.view.collapsed);
      if (!collapsed.delete(name)) collapsed.add(name);
      model.show({ collapsed });
    });
    this.element = element(
      'section',
      { class: 'section', 'aria-label': title },
      element('h2', { class: 'section-head' }, this.#head),
      ...[this.#tiles, this.grid],
    );
  }

  /**
   * Shows some charts and tiles; a folded section gets none.
   *
   * @param count Number of charts and tiles of the unfolded section.
   * @param isAlone Whether this is the only section, which needs no title.
   */
  arrange(
    cards: readonly ChartCard[],
    tiles: readonly Tile[],
    { count, isAlone }: { readonly count: number; readonly isAlone: boolean },
  ): void {
    this.#count.textContent = formatCount(count);
    this.element.classList.toggle('alone', isAlone);
    this.#head.setAttribute('aria-expanded', String(cards.length + tiles.length > 0));
    this.grid.hidden = cards.length === 0;
    this.#tiles.hidden = tiles.length === 0;
    putInOrder(this.#tiles, tiles);
    putInOrder(this.grid, cards);
  }
}
