/** The first index from `low` to before `high` that is not before a place; `high` if all of them are. */
export function firstIndex(
  low: number,
  high: number,
  isBefore: (index: number) => boolean,
): number {
  let [first, end] = [low, high];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (isBefore(middle)) first = middle + 1;
    else end = middle;
  }
  return first;
}
