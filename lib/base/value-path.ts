/** The place of a value in a record. */

/** Python's recursion limit stops its json module near here too. */
const MAX_DEPTH = 1000;

/** The path of a value in a record: names the value in errors, and detects circular references. */
export class ValuePath {
  private readonly root: string;
  private readonly name: string | undefined;
  private readonly outer: ValuePath | undefined;
  private readonly container: object | undefined;
  private readonly depth: number;
  private innermost: string | number = '';

  /**
   * @param root what the errors call the outermost value: `'step'`, `'metric'`.
   * @param name the metric's name, which errors quote behind `root`.
   * @param outer the place of the container; for `enter()`.
   */
  constructor(root: string, name?: string, outer?: ValuePath, container?: object) {
    this.root = root;
    this.name = name;
    this.outer = outer;
    this.container = container;
    this.depth = outer === undefined ? 0 : outer.depth + 1;
  }

  /** The place of the elements of the container at this place; `at` chooses the element. */
  enter(container: object): ValuePath {
    for (let place: ValuePath | undefined = this; place !== undefined; place = place.outer) {
      if (place.container === container) {
        throw new TypeError(`${this} is circular: it contains itself, which cannot be logged`);
      }
    }
    if (this.depth === MAX_DEPTH) {
      throw new TypeError(
        `${this.label()} is nested deeper than ${MAX_DEPTH} levels, which cannot be logged`,
      );
    }
    return new ValuePath(this.root, this.name, this, container);
  }

  /** Chooses the element that is read next. */
  at(key: string | number): void {
    this.innermost = key;
  }

  /** The key that `JSON.stringify` would pass to a `toJSON` method of this value. */
  get key(): string {
    return this.outer === undefined ? (this.name ?? '') : String(this.innermost);
  }

  toString(): string {
    const path: string[] = [];
    for (let place: ValuePath = this; place.outer !== undefined; place = place.outer) {
      const { innermost } = place;
      path.push(typeof innermost === 'number' ? `[${innermost}]` : `.${innermost}`);
    }
    const shown = path.reverse().slice(0, 8);
    return this.label() + shown.join('') + (path.length > shown.length ? '...' : '');
  }

  private label(): string {
    return this.name === undefined ? this.root : `${this.root} ${JSON.stringify(this.name)}`;
  }
}
