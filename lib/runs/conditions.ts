/** Parses what is typed to find runs: words, regular expressions and conditions (docs/READING.md lists them). */
import { didYouMean } from '../base/near.js';
import type { Cell } from './cell.js';
import { ConditionError, type Token, tokensOf } from './condition-tokens.js';
import { compareNames } from './natural-order.js';

export { ConditionError };

/**
 * - `run`: a property that every run has
 * - `parameter`
 * - `result`: a value that was logged for the whole run and is not a number
 * - `last`, `best`: the figures of a metric
 */
type FieldKind = 'run' | 'parameter' | 'result' | 'last' | 'best';

/** Something that runs have values of. */
export interface Field<R> {
  readonly kind: FieldKind;
  readonly name: string;
  cell(run: R): Cell | undefined;
}

/**
 * Turns typed text into a test of runs.
 *
 * @param fields All fields. Among fields with one name the parameter comes first, then the last value.
 * @throws ConditionError
 */
export function parseConditions<R>(text: string, fields: readonly Field<R>[]): (run: R) => boolean {
  return new Parser(tokensOf(text), fields).parse();
}

type Predicate<R> = (run: R) => boolean;

class Parser<R> {
  readonly #tokens: readonly Token[];
  readonly #fields: readonly Field<R>[];
  #at = 0;

  constructor(tokens: readonly Token[], fields: readonly Field<R>[]) {
    this.#tokens = tokens;
    this.#fields = fields;
  }

  parse(): Predicate<R> {
    if (this.#tokens.length === 0) return () => true;
    const found = this.#any();
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw new ConditionError(`"${rest.text}" has no place here`);
    return found;
  }

  #any(): Predicate<R> {
    let found = this.#all();
    while (this.#takeWord('or')) {
      const [before, next] = [found, this.#all()];
      found = (run) => before(run) || next(run);
    }
    return found;
  }

  /** Adjacent terms must all be met, with or without an `and` between them. */
  #all(): Predicate<R> {
    let found = this.#not();
    for (;;) {
      const isNamed = this.#takeWord('and');
      const next = this.#tokens[this.#at];
      if (!isNamed && (next === undefined || isWord(next, 'or') || isSign(next, ')'))) return found;
      const [before, after] = [found, this.#not()];
      found = (run) => before(run) && after(run);
    }
  }

  #not(): Predicate<R> {
    if (!this.#takeWord('not')) return this.#term();
    const found = this.#not();
    return (run) => !found(run);
  }

  #term(): Predicate<R> {
    const token = this.#take('a condition');
    if (isSign(token, '(')) {
      const found = this.#any();
      if (!isSign(this.#tokens[this.#at], ')')) throw new ConditionError('a ")" is missing');
      this.#at++;
      return found;
    }
    const operator = this.#tokens[this.#at];
    const isName = token.kind !== 'sign' && token.kind !== 'regex' && token.kind !== 'operator';
    if (isName && operator?.kind === 'operator') {
      this.#at++;
      return comparison(this.#field(token), operator.text, this.#value(token, operator));
    }
    if (token.kind === 'regex') return this.#anyText((text) => token.pattern.test(text));
    if (token.kind === 'call')
      throw new ConditionError(`${token.text} needs a comparison: ${token.text} < 1`);
    const isJoint = isWord(token, 'and') || isWord(token, 'or');
    if (!isName || isJoint) throw new ConditionError(`before "${token.text}" something is missing`);
    const word = token.text.toLowerCase();
    return this.#anyText((text) => text.toLowerCase().includes(word));
  }

  /** Looks for a word or pattern in all texts and parameters of a run. */
  #anyText(test: (text: string) => boolean): Predicate<R> {
    return (run) =>
      this.#fields.some(({ kind, cell }) => {
        const found = cell(run);
        const isSearched = kind === 'parameter' || typeof found?.value === 'string';
        return found !== undefined && isSearched && test(found.text);
      });
  }

  #value(name: Token, operator: Token): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === 'operator' || token.kind === 'sign') {
      throw new ConditionError(`after "${name.text} ${operator.text}" a value is missing`);
    }
    this.#at++;
    return token;
  }

  #field(token: Token): Field<R> {
    const kinds = token.kind === 'call' ? [token.call] : ['parameter', 'last', 'result', 'run'];
    const wanted = token.kind === 'call' ? token.name : token.text;
    const all = this.#fields;
    for (const isSame of [exactly, inAnyCase]) {
      for (const kind of kinds) {
        const found = all.find((field) => field.kind === kind && isSame(field.name, wanted));
        if (found !== undefined) return found;
      }
    }
    if (token.kind === 'call' && all.some(({ kind, name }) => kind === 'last' && name === wanted)) {
      throw new ConditionError(
        `which value of "${wanted}" is best is not known: choose it in the table's head`,
      );
    }
    const names = [...new Set(all.map(({ name }) => name))];
    throw new ConditionError(`there is no column "${wanted}"${didYouMean(wanted, names)}`);
  }

  #take(what: string): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) {
      const before = this.#tokens[this.#at - 1]?.text ?? '';
      throw new ConditionError(`after "${before}" ${what} is missing`);
    }
    this.#at++;
    return token;
  }

  #takeWord(word: string): boolean {
    const isThere = isWord(this.#tokens[this.#at], word);
    if (isThere) this.#at++;
    return isThere;
  }
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toLowerCase() === word;
}

function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === 'sign' && token.text === sign;
}

function exactly(name: string, wanted: string): boolean {
  return name === wanted;
}

function inAnyCase(name: string, wanted: string): boolean {
  return name.toLowerCase() === wanted.toLowerCase();
}

/** A run without the value meets only a negated condition (`!=`, `!~`). */
function comparison<R>(field: Field<R>, operator: string, value: Token): Predicate<R> {
  const meets = testOf(field, operator.replace('!', ''), value);
  const isNegated = operator.startsWith('!');
  return (run) => {
    const cell = field.cell(run);
    return (cell !== undefined && meets(cell)) !== isNegated;
  };
}

function testOf({ name }: Field<never>, operator: string, value: Token): (cell: Cell) => boolean {
  if (operator === '~') {
    if (value.kind === 'regex') return ({ text }) => value.pattern.test(text);
    const part = value.text.toLowerCase();
    return ({ text }) => text.toLowerCase().includes(part);
  }
  if (value.kind === 'regex')
    throw new ConditionError(`a regular expression is compared by "~": ${name} ~ ${value.text}`);
  if (operator === '=') return (cell) => isEqual(cell, value.text);
  const isMet = ORDERS[operator] ?? (() => false);
  return (cell) => {
    const order = orderOf(cell, value.text);
    return !Number.isNaN(order) && isMet(order);
  };
}

const ORDERS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+|Infinity)(?:e[-+]?\d+)?$/i;

function isEqual(cell: Cell, wanted: string): boolean {
  if (NUMBER.test(wanted) && Number(cell.value) === Number(wanted) && cell.text !== '') return true;
  return [cell.text, ...(cell.words ?? [])].some((text) => inAnyCase(text, wanted));
}

/** Negative where the cell comes first; NaN where the two cannot be compared. */
function orderOf(cell: Cell, wanted: string): number {
  if (!NUMBER.test(wanted)) return compareNames(cell.text, wanted);
  const number =
    typeof cell.value === 'number' || NUMBER.test(cell.text) ? Number(cell.value) : Number.NaN;
  const other = Number(wanted);
  return number === other ? 0 : number - other;
}
