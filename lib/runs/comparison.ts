/** How runs differ, and which run is the best. */
import type { JsonObject, JsonValue } from '../reader/types.js';
import type { Goal, Goals } from './goal.js';
import type { MetricStatistics } from './metric-statistics.js';
import { SharedMetadata } from './shared-metadata.js';
import type { RunStatistics } from './statistics.js';

/** A run, and what its log says about metrics. */
export interface ComparedRun {
  readonly statistics: RunStatistics;
  readonly metadata: ReadonlyMap<string, JsonObject>;
}

export interface DifferingParameter {
  readonly name: string;
  /** By run; undefined where the run has no such parameter. */
  readonly values: readonly (JsonValue | undefined)[];
}

export function differingParameters(runs: readonly ComparedRun[]): DifferingParameter[] {
  const all = new Set(runs.flatMap(({ statistics }) => [...statistics.parameters.keys()]));
  return [...all]
    .map((name) => ({
      name,
      values: runs.map(({ statistics }) => statistics.parameters.get(name)),
    }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
}

export interface ComparedMetric {
  readonly metric: string;
  readonly metadata: JsonObject | undefined;
  readonly goal: Goal | null;
  /** By run; null where the run has no value. */
  readonly final: readonly (number | null)[];
  readonly best: readonly (number | null)[];
  /** The runs whose value is the best. */
  readonly betterFinal: readonly number[];
  readonly betterBest: readonly number[];
}

/** The names of all metrics, in the order in which the runs have them. */
export function metricNames(runs: readonly ComparedRun[]): string[] {
  return [...new Set(runs.flatMap(({ statistics }) => statistics.metricNames))];
}

/** The wanted metrics, in the order in which the runs have them. */
export function comparedMetrics(
  runs: readonly ComparedRun[],
  wants: (metric: string) => boolean,
  goals: Goals,
): ComparedMetric[] {
  const wanted = metricNames(runs).filter(wants);
  const shared = new SharedMetadata();
  for (const [i, { metadata }] of runs.entries()) shared.learn(String(i), metadata);
  return wanted.map((metric) => {
    const metadata = shared.of(metric);
    const goal = goals.of(metric, metadata) ?? null;
    const ofRuns = runs.map(({ statistics }) => statistics.levels(metric));
    const final = ofRuns.map(finalOf);
    const best = ofRuns.map((one) => bestOf(one, goal));
    return {
      ...{ metric, metadata, goal, final, best },
      ...{ betterFinal: winners(final, goal), betterBest: winners(best, goal) },
    };
  });
}

/** Whether runs differ in a metric. */
export function differs({ final, best }: ComparedMetric): boolean {
  return new Set(final).size > 1 || new Set(best).size > 1;
}

/** Sorts runs by a metric, the best first; without a goal, the least. Runs without the metric come last. */
export function orderBy({ goal, final, best }: ComparedMetric): number[] {
  const values = goal === null ? final : best;
  const sign = goal === 'max' ? -1 : 1;
  const rank = (value: number | null | undefined) =>
    value === null || value === undefined || Number.isNaN(value)
      ? Number.POSITIVE_INFINITY
      : sign * value;
  const indices = values.map((_, i) => i);
  // Compared, not subtracted: ranks may be infinite.
  return indices.sort((a, b) => {
    const [x, y] = [rank(values[a]), rank(values[b])];
    return x === y ? a - b : x < y ? -1 : 1;
  });
}

function finalOf(levels: readonly MetricStatistics[]): number | null {
  return levels[0]?.last ?? null;
}

function bestOf(levels: readonly MetricStatistics[], goal: Goal | null): number | null {
  if (goal === null) return null;
  const numbers = levels.filter(({ count }) => count > 0);
  const level = numbers.find(({ depth }) => depth > 0) ?? numbers[0];
  return level === undefined ? null : level[goal];
}

function winners(values: readonly (number | null)[], goal: Goal | null): number[] {
  if (goal === null) return [];
  const numbers = values.filter((value) => value !== null && Number.isFinite(value));
  // When all values are equal, no run is better.
  if (new Set(numbers).size < 2) return [];
  const best = numbers.reduce((a, b) => (Number(a) === Math[goal](Number(a), Number(b)) ? a : b));
  return values.flatMap((value, i) => (value === best ? [i] : []));
}
