/** Sorts names as people do: numbers in a name count as numbers, decimals and exponents too. */

/** A number, or several with points between them, such as `1.2.10`. */
const NUMBERS = /\d+(?:\.\d+)*(?:e[-+]?\d+(?![\w.]))?/gi;
const collator = new Intl.Collator('en', { sensitivity: 'base' });

type Part = string | readonly number[];

/** For `sort`: `lr0.001`, `lr0.003`, `lr0.01`, `lr1e-1`, `lr2`, `lr10`. */
export function compareNames(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = compareParts(left[i] ?? '', right[i] ?? '');
    if (difference !== 0) return difference;
  }
  // Names that differ only in case or in zeros have a fixed order, too.
  return left.length - right.length || (a < b ? -1 : Number(a > b));
}

function compareParts(a: Part, b: Part): number {
  if (typeof a === 'string' || typeof b === 'string') {
    return typeof a === typeof b
      ? collator.compare(String(a), String(b))
      : typeof a === 'string'
        ? 1
        : -1;
  }
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Text and numbers in turn. Text, maybe empty, comes first. */
function partsOf(name: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const { 0: found, index } of name.matchAll(NUMBERS)) {
    parts.push(name.slice(end, index), numbersOf(found));
    end = index + found.length;
  }
  return [...parts, name.slice(end)];
}

function numbersOf(text: string): number[] {
  const isVersion = text.indexOf('.') !== text.lastIndexOf('.');
  return isVersion ? text.split('.').map(Number) : [Number(text)];
}
