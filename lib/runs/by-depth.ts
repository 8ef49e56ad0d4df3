/** An object for each metric and depth of steps, made on first use. By metric, in the order of the log. */
export class ByDepth<T extends { readonly depth: number }> extends Map<string, T[]> {
  readonly #make: (metric: string, depth: number) => T;

  constructor(make: (metric: string, depth: number) => T) {
    super();
    this.#make = make;
  }

  /** @param depth How many components the steps have. */
  at(metric: string, depth: number): T {
    let list = this.get(metric);
    if (list === undefined) {
      list = [];
      this.set(metric, list);
    }
    let found = list.find((one) => one.depth === depth);
    if (found === undefined) {
      found = this.#make(metric, depth);
      list.push(found);
    }
    return found;
  }
}
