/** A spec of Python's format mini-language (`>10`, `.3f`, `#x`): reading it. */
import { lazyPattern } from '../base/lazy-pattern.js';
import { type PythonError, valueError } from './python-error.js';

type TypeName = 'int' | 'float' | 'bool' | 'str';

export interface Spec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly noNegativeZero: boolean;
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

/** Defaults of a spec for the type of the value. */
interface Defaults {
  readonly typeName: TypeName;
  readonly align: '<' | '>';
  readonly type: string;
}

/** Limit on width and precision. Python has none; a line of a log needs no more. */
const LIMIT = 4096;

/** "No type given", as in Python's own parser: a spec that contains "\0" means the same there. */
export const NO_TYPE = '\0';

/**
 * Reads a decimal number the way Python's formatter does, digits of every script included.
 *
 * @param points the text, one code point an element.
 * @returns the ASCII digits without leading zeros, none when there is no number at `start`.
 * @throws PythonError when the number is too large for Python.
 */
export function readInteger(
  points: readonly string[],
  start: number,
): { readonly digits: string; readonly end: number } {
  let digits = '';
  let end = start;
  for (; end < points.length; end += 1) {
    const digit = digitValue(points[end] ?? '');
    if (digit === undefined) break;
    digits = digits === '0' ? String(digit) : digits + String(digit);
    if (digits.length > 19 || (digits.length === 19 && digits > '9223372036854775807')) {
      throw valueError('Too many decimal digits in format string');
    }
  }
  return { digits, end };
}

const decimalDigit = lazyPattern('^\\p{Nd}$', 'u');

function digitValue(point: string): number | undefined {
  if (point >= '0' && point <= '9' && point.length === 1) return Number(point);
  if (point < '\x80' || !decimalDigit().test(point)) return undefined;
  // Unicode keeps the ten digits of a script together and in order, some scripts back to back.
  let before = (point.codePointAt(0) ?? 0) - 1;
  let value = 0;
  while (decimalDigit().test(String.fromCodePoint(before))) {
    before -= 1;
    value += 1;
  }
  return value % 10;
}

/** One pass over the spec's code points. */
class SpecReader {
  readonly #points: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#points = Array.from(text);
  }

  get left(): number {
    return this.#points.length - this.#at;
  }

  /** The code point `ahead` of the next one; '' past the end. */
  peek(ahead = 0): string {
    return this.#points[this.#at + ahead] ?? '';
  }

  next(): string {
    const point = this.peek();
    this.#at += 1;
    return point;
  }

  /** Takes the next code point if it is one of `choices`, else gives ''. */
  take(choices: string): string {
    return this.left > 0 && choices.includes(this.peek()) ? this.next() : '';
  }

  integer(): string {
    const { digits, end } = readInteger(this.#points, this.#at);
    this.#at = end;
    return digits;
  }
}

const ALIGNMENTS = '<>=^';

export function parseSpec(text: string, defaults: Defaults): Spec {
  const reader = new SpecReader(text);
  const hasFill = reader.left > 1 && ALIGNMENTS.includes(reader.peek(1));
  const givenFill = hasFill ? reader.next() : '';
  const givenAlign = reader.take(ALIGNMENTS);
  const sign = reader.take(' +-');
  const noNegativeZero = reader.take('z') !== '';
  const alternate = reader.take('#') !== '';
  const zero = hasFill ? '' : reader.take('0');
  const width = reader.integer();
  const grouping = takeGrouping(reader);
  const precision = takePrecision(reader);
  if (reader.left > 1) {
    throw valueError(
      `Invalid format specifier '${text}' for object of type '${defaults.typeName}'`,
    );
  }
  const type = reader.left === 1 ? reader.next() : defaults.type;
  if (grouping !== '') checkGrouping(grouping, type);
  checkLimit('width', width);
  checkLimit('precision', precision);
  const defaultAlign = zero !== '' && defaults.align === '>' ? '=' : defaults.align;
  return {
    fill: givenFill || zero || ' ',
    align: givenAlign || defaultAlign,
    sign,
    noNegativeZero,
    alternate,
    width: Number(width),
    grouping,
    precision: precision === '' ? undefined : Number(precision),
    type,
  };
}

function takeGrouping(reader: SpecReader): string {
  const comma = reader.take(',');
  const underscore = reader.take('_');
  if (underscore !== '' && (comma !== '' || reader.peek() === ',')) {
    throw valueError("Cannot specify both ',' and '_'.");
  }
  return comma || underscore;
}

function takePrecision(reader: SpecReader): string {
  if (reader.take('.') === '') return '';
  const precision = reader.integer();
  if (precision === '') {
    throw valueError('Format specifier missing precision');
  }
  return precision;
}

function checkGrouping(grouping: string, type: string): void {
  if (`defgEG%F${NO_TYPE}`.includes(type)) return;
  if (grouping === '_' && 'boxX'.includes(type)) return;
  throw valueError(`Cannot specify '${grouping}' with '${quotable(type)}'.`);
}

function checkLimit(what: string, digits: string): void {
  if (Number(digits) <= LIMIT) return;
  throw valueError(`${what} ${digits} is above the limit of ${LIMIT}`);
}

export function unknownType(type: string, typeName: TypeName): PythonError {
  return valueError(`Unknown format code '${quotable(type)}' for object of type '${typeName}'`);
}

function quotable(type: string): string {
  const code = type.codePointAt(0) ?? 0;
  return code > 32 && code < 128 ? type : `\\x${code.toString(16)}`;
}
