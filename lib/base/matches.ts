/**
 * The engine keeps the last text that a pattern matched (`RegExp.input`). Texts longer than this must not stay in
 * memory for that.
 */
const LONG = 1 << 16;
const NOTHING = /^/;

/** Whether a pattern, which is not global, matches a text; a long text is not kept. */
export function matches(pattern: RegExp, text: string): boolean {
  const isMatch = pattern.test(text);
  if (text.length > LONG) NOTHING.test('');
  return isMatch;
}
