/** The names of records that several ranks have at the same step. */
import type { Shape } from '../reader/key-tree.js';

/** What the names of a further rank make of a layout. */
interface Extended {
  /** The layout with the names of the shape. */
  readonly layout: Layout;
  /** By name of the shape: the name's index in the layout. */
  readonly cells: readonly number[];
  /** Indices in the layout of the names that the shape lacks. */
  readonly lacking: readonly number[];
  /** Whether the shape has a name of the layout before. */
  readonly shares: boolean;
}

/** Names in the order in which ranks logged them. An index of a name is the same in all layouts that extend this one. */
export class Layout {
  readonly names: readonly string[];
  /** The names as written, with the punctuation around them. */
  readonly texts: readonly string[];
  readonly #extended = new Map<Shape, Extended>();

  constructor(names: readonly string[] = [], texts: readonly string[] = []) {
    this.names = names;
    this.texts = texts;
  }

  /** @param textOf Returns a name of the shape as written. */
  extended(shape: Shape, textOf: (i: number) => string): Extended {
    const known = this.#extended.get(shape);
    if (known !== undefined) return known;
    const names = [...this.names];
    const texts = [...this.texts];
    const indices = new Map(names.map((name, index) => [name, index]));
    const cells = shape.names.map((name, i) => {
      const index = indices.get(name);
      if (index !== undefined) return index;
      texts.push(`${texts.length === 0 ? '' : ', '}${textOf(i)}: `);
      return names.push(name) - 1;
    });
    const isNew = names.length > this.names.length;
    const has = new Set(cells);
    const extended = {
      layout: isNew ? new Layout(names, texts) : this,
      cells,
      lacking: names.map((_, index) => index).filter((index) => !has.has(index)),
      shares: names.length < this.names.length + cells.length,
    };
    this.#extended.set(shape, extended);
    return extended;
  }
}
