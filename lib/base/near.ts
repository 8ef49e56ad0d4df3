/** Suggests what a person who typed an unknown name may have meant. */
import { printable } from './escape.js';

/** Limit on the near names that are listed. */
const MAX_NEAR = 5;
/** Longer names are compared by their beginnings. */
const MAX_LENGTH = 80;
/** Limit on the names that are listed where none is near. */
const MAX_ALL = 20;

/** Names that are similar to a name, the nearest first. */
export function nearNames(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  const near: (readonly [name: string, distance: number])[] = [];
  for (const one of known) {
    const other = one.toLowerCase();
    const most = Math.max(1, Math.floor(Math.min(wanted.length, MAX_LENGTH) / 3));
    const isLong = 2 * Math.min(other.length, wanted.length) > Math.max(3, wanted.length);
    const isPart = isLong && (other.includes(wanted) || wanted.includes(other));
    const distance = isPart ? 0.5 : editDistance(wanted, other, most);
    if (distance <= most) near.push([one, distance]);
  }
  near.sort(([, a], [, b]) => a - b);
  return near.slice(0, MAX_NEAR).map(([one]) => one);
}

/** `; did you mean "loss"?`, or a list of the known names, or an empty text. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearNames(name, known);
  const list = (names: readonly string[]) => names.map((one) => `"${printable(one)}"`).join(', ');
  if (near.length > 0) return `; did you mean ${list(near)}?`;
  if (known.length === 0) return '';
  const more = known.length > MAX_ALL ? `, and ${known.length - MAX_ALL} more` : '';
  return `; there are ${list(known.slice(0, MAX_ALL))}${more}`;
}

/** Number of characters to add, remove, change or swap with the next; any number above `most` if there are more. */
function editDistance(a: string, b: string, most: number): number {
  const [one, other] = [a.slice(0, MAX_LENGTH), b.slice(0, MAX_LENGTH)];
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      least = Math.min(least, (row[j - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwapped =
        i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (isSwapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[other.length] ?? most + 1;
}
