/** Names for people of what lies in several files. */

/** Paths without the folders that all of them share. */
export function shortNames(paths: readonly string[]): string[] {
  const parts = paths.map((path) => path.split(/[\\/]/));
  const [first] = parts;
  let shared = 0;
  while (
    first !== undefined &&
    parts.every((one) => shared < one.length - 1 && one[shared] === first[shared])
  ) {
    shared++;
  }
  return parts.map((one) => one.slice(shared).join('/'));
}
