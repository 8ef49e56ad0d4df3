import type { ViewKey } from './view-keys.js';

/** Which runs are shown: only some, or all but some, including runs that come later. */
export interface Selection {
  /** Whether the named runs are hidden and all others shown; else the other way round. */
  readonly others: boolean;
  readonly names: ReadonlySet<string>;
}

export const ALL_RUNS: Selection = { others: true, names: new Set() };

/** Only these runs. */
export function only(names: Iterable<string>): Selection {
  return { others: false, names: new Set(names) };
}

export function isShown({ others, names }: Selection, name: string): boolean {
  return names.has(name) !== others;
}

/** A selection with some runs shown or hidden and the others unchanged. */
export function withRuns(
  { others, names }: Selection,
  changed: Iterable<string>,
  shown: boolean,
): Selection {
  const after = new Set(names);
  for (const name of changed) {
    if (shown === others) after.delete(name);
    else after.add(name);
  }
  return { others, names: after };
}

/** In the address: `only` or `but`, and the names. */
export const selection: ViewKey<Selection> = {
  initial: ALL_RUNS,
  write: ({ others, names }) =>
    others && names.size === 0 ? [] : [others ? 'but' : 'only', ...names],
  read: ([mode, ...names]) =>
    mode === 'only' || mode === 'but'
      ? { others: mode === 'but', names: new Set(names) }
      : undefined,
};
