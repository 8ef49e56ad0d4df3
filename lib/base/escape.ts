import { lazyPattern } from './lazy-pattern.js';

/** Control characters, which a terminal obeys, and marks that set the direction of writing, which reorder text. */
const unprintable = lazyPattern('[\\p{Cc}\\p{Bidi_Control}\\u2028\\u2029\\ufeff]', 'gu');

/** Text from a file or a user, safe to print: a control character is shown as `\x1b`. */
export function printable(text: string): string {
  return replaceEach(text, unprintable(), escaped);
}

/** Code units that are replaced at a time: V8 ends the process at many millions of matches. */
const PIECE = 2 ** 20;

/** `text.replace()` for text of any length, with a global pattern that matches single characters. */
export function replaceEach(
  text: string,
  pattern: RegExp,
  replacement: (character: string) => string,
): string {
  if (text.length <= PIECE) return text.replace(pattern, replacement);
  let replaced = '';
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = start + PIECE;
    // A piece does not end between the halves of a surrogate pair.
    if ((text.codePointAt(end - 1) ?? 0) > 0xffff) end++;
    replaced += text.slice(start, end).replace(pattern, replacement);
  }
  return replaced;
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return numberEscape(character);
}

/** A character by its number, as Python writes one that cannot be printed. */
export function numberEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
