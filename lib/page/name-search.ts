import { type NameFilter, typedFilter } from '../runs/metric-pattern.js';

/** A filter over names while a person types it: an incomplete pattern leaves the last valid one in force. */
export class NameSearch {
  /** What is wrong with the text; empty where nothing is. */
  fault = '';
  #text = '';
  #matches = typedFilter('');

  /** The filter that a text stands for. */
  of(text: string): NameFilter {
    if (text === this.#text) return this.#matches;
    this.#text = text;
    this.fault = '';
    try {
      this.#matches = typedFilter(text);
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
    }
    return this.#matches;
  }
}
