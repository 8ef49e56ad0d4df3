/** Groups of runs that share the values of some parameters: drawn as one line, in one colour. */
import type { RunInfo } from '../../plot/protocol.js';
import { compareNames } from '../../runs/natural-order.js';
import { differingParameters, valueText } from './order.js';

export interface Group {
  /** The values that its runs share: `0.01`, or `lr=0.01 model=vit`. */
  readonly label: string;
  /** Index of the group's style in the palette. */
  readonly style: number;
  readonly runs: readonly number[];
}

/** A key for grouping: a parameter; or, with a minus, all differing parameters except that one. */
interface GroupKey {
  readonly key: string;
  readonly title: string;
}

/** Parameters that only seed chance. */
const SEED = /seed/i;

export function groupKeys(runs: readonly RunInfo[]): GroupKey[] {
  const names = differingParameters(runs);
  const seeds = names.length > 1 ? names.filter((name) => SEED.test(name)) : [];
  return [
    ...names.map((name) => ({ key: name, title: name })),
    ...seeds.map((name) => ({ key: `-${name}`, title: `all but ${name}` })),
  ];
}

/** @param key One of `groupKeys`; empty: no groups. */
export function groupsOf(runs: readonly RunInfo[], key: string): Group[] {
  if (key === '') return [];
  const names = key.startsWith('-')
    ? differingParameters(runs).filter((name) => name !== key.slice(1))
    : [key];
  const byLabel = new Map<string, number[]>();
  for (const { id, parameters } of runs) {
    const values = new Map(parameters);
    const label = names
      .map((name) => `${names.length > 1 ? `${name}=` : ''}${valueText(values.get(name))}`)
      .join(' ');
    byLabel.set(label, [...(byLabel.get(label) ?? []), id]);
  }
  const sorted = [...byLabel].sort(([a], [b]) => compareNames(a, b));
  return sorted.map(([label, ids], i) => ({ label, style: i, runs: ids }));
}
