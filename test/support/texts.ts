/** Random texts. */
import fc from 'fast-check';

/**
 * Texts of any code points, lone surrogates included. `fc.string({ unit: 'binary' })` takes a second to list all code
 * points.
 */
export function anyText(constraints: fc.ArrayConstraints = {}): fc.Arbitrary<string> {
  return fc.array(fc.nat(0x10ffff), constraints).map((points) => String.fromCodePoint(...points));
}
