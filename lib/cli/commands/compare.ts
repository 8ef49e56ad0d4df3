import { counted } from '../../base/counted.js';
import type { JsonObject, JsonValue, Problems } from '../../reader/types.js';
import { goalOf } from '../../runs/goal.js';
import { runName, shortNames } from '../../runs/names.js';
import { LogStatistics, type MetricStatistics, type RunStatistics } from '../../runs/statistics.js';
import { defineCommand, type ExitCode } from '../command.js';
import { printable } from '../escape.js';
import type { Output } from '../output.js';
import { readSettled } from '../reread.js';
import { tableText } from '../table.js';
import { plainText, unitText, valueText } from '../text.js';

export const command = defineCommand({
  usage: 'A B...',
  about:
    'What differs between runs: parameters, and the final and best value of each metric. The best of\n' +
    'them by the GOAL in its metadata is marked *. Final is the value of the run, else of the last epoch,\n' +
    'else the last; best is the best of the epochs, else of all values.',
  options: {},
  operands: [2, Number.POSITIVE_INFINITY],

  async run({ operands, json, output }): Promise<ExitCode> {
    const runs: ComparedRun[] = [];
    for (const [i, name] of shortNames(operands).entries()) {
      const path = operands[i] ?? name;
      const { sink, problems } = await readSettled(path, new LogStatistics(), output);
      for (const [index, statistics] of sink.runs.entries()) {
        const { metadata } = sink;
        runs.push({ path, name: runName(name, index), statistics, metadata, problems });
      }
    }
    const named = runs;
    const parameters = differingParameters(named);
    const metrics = comparedMetrics(named);
    if (json) {
      await output.json({ runs: operands, parameters, metrics });
    } else {
      await output.print(report(named, parameters, metrics, output));
    }
    return named.some(({ problems }) => problems.count > 0) ? 1 : 0;
  },
});

interface ComparedRun {
  readonly path: string;
  readonly name: string;
  readonly statistics: RunStatistics;
  readonly metadata: LogStatistics['metadata'];
  readonly problems: Problems;
}

interface DifferingParameter {
  readonly name: string;
  /** By run; undefined where it has none. */
  readonly values: readonly (JsonValue | undefined)[];
}

function differingParameters(runs: readonly ComparedRun[]): DifferingParameter[] {
  const all = new Set(runs.flatMap(({ statistics }) => [...statistics.parameters.keys()]));
  return [...all]
    .map((name) => ({
      name,
      values: runs.map(({ statistics }) => statistics.parameters.get(name)),
    }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
}

interface ComparedMetric {
  readonly metric: string;
  readonly metadata: JsonObject | undefined;
  readonly goal: 'min' | 'max' | null;
  /** By run; null where it has none. */
  readonly final: readonly (number | null)[];
  readonly best: readonly (number | null)[];
  /** The runs whose value is the best one. */
  readonly betterFinal: readonly number[];
  readonly betterBest: readonly number[];
}

function comparedMetrics(runs: readonly ComparedRun[]): ComparedMetric[] {
  const levels = runs.map(({ statistics }) => byMetric(statistics));
  const all = new Set(levels.flatMap((metrics) => [...metrics.keys()]));
  return [...all].map((metric) => {
    const metadata = runs.map((run) => run.metadata.get(metric)).find((one) => one !== undefined);
    const goal = goalOf(metadata) ?? null;
    const final = levels.map((metrics) => finalOf(metrics.get(metric) ?? []));
    const best = levels.map((metrics) => bestOf(metrics.get(metric) ?? [], goal));
    return {
      ...{ metric, metadata, goal, final, best },
      ...{ betterFinal: winners(final, goal), betterBest: winners(best, goal) },
    };
  });
}

/** Each metric's statistics: of the run, of epochs, of iterations ...; those of text steps last. */
function byMetric({ metrics }: RunStatistics): Map<string, MetricStatistics[]> {
  const map = new Map<string, MetricStatistics[]>();
  for (const one of metrics) {
    const list = map.get(one.metric);
    if (list === undefined) map.set(one.metric, [one]);
    else list.push(one);
  }
  const rank = ({ depth }: MetricStatistics) => (depth < 0 ? Number.POSITIVE_INFINITY : depth);
  for (const list of map.values()) list.sort((a, b) => rank(a) - rank(b));
  return map;
}

function finalOf(levels: readonly MetricStatistics[]): number | null {
  return levels[0]?.last ?? null;
}

function bestOf(levels: readonly MetricStatistics[], goal: 'min' | 'max' | null): number | null {
  const numbers = levels.filter(({ count }) => count > 0);
  const level = numbers.find(({ depth }) => depth > 0) ?? numbers[0];
  return goal === null || level === undefined ? null : level[goal];
}

function winners(values: readonly (number | null)[], goal: 'min' | 'max' | null): number[] {
  const numbers = values.filter((value) => value !== null && Number.isFinite(value));
  // All the same: none is better.
  if (goal === null || new Set(numbers).size < 2) return [];
  const best = Math[goal](...numbers.map(Number));
  return values.flatMap((value, i) => (value === best ? [i] : []));
}

function report(
  runs: readonly ComparedRun[],
  parameters: readonly DifferingParameter[],
  metrics: readonly ComparedMetric[],
  output: Output,
): string {
  const names = runs.map(({ name }) => printable(name));
  const columns = names.map((name) => ({ name, align: 'right' }) as const);
  const parts: string[] = [];
  if (parameters.length === 0) {
    parts.push('  no parameters differ');
  } else {
    const rows = parameters.map(({ name, values }) => [
      printable(name),
      ...values.map((value) => (value === undefined ? '-' : plainText(value))),
    ]);
    parts.push(tableText([{ name: 'parameter' }, ...columns], rows, output));
  }
  const rows = metrics.flatMap((metric) => metricRows(metric, output));
  if (rows.length > 0) {
    parts.push(tableText([{ name: 'metric' }, { name: 'value' }, ...columns], rows, output));
  }
  for (const { name, problems } of runs) {
    if (problems.count > 0) {
      const count = output.style('yellow', counted(problems.count, 'problem'));
      parts.push(`  ${printable(name)}: ${count} (dllogger summary tells more)`);
    }
  }
  return parts.join('\n\n');
}

function metricRows(compared: ComparedMetric, output: Output): string[][] {
  const { metric, metadata, goal, final, best, betterFinal, betterBest } = compared;
  const name = output.style('cyan', printable(metric)) + unitText(metadata);
  const cells = (values: readonly (number | null)[], better: readonly number[]) =>
    values.map((value, i) => {
      if (value === null) return '- ';
      if (!Number.isFinite(value)) return `${output.style('red', String(value))} `;
      const text = valueText(metric, metadata, value);
      return better.includes(i) ? output.style('green', `${text}*`) : `${text} `;
    });
  const rows = [[name, 'final', ...cells(final, betterFinal)]];
  if (goal !== null) rows.push([name, `best (${goal})`, ...cells(best, betterBest)]);
  return rows;
}
