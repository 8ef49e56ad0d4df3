import { labelParts } from '../runs/names.js';

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
  const room = Math.max(width - widthOf('…'), 0);
  const end = take(parts.toReversed(), Math.ceil(room / 2), widthOf)
    .toReversed()
    .join('');
  const begin = take(parts, room - widthOf(end), widthOf).join('');
  return width < 1 ? '' : `${begin}…${end}`;
}

/**
 * Shortens a label to a width: first by the words that nearly all labels have, the longest first, then by its middle.
 *
 * @param common As `commonWords` finds them.
 */
export function labelCut(
  label: string,
  common: ReadonlySet<string>,
  width: number,
  widthOf = (part: string): number => part.length,
): string {
  const parts = labelParts(label, common).map(({ text, isCommon }) => ({ text, isCommon }));
  const whole = () => parts.map(({ text }) => text).join('');
  const longestFirst = parts
    .filter(({ isCommon }) => isCommon)
    .sort((a, b) => widthOf(b.text) - widthOf(a.text));
  for (const part of longestFirst) {
    if (widthOf(whole()) <= width) break;
    part.text = '…';
  }
  return middleCut(whole(), width, widthOf);
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
