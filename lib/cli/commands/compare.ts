import { didYouMean } from '../../base/near.js';
import { csvCell } from '../../export/csv.js';
import { textOf } from '../../export/table.js';
import { RunFinder } from '../../reader/run-finder.js';
import type { JsonValue } from '../../reader/types.js';
import {
  type ComparedMetric,
  type ComparedRun,
  comparedMetrics,
  type DifferingParameter,
  differingParameters,
  differs,
  metricNames,
  orderBy,
} from '../../runs/comparison.js';
import type { Goals } from '../../runs/goal.js';
import { runLabels, runName } from '../../runs/names.js';
import { compareNames } from '../../runs/natural-order.js';
import { LogStatistics } from '../../runs/statistics.js';
import {
  ALL_SESSIONS,
  choiceOption,
  defineCommand,
  type ExitCode,
  numberOption,
  UsageError,
} from '../command.js';
import { comparisonText } from '../compare-text.js';
import { printable } from '../escape.js';
import { GOAL_OPTIONS, goalsOf } from '../goals.js';
import { logsOf } from '../logs.js';
import { METRIC_OPTION, MetricChoice } from '../metric-choice.js';
import type { Output } from '../output.js';
import { tellProblems } from '../problem-text.js';
import { readEach, readSettled } from '../reread.js';
import { plainText } from '../text.js';

/** The first is the default. */
const FORMATS = ['text', 'csv', 'markdown'] as const;

export const command = defineCommand({
  usage: 'LOG|DIR... [--sort METRIC] [--top N]',
  about:
    'What differs between runs: parameters, and the final and best value of each metric. The best of\n' +
    'them by the GOAL in its metadata, or by --min and --max, is marked *. Final is the value of the run,\n' +
    'else of the last epoch, else the last; best is the best of the epochs, else of all values.',
  options: {
    ...METRIC_OPTION,
    ...GOAL_OPTIONS,
    sort: {
      type: 'string',
      value: 'NAME',
      help: 'the runs in the order of a metric, the best first, or of a parameter',
    },
    top: {
      type: 'string',
      value: 'N',
      help: 'only the first N runs; without --sort, by the first goal',
    },
    differing: { type: 'boolean', help: 'only metrics in which the runs differ' },
    to: {
      ...{ type: 'string', value: 'FORMAT', choices: FORMATS },
      help: 'csv or markdown: a row for each run',
    },
    ...ALL_SESSIONS,
  },
  operands: [1, Number.POSITIVE_INFINITY],

  async run({ options, operands, json, output }): Promise<ExitCode> {
    const format = choiceOption('--to', options.to, FORMATS);
    if (json && format !== 'text')
      throw new UsageError(`compare is either --json or --to ${format}`);
    const most = Number.POSITIVE_INFINITY;
    const top = numberOption('--top', options.top, most, { least: 1, integer: true });
    const choice = new MetricChoice(options.metric);
    const goals = goalsOf(options.min, options.max);
    const { runs: found, problems } = await readRuns(
      await logsOf(operands, (error) => output.fail(error)),
      options['all-sessions'],
      output,
    );
    if (found.length < 2) throw new UsageError('compare needs two runs: name another log');
    const names = metricNames(found);
    choice.check(names);
    goals.check(names);
    const isSorted = options.sort !== undefined || options.top !== undefined;
    const runs = isSorted ? sorted(found, goals, options.sort).slice(0, top) : found;
    const metrics = comparedMetrics(runs, choice.wants, goals).filter(
      (metric) => !options.differing || differs(metric),
    );
    const comparison = { runs, parameters: differingParameters(runs), metrics };
    if (json) {
      const named = runs.map(({ path, name }) => ({ path, run: name }));
      await output.json({ ...comparison, runs: named });
    } else if (format === 'text') {
      const labels = runLabels(runs.map(({ name }) => name));
      await output.print(comparisonText({ ...comparison, labels }, output));
    } else {
      const rows = tableRows(comparison);
      await output.print((format === 'csv' ? csvText : markdownText)(rows));
    }
    return tellProblems(problems, output);
  },
});

