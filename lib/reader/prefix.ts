import type { Problem } from './types.js';

/** After so many records with other text before them on their line the text is the log's way to write. */
const ENOUGH = 16;
/** One alone is no way to write. */
const LEAST = 2;

/**
 * Tells text that a launcher puts before every record of a log (`0: `, `[rank0]:`, a time and a host) from
 * text that got before some of them: only that is a problem.
 */
export class PrefixJudge {
  readonly #report: (problem: Problem) => void;
  /** Text before records, until it is known what it is. */
  #held: Problem[] | undefined;
  #isPrefixed: boolean | undefined;
  /** Whether the record that comes next has text before it. */
  #isBehind = false;

  /** @param report hears of text that is a problem. */
  constructor(report: (problem: Problem) => void) {
    this.#report = report;
  }

  /** Takes text before the record that comes next. */
  before(text: Problem): void {
    this.#isBehind = true;
    if (this.#isPrefixed === true) return;
    if (this.#isPrefixed === false) {
      this.#report(text);
      return;
    }
    this.#held ??= [];
    this.#held.push(text);
    if (this.#held.length === ENOUGH) this.#decide(true);
  }

  /** A record has come. */
  record(): void {
    if (!this.#isBehind && this.#isPrefixed === undefined) this.#decide(false);
    this.#isBehind = false;
  }

  /** The log has ended, and another may begin. */
  end(): void {
    if (this.#held !== undefined) this.#decide(this.#held.length >= LEAST);
    this.#isPrefixed = undefined;
    this.#isBehind = false;
  }

  #decide(isPrefixed: boolean): void {
    const held = this.#held ?? [];
    this.#isPrefixed = isPrefixed;
    this.#held = undefined;
    if (!isPrefixed) for (const problem of held) this.#report(problem);
  }
}
