/**
 * What a terminal would obey, or what would reorder the text around it: control characters, and the
 * marks that set the direction of writing.
 */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

/** Text from elsewhere, safe to print: what a terminal would obey is shown as `\x1b`. */
export function printable(text: string): string {
  return replaceEach(text, UNPRINTABLE, escaped);
}

/** Code units that are replaced at a time: V8 ends the process where matches are many millions. */
const PIECE = 2 ** 20;

/** As `text.replace()`, for a global pattern that matches single characters, in a text of any length. */
export function replaceEach(
  text: string,
  pattern: RegExp,
  replacement: (character: string) => string,
): string {
  if (text.length <= PIECE) return text.replace(pattern, replacement);
  let replaced = '';
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = start + PIECE;
    // Between the halves of a surrogate pair no piece ends.
    if ((text.codePointAt(end - 1) ?? 0) > 0xffff) end++;
    replaced += text.slice(start, end).replace(pattern, replacement);
  }
  return replaced;
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
