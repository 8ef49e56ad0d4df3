const graphemes = new Intl.Segmenter('en');

/**
 * Shortens a text to a width. The middle is left out, since names that share their beginning differ at
 * their end.
 *
 * @param widthOf The width of a text; without it, characters are counted.
 */
export function middleCut(
  text: string,
  width: number,
  widthOf = (part: string): number => part.length,
): string {
  if (widthOf(text) <= width) return text;
  const parts = Array.from(graphemes.segment(text), ({ segment }) => segment);
  const room = Math.max(width - 1, 0);
  const end = take(parts.toReversed(), Math.ceil(room / 2), widthOf)
    .toReversed()
    .join('');
  const begin = take(parts, room - widthOf(end), widthOf).join('');
  return width < 1 ? '' : `${begin}…${end}`;
}

/** The first parts that fit. */
function take(
  parts: readonly string[],
  width: number,
  widthOf: (part: string) => number,
): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const part of parts) {
    used += widthOf(part);
    if (used > width) break;
    taken.push(part);
  }
  return taken;
}
