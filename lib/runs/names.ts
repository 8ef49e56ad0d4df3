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

/** A part of a label: words that tell it apart, or words that nearly all labels have. */
export interface LabelPart {
  readonly text: string;
  readonly isCommon: boolean;
}

/** Share of labels that have a word which tells them hardly apart. */
const NEARLY_ALL = 0.9;
/** Fewer characters than this are not worth leaving out. */
const LEAST_COMMON = 5;
/** A word with the separators behind it. */
const WORDS = /[^/\\_\-,;:= ]+|[/\\_\-,;:= ]+/g;

/** The words that nearly all labels have, in one order: where room lacks, these are left out first. */
export function commonWords(labels: readonly string[]): ReadonlySet<string> {
  if (labels.length < 2) return NO_WORDS;
  const counts = new Map<string, number>();
  const words = labels.map((label) => new Set(label.match(WORDS)));
  for (const one of words) for (const word of one) counts.set(word, (counts.get(word) ?? 0) + 1);
  const least = Math.max(labels.length * NEARLY_ALL, 2);
  const common = new Set([...counts].filter(([, count]) => count >= least).map(([word]) => word));
  // Of `1-2` and `2-1` the order tells.
  const orders = words.map((one) =>
    [...one].filter((word) => common.has(word) && !isSeparator(word)),
  );
  const whole = Math.max(...orders.map(({ length }) => length));
  const orderOf = (order: readonly string[]) => JSON.stringify(order);
  const found = orders.filter(({ length }) => length === whole).map(orderOf);
  return new Set(found).size > 1 ? NO_WORDS : common;
}

const NO_WORDS: ReadonlySet<string> = new Set();

function isSeparator(word: string): boolean {
  return SEPARATOR.test(word[0] ?? '');
}

/**
 * A label in parts. A label that lacks one of the common words, or has one of them twice, is told apart by that: nothing
 * of it is common. Nor is anything of a label without other words, of which nothing would be left.
 */
export function labelParts(label: string, common: ReadonlySet<string>): LabelPart[] {
  const words: readonly string[] = label.match(WORDS) ?? [];
  const count = (some: Iterable<string>) =>
    [...some].filter((word) => common.has(word) && !isSeparator(word)).length;
  const isUsual = count(words) === count(common) && count(new Set(words)) === count(common);
  const parts = isUsual ? joinedParts(words, common) : [];
  const isDivided = parts.some(({ isCommon }) => !isCommon);
  return isDivided ? parts : [{ text: label, isCommon: false }];
}

/** The text of a label whose common words are cut as far as they can be. */
export function essentialText(parts: readonly LabelPart[]): string {
  const end = parts.length - 1;
  return parts.map(({ text, isCommon }, i) => (!isCommon ? text : i < end ? 'm…' : '')).join('');
}

function joinedParts(words: readonly string[], common: ReadonlySet<string>): LabelPart[] {
  const parts: { text: string; isCommon: boolean }[] = [];
  for (const word of words) {
    const before = parts.at(-1);
    const isCommon = common.has(word) && (!isSeparator(word) || before?.isCommon === true);
    if (before?.isCommon === isCommon) before.text += word;
    else parts.push({ text: word, isCommon });
  }
  const joined: LabelPart[] = [];
  for (const [i, { text, isCommon }] of parts.entries()) {
    // At the end of a label no `…` takes the place of what is left out: a short part is left out there too.
    const isLeftOut = isCommon && (text.length >= LEAST_COMMON || i === parts.length - 1);
    const before = joined.at(-1);
    if (before !== undefined && before.isCommon === isLeftOut) {
      joined[joined.length - 1] = { text: before.text + text, isCommon: isLeftOut };
    } else joined.push({ text, isCommon: isLeftOut });
  }
  return joined;
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
