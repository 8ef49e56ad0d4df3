/** Digits of a number that has no format. */
const DIGITS = 6;

/** A number that has no format: integers in full, others to six significant digits. */
export function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(DIGITS)));
}
