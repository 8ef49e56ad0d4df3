/** Memory that lists of numbers have outgrown, for the next ones: a folder may hold thousands of short logs. */

/** Limit on the numbers of an array that is kept, and on the arrays kept of each length. */
const MAX_LENGTH = 512;
const MAX_KEPT = 16;

const kept = new Map<number, Float64Array[]>();

/** An array of a length, with any numbers in it. */
export function takeNumbers(length: number): Float64Array {
  return kept.get(length)?.pop() ?? new Float64Array(length);
}

/** Gives back an array that nothing refers to any more. */
export function giveNumbers(array: Float64Array): void {
  const { length } = array;
  // Of shared memory others have parts.
  const isWhole = array.buffer.byteLength === array.byteLength;
  if (!isWhole || length === 0 || length > MAX_LENGTH) return;
  const same = kept.get(length) ?? [];
  if (same.length < MAX_KEPT) same.push(array);
  if (kept.size < MAX_KEPT) kept.set(length, same);
}