interface NamedRun extends ComparedRun {
  readonly path: string;
  readonly name: string;
}

interface Comparison {
  readonly runs: readonly NamedRun[];
  readonly parameters: readonly DifferingParameter[];
  readonly metrics: readonly ComparedMetric[];
}

async function readRuns(
  paths: readonly string[],
  showsAll: boolean,
  output: Output,
): Promise<{ readonly runs: NamedRun[]; readonly problems: ReadonlyMap<string, number> }> {
  const runs: NamedRun[] = [];
  const read = async (path: string, log: string): Promise<number> => {
    const statistics = new LogStatistics(new RunFinder(showsAll));
    const { sink, problems } = await readSettled(path, statistics, output);
    for (const [index, statistics] of sink.runs.entries()) {
      const { metadata } = sink;
      runs.push({ path, name: runName(log, index), statistics, metadata });
    }
    return problems.count;
  };
  const problems = await readEach(paths, read, () => runs.length > 1, output);
  return { runs, problems };
}

/**
 * The runs in the order of a metric or parameter; without a name, of the first metric that has a goal.
 *
 * @throws UsageError where there is none.
 */
function sorted(runs: readonly NamedRun[], goals: Goals, name: string | undefined): NamedRun[] {
  const all = comparedMetrics(runs, () => true, goals);
  return orderOf(name ?? firstGoal(all), all, runs).map((i) => runs[i] as NamedRun);
}

/** @throws UsageError where no metric has a goal. */
function firstGoal(metrics: readonly ComparedMetric[]): string {
  const first = metrics.find(({ goal }) => goal !== null);
  if (first !== undefined) return first.metric;
  throw new UsageError('--top needs an order: --sort METRIC, or --min or --max METRIC');
}

/** The order of the runs by a metric or parameter. */
function orderOf(
  name: string,
  metrics: readonly ComparedMetric[],
  runs: readonly NamedRun[],
): number[] {
  const metric = metrics.find((one) => one.metric === name);
  if (metric !== undefined) return orderBy(metric);
  const values = runs.map(({ statistics }) => statistics.parameters.get(name));
  if (values.every((value) => value === undefined)) {
    const parameters = runs.flatMap(({ statistics }) => [...statistics.parameters.keys()]);
    const known = [...new Set([...metrics.map((one) => one.metric), ...parameters])];
    const near = didYouMean(name, known);
    throw new UsageError(`--sort: no metric or parameter is "${printable(name)}"${near}`);
  }
  return values.map((_, i) => i).sort((a, b) => compareValues(values[a], values[b]));
}

function compareValues(a: JsonValue | undefined, b: JsonValue | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareNames(textOf(a), textOf(b));
}

type Row = readonly (JsonValue | undefined)[];

/** Headings, and a row for each run. */
function tableRows({ runs, parameters, metrics }: Comparison): readonly [Row, ...Row[]] {
  const figures = metrics.flatMap(({ metric, goal, final, best }) => [
    { name: `${metric} final`, values: final },
    ...(goal === null ? [] : [{ name: `${metric} best (${goal})`, values: best }]),
  ]);
  const columns = [...figures, ...parameters];
  return [
    ['run', ...columns.map(({ name }) => name)],
    ...runs.map(({ name }, i) => [name, ...columns.map(({ values }) => values[i])]),
  ];
}

function csvText(rows: readonly Row[]): string {
  return rows.map((row) => row.map((value) => csvCell(value)).join(',')).join('\n');
}

function markdownText([headings, ...rows]: readonly [Row, ...Row[]]): string {
  const cell = (value: JsonValue | undefined) =>
    value === undefined || value === null ? '' : plainText(value).replace(/[|\\]/g, '\\$&');
  const line = (row: Row) => `| ${row.map(cell).join(' | ')} |`;
  const numbers = headings.map((_, i) => (i === 0 ? '---' : '---:'));
  return [line(headings), `| ${numbers.join(' | ')} |`, ...rows.map(line)].join('\n');
}
