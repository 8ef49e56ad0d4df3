/** Python's `str()` and `repr()` of what can be logged. */
import {
  arrayLength,
  Float,
  forEachEntry,
  isFloatArray,
  isTypedArray,
  type Named,
  Place,
  type Resolved,
  resolve,
  type TypedArray,
  typedLength,
} from '../value.js';

/** Every safe integer except -0 is a Python int, every other number a float. */
export function isPythonInt(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/**
 * Python's `repr` of a float: shortest digits that read back as the same double, with an exponent
 * below 1e-4 and from 1e16.
 *
 * @param value any number; `1` is written `1.0`.
 */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e16) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  // Python pads the exponent to two digits.
  return `${mantissa}e${exponent.length === 2 ? `${exponent[0]}0${exponent[1]}` : exponent}`;
}

/** The text of a JavaScript number: a Python int where it is one, a float otherwise. */
export function numberRepr(value: number): string {
  return isPythonInt(value) ? String(value) : floatRepr(value);
}

/** Python's `repr` of a string: its choice of quotes, and escapes for what is not printable. */
export function stringRepr(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  let text = quote;
  for (const char of value) text += escapeChar(char, quote);
  return text + quote;
}

const UNPRINTABLE = /^[\p{C}\p{Z}]$/u;

function escapeChar(char: string, quote: string): string {
  if (char === quote || char === '\\') return `\\${char}`;
  if (char === '\n') return '\\n';
  if (char === '\r') return '\\r';
  if (char === '\t') return '\\t';
  if (char === ' ' || !UNPRINTABLE.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/**
 * Python's `repr`.
 *
 * @throws TypeError naming `place` when something in the value cannot be logged.
 */
export function repr(value: unknown, place: Place): string {
  return resolvedRepr(resolve(value, place), place);
}

/** Python's `str`: as `repr`, but a string is itself. */
export function str(value: unknown, place: Place): string {
  const resolved = resolve(value, place);
  return typeof resolved === 'string' ? resolved : resolvedRepr(resolved, place);
}

/** Python's `str` of a step: an array stands for a tuple. */
export function stepStr(step: unknown): string {
  const place = new Place('step');
  const resolved = resolve(step, place);
  if (!Array.isArray(resolved)) return str(resolved, place);
  const items = elements(resolved, place);
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
}

function resolvedRepr(value: Resolved, place: Place): string {
  switch (typeof value) {
    case 'number':
      return numberRepr(value);
    case 'string':
      return stringRepr(value);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint':
      return String(value);
    case 'undefined':
      return 'None';
  }
  if (value === null) return 'None';
  if (value instanceof Float) return floatRepr(Float.numberOf(value));
  if (Array.isArray(value) || isTypedArray(value)) return `[${elements(value, place).join(', ')}]`;
  const items: string[] = [];
  const inside = place.enter(value);
  forEachEntry(value as Named, (key, item) => {
    inside.at(key);
    const resolved = resolve(item, inside);
    if (resolved !== undefined) items.push(`${stringRepr(key)}: ${resolvedRepr(resolved, inside)}`);
  });
  return `{${items.join(', ')}}`;
}

function elements(value: TypedArray | readonly unknown[], place: Place): string[] {
  const items: string[] = [];
  if (isTypedArray(value)) {
    const text = isFloatArray(value) ? floatRepr : String;
    for (let i = 0; i < typedLength(value); i++) items.push(text(value[i] as number));
    return items;
  }
  const length = arrayLength(value);
  const inside = place.enter(value);
  for (let i = 0; i < length; i++) {
    inside.at(i);
    items.push(repr(value[i], inside));
  }
  return items;
}
