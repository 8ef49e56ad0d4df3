/** Reading decimal numbers from bytes, exactly as JSON.parse does, without making strings of them. */

/** 10^0 to 10^22, the powers that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Digits that a double always holds exactly. */
const EXACT_DIGITS = 15;
/** 2^27 + 1 splits a double into two halves of 26 bits (Veltkamp). */
const SPLITTER = 134217729;

/** Reads one number at a time. `end` is the offset behind the number, or -1 when there was no JSON number. */
export class NumberReader {
  end = -1;

  /** The number whose text begins at `start`, up to the first byte that cannot belong to a number. */
  read(bytes: Buffer, start: number): number {
    let at = start;
    let byte = bytes[at];
    const isNegative = byte === MINUS;
    if (isNegative) byte = bytes[++at];
    const first = at;
    // `high` holds the first 15 significant digits, `low` those after them.
    let high = 0;
    let digits = 0;
    let low = 0;
    while (byte !== undefined && byte >= ZERO && byte <= NINE) {
      if (digits < EXACT_DIGITS) high = high * 10 + (byte - ZERO);
      else low = low * 10 + (byte - ZERO);
      if (high !== 0) digits++;
      byte = bytes[++at];
    }
    if (at === first || (bytes[first] === ZERO && at > first + 1)) return this.#word(bytes, start);
    let exponent = 0;
    if (byte === POINT) {
      const fraction = at + 1;
      byte = bytes[++at];
      while (byte !== undefined && byte >= ZERO && byte <= NINE) {
        if (digits < EXACT_DIGITS) high = high * 10 + (byte - ZERO);
        else low = low * 10 + (byte - ZERO);
        if (high !== 0) digits++;
        byte = bytes[++at];
      }
      if (at === fraction) return this.#fail();
      exponent = fraction - at;
    }
    if (byte === UPPER_E || byte === LOWER_E) {
      let power = 0;
      byte = bytes[++at];
      const isDown = byte === MINUS;
      if (isDown || byte === PLUS) byte = bytes[++at];
      const begin = at;
      while (byte !== undefined && byte >= ZERO && byte <= NINE) {
        power = power * 10 + (byte - ZERO);
        byte = bytes[++at];
      }
      if (at === begin) return this.#fail();
      exponent += isDown ? -power : power;
    }
    this.end = at;
    const value =
      digits <= EXACT_DIGITS
        ? scaled(high, exponent)
        : quotient(high, low, digits - EXACT_DIGITS, -exponent);
    // The fast ways do not cover the number, or it lies too near to a tie between two doubles.
    if (Number.isNaN(value)) return Number(bytes.toString('latin1', start, at));
    return isNegative ? -value : value;
  }

  /** The numbers that only Python's JSON has. */
  #word(bytes: Buffer, start: number): number {
    for (const [word, value] of WORDS) {
      const end = start + word.length;
      if (bytes[start] === word.charCodeAt(0) && bytes.toString('latin1', start, end) === word) {
        this.end = end;
        return value;
      }
    }
    return this.#fail();
  }

  #fail(): number {
    this.end = -1;
    return Number.NaN;
  }
}

const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const UPPER_E = 0x45;
const LOWER_E = 0x65;

const WORDS: readonly (readonly [string, number])[] = [
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

/** One operation on exact operands gives the nearest double. NaN when the operands are not exact. */
function scaled(mantissa: number, exponent: number): number {
  if (exponent === 0) return mantissa;
  const power = POWERS[exponent < 0 ? -exponent : exponent];
  if (power === undefined) return Number.NaN;
  return exponent < 0 ? mantissa / power : mantissa * power;
}

/**
 * (high * 10^count + low) / 10^places to the nearest double, by arithmetic in pairs of doubles, which
 * have about 100 bits. NaN when these bits do not decide the rounding.
 */
function quotient(high: number, low: number, count: number, places: number): number {
  const power = POWERS[count];
  const divisor = POWERS[places];
  // Beyond 7 digits `low` and the error of the product would no longer add up exactly.
  if (power === undefined || divisor === undefined || count > 7) return Number.NaN;
  const product = high * power;
  const rest = productError(high, power, product) + low;
  const estimate = product / divisor;
  const back = estimate * divisor;
  const remainder = product - back - productError(estimate, divisor, back);
  const correction = (remainder + rest) / divisor;
  const above = estimate + correction * (1 + 1e-9);
  const below = estimate + correction * (1 - 1e-9);
  return above === below ? above : Number.NaN;
}

/** The rounding error of a product: a * b = product + error, exactly (Dekker). */
function productError(a: number, b: number, product: number): number {
  const wideA = a * SPLITTER;
  const highA = wideA - (wideA - a);
  const lowA = a - highA;
  const wideB = b * SPLITTER;
  const highB = wideB - (wideB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}
