/** In which order runs are listed. */
import type { RunInfo } from '../../plot/protocol.js';
import type { JsonValue } from '../../reader/types.js';
import { compareNames } from '../../runs/natural-order.js';

/** What runs can be sorted by: `name`, `started`, `duration`, or `parameter:lr`. */
export interface OrderKey {
  readonly key: string;
  readonly title: string;
}

/** Undefined where a run has no such thing: it comes last. */
type Rank = number | string | undefined;

/** The keys that tell runs apart: parameters that are the same in all of them do not. */
export function orderKeys(runs: readonly RunInfo[]): OrderKey[] {
  return [
    ...['name', 'started', 'duration'].map((key) => ({ key, title: key })),
    ...differingParameters(runs).map((name) => ({ key: `parameter:${name}`, title: name })),
  ];
}

/** The parameters whose values differ between runs, in the order in which these appeared. */
export function differingParameters(runs: readonly RunInfo[]): string[] {
  const texts = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  for (const { parameters } of runs) {
    for (const [name, value] of parameters) {
      const known = texts.get(name) ?? new Set();
      texts.set(name, known.add(valueText(value)));
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  const withParameters = runs.filter(({ parameters }) => parameters.length > 0).length;
  return [...texts].flatMap(([name, values]) =>
    values.size > 1 || (counts.get(name) ?? 0) < withParameters ? [name] : [],
  );
}

/** A parameter's value as a name for what runs share. */
export function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** @param order A key of `orderKeys`; with a minus before it, the other way round. */
export function sortedRuns<R extends RunInfo>(runs: readonly R[], order: string): R[] {
  const isReversed = order.startsWith('-');
  const rankOf = ranking(isReversed ? order.slice(1) : order);
  const ranked = runs.map((run) => ({ run, rank: rankOf(run) }));
  ranked.sort((a, b) => {
    const byName = compareNames(a.run.name, b.run.name);
    if (a.rank === undefined || b.rank === undefined) {
      return Number(a.rank === undefined) - Number(b.rank === undefined) || byName;
    }
    const difference = compareRanks(a.rank, b.rank);
    return (isReversed ? -difference : difference) || byName;
  });
  return ranked.map(({ run }) => run);
}

function ranking(key: string): (run: RunInfo) => Rank {
  if (key === 'started') return ({ begin }) => begin ?? undefined;
  if (key === 'duration') {
    return ({ begin, end }) => (begin === null || end === null ? undefined : end - begin);
  }
  const [kind, parameter] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
  if (kind !== 'parameter') return ({ name }) => name;
  return ({ parameters }) => {
    const found = parameters.find(([name]) => name === parameter);
    return found && (typeof found[1] === 'number' ? found[1] : valueText(found[1]));
  };
}

function compareRanks(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareNames(String(a), String(b));
}
