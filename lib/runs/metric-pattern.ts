/**
 * The language in which metrics (and runs) are chosen by name, on the command line (`-m`) and in the page's
 * filters. A term is one of
 *
 * - `loss`: a name; where a filter is loose, a part of one
 * - `val*loss`: a glob over the whole name: `*` is any text, `?` one character
 * - `^val`, `loss$`, `top[15]|f1`, `/top[15]/`: a regular expression, found anywhere in the name. A term
 *   that begins with `^`, ends with `$`, or contains `|` or `\` needs no slashes
 * - `-grad`, `!grad`: leaves out what the rest of the term matches
 *
 * A name that equals a term letter for letter always matches the term, whatever characters the name has.
 */

/** One term of a pattern. */
export interface NameTerm {
  readonly text: string;
  /** Whether the names that match are left out. */
  readonly excludes: boolean;
  matches(name: string): boolean;
}

interface PatternOptions {
  /** A plain word matches anywhere in a name, and case does not count. */
  readonly loose?: boolean;
}

/**
 * Reads one term.
 *
 * @throws SyntaxError for an invalid regular expression.
 */
export function nameTerm(text: string, { loose = false }: PatternOptions = {}): NameTerm {
  const excludes = /^[-!]./s.test(text);
  const body = excludes ? text.slice(1) : text;
  const flags = loose ? 'is' : 's';
  const expression = expressionOf(body, flags);
  const fold = (name: string) => (loose ? name.toLowerCase() : name);
  const word = fold(body);
  const matches = (name: string): boolean => {
    if (fold(name) === word) return true;
    if (expression !== undefined) return expression.test(name);
    return loose && fold(name).includes(word);
  };
  return { text, excludes, matches };
}

/** Whether a name is wanted. When a thing has several names, any of them may match a term. */
export type NameFilter = (name: string | readonly string[]) => boolean;

/**
 * Wants the names that all terms of some alternative match, and that no term excludes. Where no term
 * includes anything, the filter wants all names but the excluded ones.
 */
export function nameFilter(alternatives: readonly (readonly NameTerm[])[]): NameFilter {
  const excluded = alternatives.flat().filter(({ excludes }) => excludes);
  const included = alternatives
    .map((terms) => terms.filter(({ excludes }) => !excludes))
    .filter(({ length }) => length > 0);
  return (name) => {
    const names = typeof name === 'string' ? [name] : name;
    const matches = (term: NameTerm) => names.some((one) => term.matches(one));
    if (excluded.some(matches)) return false;
    return included.length === 0 || included.some((terms) => terms.every(matches));
  };
}

/**
 * A filter as typed: `val loss, ^lr, -grad`. Terms separated by spaces must all match; commas separate
 * alternatives. The terms are loose.
 *
 * @throws SyntaxError for an invalid regular expression.
 */
export function typedFilter(text: string): NameFilter {
  const alternatives: NameTerm[][] = [[]];
  for (const [piece] of text.matchAll(/,|[-!]?\/(?:[^/\\]|\\.)+\/(?=[\s,]|$)|[^\s,]+/gs)) {
    if (piece === ',') alternatives.push([]);
    else alternatives.at(-1)?.push(nameTerm(piece, { loose: true }));
  }
  return nameFilter(alternatives);
}

/** The terms of a list in an option: `loss,val*,-grad`. */
export function termTexts(list: string): string[] {
  return Array.from(list.matchAll(/[-!]?\/(?:[^/\\]|\\.)+\/(?=,|$)|[^,]+/gs), ([piece]) => piece);
}

/** The regular expression of a term, also of a glob; undefined for a plain word. */
function expressionOf(body: string, flags: string): RegExp | undefined {
  const slashed = /^\/(.+)\/$/s.exec(body)?.[1];
  const isBare = /^\^|\$$|[|\\]/.test(body);
  if (slashed !== undefined || isBare) return regularExpression(slashed ?? body, flags);
  if (!/[*?]/.test(body)) return undefined;
  const escaped = body.replace(/[.+^${}()[\]]/g, '\\$&');
  return new RegExp(`^(?:${escaped.replaceAll('*', '.*').replaceAll('?', '.')})$`, flags);
}

function regularExpression(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    throw new SyntaxError(`"${source}" is not a regular expression`);
  }
}
