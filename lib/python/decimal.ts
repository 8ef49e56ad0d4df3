/**
 * The digits of a float in Python's formats, to any precision: exact, and rounded half to even on the binary value.
 * JavaScript's `toFixed`, `toExponential` and `toPrecision` round ties up and end at 100 digits.
 */

/** The number 0.DIGITS x 10^point. Zero is one digit 0 at point 1. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

export interface FloatOptions {
  /** Digits past the point (`f`, `e`), significant digits (`g`), or undefined for the shortest. */
  readonly precision: number | undefined;
  /** Keep the point and the trailing zeros. */
  readonly alternate: boolean;
}

const ZERO: Decimal = { digits: '0', point: 1 };

const float64 = new Float64Array(1);
const float64Bits = new BigUint64Array(float64.buffer);

/** All the digits of a finite number that is not negative. */
function exactDecimal(value: number): Decimal {
  float64[0] = value;
  const bits = float64Bits[0] ?? 0n;
  const biasedExponent = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  if (biasedExponent === 0 && fraction === 0n) return ZERO;
  // Subnormals share the exponent of the smallest normal number and lack its implicit bit.
  let mantissa = biasedExponent === 0 ? fraction : fraction | 0x10000000000000n;
  let exponent = Math.max(biasedExponent, 1) - 1075;
  while (exponent < 0 && (mantissa & 1n) === 0n) {
    mantissa >>= 1n;
    exponent += 1;
  }
  if (exponent >= 0) {
    const digits = String(mantissa << BigInt(exponent));
    return { digits, point: digits.length };
  }
  // m / 2^k = m * 5^k / 10^k
  const digits = String(mantissa * 5n ** BigInt(-exponent));
  return { digits, point: digits.length + exponent };
}

/** The fewest digits that read back as the same double. */
function shortestDecimal(value: number): Decimal {
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

/** Rounds to `count` digits. Trailing zeros may be missing. */
function round(decimal: Decimal, count: number): Decimal {
  const { digits, point } = decimal;
  if (count >= digits.length) return decimal;
  if (count < 0) return ZERO;
  if (!roundsUp(digits, count)) {
    return count === 0 ? ZERO : { digits: digits.slice(0, count), point };
  }
  let end = count;
  while (end > 0 && digits[end - 1] === '9') end -= 1;
  if (end === 0) return { digits: '1', point: point + 1 };
  return { digits: digits.slice(0, end - 1) + String(Number(digits[end - 1]) + 1), point };
}

function roundsUp(digits: string, count: number): boolean {
  const next = digits[count] ?? '0';
  if (next !== '5') return next > '5';
  for (let at = count + 1; at < digits.length; at += 1) {
    if (digits[at] !== '0') return true;
  }
  return count > 0 && Number(digits[count - 1]) % 2 === 1;
}

function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 1 && digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}

function joinPoint(whole: string, fraction: string, alternate: boolean): string {
  return fraction !== '' || alternate ? `${whole}.${fraction}` : whole;
}

function positional({ digits, point }: Decimal, decimals: number, alternate: boolean): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  return joinPoint(whole, fraction.padEnd(decimals, '0'), alternate);
}

function scientific({ digits, point }: Decimal, decimals: number, alternate: boolean): string {
  const mantissa = joinPoint(digits.slice(0, 1), digits.slice(1).padEnd(decimals, '0'), alternate);
  const exponent = point - 1;
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** `f`: `precision` digits past the point. */
export function fixedText(value: number, { precision = 6, alternate }: FloatOptions): string {
  if (!alternate && isToFixedExact(value, precision)) return value.toFixed(precision);
  const exact = exactDecimal(value);
  return positional(round(exact, exact.point + precision), precision, alternate);
}

/** Whether `toFixed` is right, which is faster than BigInt. It is wrong only half-way between two results. */
function isToFixedExact(value: number, precision: number): boolean {
  if (precision > 100 || value >= 1e21) return false;
  // Half-way is an odd multiple of 1 / (2 * 10^precision). In a double, whose divisor is a power of
  // 2, that is an odd multiple of 2^-(precision + 1); multiplying by a power of 2 is exact.
  return (value * 2 ** (precision + 1)) % 2 !== 1;
}

/** `e`: one digit, the point, `precision` digits, the exponent. */
export function exponentText(value: number, { precision = 6, alternate }: FloatOptions): string {
  return scientific(round(exactDecimal(value), precision + 1), precision, alternate);
}

/** `g`: `precision` significant digits, with an exponent where the number is small or large. */
export function generalText(value: number, { precision = 6, alternate }: FloatOptions): string {
  const count = Math.max(precision, 1);
  const layout = { limit: count, significant: alternate ? count : 0, decimals: 0, alternate };
  return general(round(exactDecimal(value), count), layout);
}

/** No type: the shortest digits, or `g`; a number without exponent keeps a digit past the point. */
export function plainText(value: number, { precision, alternate }: FloatOptions): string {
  if (precision === undefined) {
    const layout = { limit: 16, significant: 0, decimals: 1, alternate };
    return general(shortestDecimal(value), layout);
  }
  const count = Math.max(precision, 1);
  const layout = { limit: count - 1, significant: alternate ? count : 0, decimals: 1, alternate };
  return general(round(exactDecimal(value), count), layout);
}

interface GeneralLayout {
  /** Limit on the digits before the point; a larger number gets an exponent. */
  readonly limit: number;
  /** Minimum number of digits. */
  readonly significant: number;
  /** Minimum number of digits past the point, in text without exponent. */
  readonly decimals: number;
  readonly alternate: boolean;
}

function general(decimal: Decimal, layout: GeneralLayout): string {
  const { limit, significant, decimals, alternate } = layout;
  const { point } = decimal;
  const trimmed = { digits: trimZeros(decimal.digits), point };
  if (point <= -4 || point > limit) return scientific(trimmed, significant - 1, alternate);
  return positional(trimmed, Math.max(significant - point, decimals), alternate);
}
