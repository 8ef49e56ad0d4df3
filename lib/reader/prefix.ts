import type { Problem } from './types.js';

/** Number of records in a row with text before them that shows that a launcher prefixes every line. */
const ENOUGH = 16;
/** Number of records with text before them that is enough at the end of a shorter log. */
const LEAST = 2;

/**
 * Decides whether a launcher puts text before every record of a log (`0: `, `[rank0]:`, a time and a host),
 * or text got before some records only. Only the latter is a problem.
 */
export class PrefixJudge {
  readonly #report: (problem: Problem) => void;
  /** The texts before records, until the decision. */
  #held: Problem[] | undefined;
  #isPrefixed: boolean | undefined;
  /** Whether the next record has text before it. */
  #isBehind = false;

  /**
   * @param report receives each text that is a problem.
   * @param isPrefixed the decision about the log, if there is one.
   */
  constructor(report: (problem: Problem) => void, isPrefixed?: boolean) {
    this.#report = report;
    this.#isPrefixed = isPrefixed;
  }

  /** Whether every record has text before it; undefined before the decision. */
  get isPrefixed(): boolean | undefined {
    return this.#isPrefixed;
  }

  /** Takes text that stands before the next record. */
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

  /** Takes note of a record. */
  record(): void {
    if (!this.#isBehind && this.#isPrefixed === undefined) this.#decide(false);
    this.#isBehind = false;
  }

  /** Decides at the end of the log, and begins anew for another log. */
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
