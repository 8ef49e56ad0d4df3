/** Python's `format(value, spec)` for int, float, bool and str. */
import { exponentText, type FloatOptions, fixedText, generalText, plainText } from './decimal.js';
import { NO_TYPE, parseSpec, type Spec, unknownType } from './format-spec.js';
import { PythonError, valueError } from './python-error.js';

/** The pieces of a number's text, between which padding and separators go. */
interface NumberParts {
  readonly negative: boolean;
  readonly prefix: string;
  /** The digits before the point. */
  readonly digits: string;
  /** The text behind the whole digits: point, decimals, exponent, `%`; or all of `inf`. */
  readonly rest: string;
}

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
