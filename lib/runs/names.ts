/** Names of logs and runs, for people. */

/** The name of one of the runs in a log. Most logs hold one. */
export function runName(log: string, index: number): string {
  return index === 0 ? log : `${log} #${index + 1}`;
}

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

/** The endings of logs' names, which tell nothing. */
const ENDING = /(?<=[^/\\])\.(?:jsonl?|ndjson|log|txt|out|err)(?:\.gz)?(?= #\d+$|$)/i;
/** Separators of a name's parts. A name may be cut behind a separator. */
const SEPARATOR = /[/\\_\-,;:= ]/;

/**
 * Short names that tell runs apart: without the beginning that all share, and without `.json`. What is
 * left begins with a word: `run-1` and `run-2` do not become `1` and `2`.
 */
export function runLabels(names: readonly string[]): string[] {
  const bare = names.map((name) => name.replace(ENDING, ''));
  // `a.json` and `a.log` keep their endings.
  const labels = new Set(bare).size === new Set(names).size ? bare : [...names];
  const cut = sharedBeginning([...new Set(labels)]);
  return labels.map((label) => label.slice(cut));
}

/** Number of characters that all names begin with and that can be left out. */
function sharedBeginning(names: readonly string[]): number {
  const [first = '', ...others] = names;
  let shared = 0;
  if (others.length === 0) return /^.*[/\\](?=.)/s.exec(first)?.[0].length ?? 0;
  while (shared < first.length && others.every((name) => name[shared] === first[shared])) shared++;
  const isFit = (cut: number) =>
    SEPARATOR.test(first[cut - 1] ?? '') &&
    names.every((name) => {
      const next = name[cut] ?? '';
      const isFolder = /[/\\]/.test(first[cut - 1] ?? '');
      return next !== '' && (isFolder || !/[\d\s]/.test(next)) && !SEPARATOR.test(next);
    });
  while (shared > 0 && !isFit(shared)) shared--;
  return shared;
}
