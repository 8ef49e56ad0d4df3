/** Python's text of numbers. */

/** Every safe integer except -0 is a Python int, every other number a float. */
export function isPythonInt(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** The text of a JavaScript number, as a Python int or float (`isPythonInt`). */
export function numberRepr(value: number): string {
  return isPythonInt(value) ? `${value}` : floatRepr(value);
}

/**
 * Python's `repr` of a float: shortest digits that read back as the same double, with an exponent
 * below 1e-4 and from 1e16.
 *
 * @param value any number; `1` is written `1.0`.
 */
export function floatRepr(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e16) {
    return Math.floor(value) === value ? `${value}.0` : `${value}`;
  }
  // JavaScript writes usual learning rates as 0.0000ddd. For these toExponential() takes ten times as long.
  if (magnitude >= 1e-6 && magnitude < 1e-4) return smallRepr(value, magnitude);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (Number.isNaN(value)) return 'nan';
  if (magnitude === Number.POSITIVE_INFINITY) return value < 0 ? '-inf' : 'inf';
  const text = magnitude < 1e21 && magnitude >= 1 ? value.toExponential() : `${value}`;
  // Python pads the exponent to two digits.
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** 0.0000ddd as d.dde-05, 0.00000ddd as d.dde-06. */
function smallRepr(value: number, magnitude: number): string {
  const digits = `${magnitude}`.slice(magnitude < 1e-5 ? 7 : 6);
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${value < 0 ? '-' : ''}${digits[0]}${fraction}e-0${magnitude < 1e-5 ? 6 : 5}`;
}
