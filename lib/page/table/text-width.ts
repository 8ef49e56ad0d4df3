/** Widths of texts in the page's font, so that columns are as wide as what is in them. */
const context = document.createElement('canvas').getContext('2d');
const known = new Map<string, number>();
/** More texts than these were measured for runs that are long gone. */
const MAX_KNOWN = 50_000;

/** In pixels. */
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

/** How many texts of a column are measured: the longest of them. */
const MEASURED = 3;

/** The widest of many texts, found among those with the most letters. */
export function widestOf(texts: readonly string[]): number {
  const longest = Array<string>(MEASURED).fill('');
  for (const text of texts) {
    // The longest first.
    const place = longest.findIndex(({ length }) => text.length > length);
    if (place < 0 || longest.includes(text)) continue;
    longest.splice(place, 0, text);
    longest.pop();
  }
  return Math.max(0, ...longest.map(textWidth));
}
