/** Python's `str()` and `repr()` of what can be logged. */
import { numberEscape } from '../base/escape.js';
import { lazyPattern } from '../base/lazy-pattern.js';
import { ValuePath } from '../base/value-path.js';
import { floatRepr, numberRepr } from '../record/number.js';
import { type Resolved, resolve } from '../record/value.js';
import { ValueText } from './value-text.js';

/** Python's `repr` of a string: its choice of quotes, and escapes for what is not printable. */
export function stringRepr(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  let text = quote;
  for (const char of value) text += escapeChar(char, quote);
  return text + quote;
}

const unprintable = lazyPattern('^[\\p{C}\\p{Z}]$', 'u');

function escapeChar(char: string, quote: string): string {
  if (char === quote || char === '\\') return `\\${char}`;
  if (char === '\n') return '\\n';
  if (char === '\r') return '\\r';
  if (char === '\t') return '\\t';
  if (char === ' ' || !unprintable().test(char)) return char;
  return numberEscape(char);
}

class ReprText extends ValueText {
  protected readonly encoding = 'utf16le';
  protected readonly none = 'None';
  protected readonly true = 'True';
  protected readonly false = 'False';

  number(value: number): string {
    return numberRepr(value);
  }

  protected float(value: number): string {
    return floatRepr(value);
  }

  protected key(key: string, isFirst: boolean): void {
    this.add(`${isFirst ? '' : ', '}${stringRepr(key)}: `);
  }

  string(value: string): void {
    this.add(stringRepr(value));
  }

  get whole(): string {
    const { result } = this;
    return typeof result === 'string' ? result : result.toString(this.encoding);
  }
}

/**
 * Python's `repr`.
 *
 * @throws TypeError naming `place` when something in the value cannot be logged.
 */
export function repr(value: unknown, place: ValuePath): string {
  return resolvedRepr(resolve(value, place), place);
}

/** Python's `str`: as `repr`, but a string is itself. */
export function str(value: unknown, place: ValuePath): string {
  const resolved = resolve(value, place);
  return typeof resolved === 'string' ? resolved : resolvedRepr(resolved, place);
}

/** Python's `str` of a step: an array stands for a tuple. */
export function stepStr(step: unknown): string {
  const place = new ValuePath('step');
  const resolved = resolve(step, place);
  if (typeof resolved === 'string') return resolved;
  if (!Array.isArray(resolved)) return resolvedRepr(resolved, place);
  const text = new ReprText();
  text.list(resolved, place, '(', resolved.length === 1 ? ',)' : ')');
  return text.whole;
}

function resolvedRepr(value: Resolved, place: ValuePath): string {
  const text = new ReprText();
  text.resolved(value, place);
  return text.whole;
}
