/** An object for each metric and depth of steps, made on first use. By metric, in the order of the log. */
export class ByDepth<T extends { readonly depth: number }> extends Map<string, T[]> {
  readonly #make: (metric: string, depth: number) => T;

  constructor(make: (metric: string, depth: number) => T) {
    super();
    this.#make = make;
  }

  /** @param depth How many components the steps have. */
  at(metric: string, depth: number): T {
    const list = this.get(metric);
    const found = list?.find((one) => one.depth === depth);
    if (found !== undefined) return found;
    const made = this.#make(metric, depth);
    if (list === undefined) this.set(metric, [made]);
    else list.push(made);
    return made;
  }
}
