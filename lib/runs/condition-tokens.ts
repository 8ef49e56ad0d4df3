/** The words and signs that conditions consist of. */

/** Thrown for a condition that cannot be understood. The message is for the person who typed it. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

export type Token =
  /** A word, or text in quotes. */
  | { readonly kind: 'word' | 'quoted'; readonly text: string }
  | { readonly kind: 'operator' | 'sign'; readonly text: string }
  | { readonly kind: 'regex'; readonly text: string; readonly pattern: RegExp }
  /** `last(loss)`, `best("val loss")`. */
  | {
      readonly kind: 'call';
      readonly text: string;
      readonly call: 'last' | 'best';
      readonly name: string;
    };

const SPACE = /\s*/y;
const OPERATOR = /(?:!=|!~|<=|>=|==|=|<|>|~)/y;
const QUOTED = /(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/y;
const REGEX = /\/((?:[^/\\]|\\.)+)\/([a-z]*)(?=[\s()]|$)/y;
const CALL = /(last|best)\(\s*(?:"((?:[^"\\]|\\.)*)"|([^()"]*?))\s*\)/iy;
const WORD = /[^\s()<>=!~"']+(?:['!][^\s()<>=!~"']+)*/y;

/** @throws ConditionError */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found;
  };
  for (;;) {
    take(SPACE);
    const first = text[at];
    if (first === undefined) return tokens;
    if (first === '(' || first === ')') {
      at++;
      tokens.push({ kind: 'sign', text: first });
      continue;
    }
    const found = nextToken(take);
    if (found === undefined) {
      const isOpen = first === '"' || first === "'";
      throw new ConditionError(
        isOpen ? `the quote at ${text.slice(at)} has no end` : `"${first}" has no place here`,
      );
    }
    tokens.push(found);
  }
}

function nextToken(take: (pattern: RegExp) => RegExpExecArray | null): Token | undefined {
  const operator = take(OPERATOR)?.[0];
  if (operator !== undefined) return { kind: 'operator', text: operator === '==' ? '=' : operator };
  const quoted = take(QUOTED)?.[0];
  if (quoted !== undefined) return { kind: 'quoted', text: unescaped(quoted.slice(1, -1)) };
  const regex = take(REGEX);
  if (regex !== null) {
    const [text, source = '', flags = ''] = regex;
    return { kind: 'regex', text, pattern: patternOf(source, flags) };
  }
  const call = take(CALL);
  if (call !== null) {
    const [text, kind = '', inQuotes, plain = ''] = call;
    const name = inQuotes === undefined ? plain : unescaped(inQuotes);
    return { kind: 'call', text, call: kind.toLowerCase() === 'best' ? 'best' : 'last', name };
  }
  const word = take(WORD)?.[0];
  return word === undefined ? undefined : { kind: 'word', text: word };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}

/** The pattern ignores case, as words do. */
function patternOf(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, `${flags.replace(/[gyi]/g, '')}i`);
  } catch (error) {
    throw new ConditionError(error instanceof Error ? error.message : String(error));
  }
}
