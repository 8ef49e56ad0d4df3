/** Measures texts in the page's font, so that columns fit their contents. */
const context = document.createElement('canvas').getContext('2d');
const known = new Map<string, number>();
/** Limit on the remembered widths; most of them would belong to runs long gone. */
const MAX_KNOWN = 50_000;

/** A text's width, in pixels. */
export function textWidth(text: string): number {
  let width = known.get(text);
  if (width === undefined) {
    if (known.size === 0 && context !== null) context.font = getComputedStyle(document.body).font;
    if (known.size > MAX_KNOWN) known.clear();
    width = context?.measureText(text).width ?? 0;
    known.set(text, width);
  }
  return width;
}

/** Number of a column's longest texts that are measured. */
const MEASURED = 3;

/** The width of the widest of many texts, found among those with the most characters. */
export function widestOf(texts: readonly string[]): number {
  const longest = Array<string>(MEASURED).fill('');
  for (const text of texts) {
    // Kept with the longest text first.
    const place = longest.findIndex(({ length }) => text.length > length);
    if (place < 0 || longest.includes(text)) continue;
    longest.splice(place, 0, text);
    longest.pop();
  }
  return Math.max(0, ...longest.map(textWidth));
}
