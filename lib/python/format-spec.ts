/** Python's format mini-language (`>10`, `.3f`, `#x`) for int, float, bool and str. */
import { exponentText, type FloatOptions, fixedText, generalText, plainText } from './decimal.js';

export type PythonErrorClass =
  | 'ValueError'
  | 'TypeError'
  | 'IndexError'
  | 'KeyError'
  | 'OverflowError'
  | 'AttributeError';

/** An exception that Python raises, with Python's message. */
export class PythonError extends Error {
  override readonly name = 'PythonError';
  readonly pythonClass: PythonErrorClass;

  constructor(pythonClass: PythonErrorClass, message: string) {
    super(message);
    this.pythonClass = pythonClass;
  }
}

export function valueError(message: string): PythonError {
  return new PythonError('ValueError', message);
}

type TypeName = 'int' | 'float' | 'bool' | 'str';

interface Spec {
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

/** The pieces of a number's text, between which padding and separators go. */
interface NumberParts {
  readonly negative: boolean;
  readonly prefix: string;
  /** The digits before the point. */
  readonly digits: string;
  /** The text behind the whole digits: point, decimals, exponent, `%`; or all of `inf`. */
  readonly rest: string;
}

/** Limit on width and precision. Python has none; a line of a log needs no more. */
const LIMIT = 4096;

/** "No type given", as in Python's own parser: a spec that contains "\0" means the same there. */
const NO_TYPE = '\0';

/** How a float type writes a finite number without its sign. */
const FLOAT_TEXT: ReadonlyMap<string, (value: number, options: FloatOptions) => string> = new Map([
  [NO_TYPE, plainText],
  ['e', exponentText],
  ['E', exponentText],
  ['f', fixedText],
  ['F', fixedText],
  ['g', generalText],
  ['G', generalText],
  ['n', generalText],
  ['%', fixedText],
]);

const RADIX: ReadonlyMap<string, number> = new Map([
  ['b', 2],
  ['d', 10],
  ['n', 10],
  ['o', 8],
  ['x', 16],
  ['X', 16],
]);

/** `format(value, spec)` of a str. Here and below `spec` is not empty. */
export function formatStr(value: string, specText: string): string {
  const spec = parseSpec(specText, { typeName: 'str', align: '<', type: 's' });
  if (spec.type !== 's') throw unknownType(spec.type, 'str');
  refuseForStr(spec);
  const points = Array.from(value);
  const text =
    spec.precision !== undefined && spec.precision < points.length
      ? points.slice(0, spec.precision)
      : points;
  return pad(text.join(''), text.length, spec);
}

/** `format(value, spec)` of an int, or of a bool as the int that it is. */
export function formatInt(
  value: number | bigint,
  specText: string,
  typeName: 'int' | 'bool',
): string {
  const spec = parseSpec(specText, { typeName, align: '>', type: 'd' });
  if (spec.type === 'c') return renderNumber(charParts(value, spec), spec);
  const radix = RADIX.get(spec.type);
  if (radix !== undefined) return renderNumber(intParts(value, radix, spec), spec);
  if (spec.type === NO_TYPE || !FLOAT_TEXT.has(spec.type)) throw unknownType(spec.type, typeName);
  const float = Number(value);
  if (!Number.isFinite(float)) {
    throw new PythonError('OverflowError', 'int too large to convert to float');
  }
  return renderNumber(floatParts(float, spec), spec);
}

/** `format(value, spec)` of a float. */
export function formatFloat(value: number, specText: string): string {
  const spec = parseSpec(specText, { typeName: 'float', align: '>', type: NO_TYPE });
  if (!FLOAT_TEXT.has(spec.type)) throw unknownType(spec.type, 'float');
  return renderNumber(floatParts(value, spec), spec);
}

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

const DECIMAL_DIGIT = /^\p{Nd}$/u;

function digitValue(point: string): number | undefined {
  if (point >= '0' && point <= '9' && point.length === 1) return Number(point);
  if (point < '\x80' || !DECIMAL_DIGIT.test(point)) return undefined;
  // Unicode keeps the ten digits of a script together and in order, some scripts back to back.
  let before = (point.codePointAt(0) ?? 0) - 1;
  let value = 0;
  while (DECIMAL_DIGIT.test(String.fromCodePoint(before))) {
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

function parseSpec(text: string, defaults: Defaults): Spec {
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

function unknownType(type: string, typeName: TypeName): PythonError {
  return valueError(`Unknown format code '${quotable(type)}' for object of type '${typeName}'`);
}

function quotable(type: string): string {
  const code = type.codePointAt(0) ?? 0;
  return code > 32 && code < 128 ? type : `\\x${code.toString(16)}`;
}

function refuseForStr(spec: Spec): void {
  if (spec.sign === ' ') throw valueError('Space not allowed in string format specifier');
  if (spec.sign !== '') throw valueError('Sign not allowed in string format specifier');
  if (spec.noNegativeZero) {
    throw valueError('Negative zero coercion (z) not allowed in string format specifier');
  }
  if (spec.alternate) throw valueError('Alternate form (#) not allowed in string format specifier');
  if (spec.align === '=') throw valueError("'=' alignment not allowed in string format specifier");
}

function refuseForInt(spec: Spec): void {
  if (spec.precision !== undefined) {
    throw valueError('Precision not allowed in integer format specifier');
  }
  if (spec.noNegativeZero) {
    throw valueError('Negative zero coercion (z) not allowed in integer format specifier');
  }
}

function charParts(value: number | bigint, spec: Spec): NumberParts {
  refuseForInt(spec);
  if (spec.sign !== '') throw valueError("Sign not allowed with integer format specifier 'c'");
  if (spec.alternate) {
    throw valueError("Alternate form (#) not allowed with integer format specifier 'c'");
  }
  if (value < -(2n ** 63n) || value >= 2n ** 63n) {
    throw new PythonError('OverflowError', 'Python int too large to convert to C long');
  }
  if (value < 0 || value > 0x10ffff) {
    throw new PythonError('OverflowError', '%c arg not in range(0x110000)');
  }
  const rest = String.fromCodePoint(Number(value));
  return { negative: false, prefix: '', digits: '', rest };
}

function intParts(value: number | bigint, radix: number, spec: Spec): NumberParts {
  refuseForInt(spec);
  const negative = value < 0;
  const digits = (negative ? -value : value).toString(radix);
  const prefix = spec.alternate && radix !== 10 ? `0${spec.type}` : '';
  return {
    negative,
    prefix,
    digits: spec.type === 'X' ? digits.toUpperCase() : digits,
    rest: '',
  };
}

function floatParts(value: number, spec: Spec): NumberParts {
  const scaled = spec.type === '%' ? value * 100 : value;
  const lower = floatText(Math.abs(scaled), spec);
  const text = 'EFG'.includes(spec.type) ? lower.toUpperCase() : lower;
  const digits = /^\d*/.exec(text)?.[0] ?? '';
  const isZero = digits !== '' && !/[1-9]/.test(text);
  return {
    negative: (scaled < 0 || Object.is(scaled, -0)) && !(spec.noNegativeZero && isZero),
    prefix: '',
    digits,
    rest: text.slice(digits.length) + (spec.type === '%' ? '%' : ''),
  };
}

function floatText(magnitude: number, spec: Spec): string {
  if (Number.isNaN(magnitude)) return 'nan';
  if (magnitude === Number.POSITIVE_INFINITY) return 'inf';
  const text = FLOAT_TEXT.get(spec.type) ?? plainText;
  return text(magnitude, spec);
}

function renderNumber(parts: NumberParts, spec: Spec): string {
  const plus = spec.sign === '-' ? '' : spec.sign;
  const lead = (parts.negative ? '-' : plus) + parts.prefix;
  // Only a `c` can be one code point in two units, and it has neither sign nor digits.
  const restLength = spec.type === 'c' ? 1 : parts.rest.length;
  const isZeroPadded = spec.fill === '0' && spec.align === '=';
  const digitsWidth = isZeroPadded ? spec.width - lead.length - restLength : 0;
  const digits = parts.digits === '' ? '' : group(parts.digits, digitsWidth, spec);
  const text = digits + parts.rest;
  const length = lead.length + digits.length + restLength;
  if (spec.align === '=') {
    return lead + spec.fill.repeat(Math.max(spec.width - length, 0)) + text;
  }
  return pad(lead + text, length, spec);
}

/** Puts zeros before the digits, up to `width` columns, and separators between groups. */
function group(digits: string, width: number, { grouping, type }: Spec): string {
  if (grouping === '') return digits.padStart(width, '0');
  const size = 'boxX'.includes(type) ? 4 : 3;
  // Counted from the right, every (size + 1)th column is a separator, except the first column of the text.
  const zeroed = digits.padStart(width - Math.floor((width - 1) / (size + 1)), '0');
  const head = zeroed.length % size || size;
  const groups = [zeroed.slice(0, head)];
  for (let at = head; at < zeroed.length; at += size) groups.push(zeroed.slice(at, at + size));
  return groups.join(grouping);
}

function pad(text: string, length: number, { fill, align, width }: Spec): string {
  const padding = Math.max(width - length, 0);
  if (align === '<') return text + fill.repeat(padding);
  if (align === '>') return fill.repeat(padding) + text;
  const left = Math.floor(padding / 2);
  return fill.repeat(left) + text + fill.repeat(padding - left);
}
