/** The metrics that `-m` names, in every command: words, globs, regular expressions, exclusions. */

import { didYouMean } from '../base/near.js';
import { type NameTerm, nameFilter, nameTerm, termTexts } from '../runs/metric-pattern.js';
import { type Options, UsageError } from './command.js';
import { printable } from './escape.js';

/** The help of `-m` in every command. */
export const METRIC_OPTION = {
  metric: {
    type: 'string',
    short: 'm',
    multiple: true,
    value: 'PATTERNS',
    help: "only these metrics: names, 'val*', '^train', -grad, separated by commas",
  },
} as const satisfies Options;

/** One option: the terms between its commas, which may belong to a name. */
interface Choice {
  readonly text: string;
  readonly terms: readonly NameTerm[];
}

export class MetricChoice {
  /** Whether all metrics are wanted, since `-m` was not given. */
  readonly isAll: boolean;
  readonly #flag: string;
  readonly #choices: readonly Choice[];
  readonly #filter: (name: string) => boolean;
  readonly #literal: ReadonlySet<string>;
  /** The names that were looked up, and the answers. */
  readonly #seen = new Map<string, boolean>();

  /** @throws UsageError for an invalid regular expression. */
  constructor(options: readonly string[], flag = '-m') {
    this.#flag = flag;
    this.isAll = options.length === 0;
    this.#choices = options.map((text) => ({ text, terms: termsOf(text, flag) }));
    this.#literal = new Set(options);
    this.#filter = filterOf(this.#choices);
  }

  /** Whether a metric is wanted. */
  readonly wants = (name: string): boolean => {
    let answer = this.#seen.get(name);
    if (answer === undefined) {
      answer = this.isAll || this.#literal.has(name) || this.#filter(name);
      this.#seen.set(name, answer);
    }
    return answer;
  };

  /** The same text for the same patterns, in any order. */
  get key(): string {
    const terms = this.#choices.flatMap((choice) => choice.terms.map(({ text }) => text));
    return [...new Set(terms)].sort().join();
  }

  /** The metrics of each option, in the order of the known ones; all in one where there is none. */
  groups(known: readonly string[]): string[][] {
    this.check(known);
    return this.#choices.map(({ text, terms }) => {
      if (known.includes(text)) return [text];
      const filter = filterOf([{ text, terms }]);
      const included = terms.filter(({ excludes }) => !excludes);
      // In the order in which they are named.
      const ordered = included.flatMap((term) => known.filter((name) => term.matches(name)));
      return [...new Set(included.length === 0 ? known : ordered)].filter(filter);
    });
  }

  /** @throws UsageError when a term matches none of the names, or of the names that were looked up. */
  check(names: readonly string[] = [...this.#seen.keys()]): void {
    for (const { text, terms } of this.#choices) {
      if (names.includes(text)) continue;
      for (const term of terms) {
        if (term.excludes || names.some((name) => term.matches(name))) continue;
        const near = names.length === 0 ? '; there are none' : didYouMean(term.text, names);
        throw new UsageError(`${this.#flag}: no metric is "${printable(term.text)}"${near}`);
      }
    }
  }
}

function filterOf(choices: readonly Choice[]): (name: string) => boolean {
  return nameFilter(choices.flatMap(({ terms }) => terms.map((term) => [term])));
}

function termsOf(text: string, flag: string): NameTerm[] {
  try {
    return termTexts(text).map((term) => nameTerm(term));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${flag}: ${error.message}`);
    throw error;
  }
}
