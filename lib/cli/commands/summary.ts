import { plural } from '../../base/plural.js';
import { RunFinder } from '../../reader/run-finder.js';
import type { JsonObject, Problems, Session } from '../../reader/types.js';
import type { Goal, Goals } from '../../runs/goal.js';
import type { MetricStatistics } from '../../runs/metric-statistics.js';
import { runName, shortNames } from '../../runs/names.js';
import { LogStatistics, type RunStatistics } from '../../runs/statistics.js';
import { logOfRing } from '../../sink/ring-place.js';
import { ALL_SESSIONS, defineCommand, type ExitCode } from '../command.js';
import { printable } from '../escape.js';
import { type ChosenGoals, GOAL_OPTIONS, goalsOf } from '../goals.js';
import { logsOf } from '../logs.js';
import { METRIC_OPTION, MetricChoice } from '../metric-choice.js';
import { errorJson, type Output } from '../output.js';
import { problemLines } from '../problem-text.js';
import { readSettled } from '../reread.js';
import { type Heading, tableText, wrapped } from '../table.js';
import { durationText, plainText, stepText, unitText, valueText, zonedTimeText } from '../text.js';

export const command = defineCommand({
  usage: 'LOG|DIR...',
  about:
    'What was logged: parameters, the numbers of each metric, how long it took, and what is wrong; of folders\n' +
    'all logs in them. Steps that a later session of a run logged again count once.',
  options: { ...METRIC_OPTION, ...GOAL_OPTIONS, ...ALL_SESSIONS },
  operands: [1, Number.POSITIVE_INFINITY],

  async run({ options, operands, json, output }): Promise<ExitCode> {
    let exitCode: ExitCode = 0;
    const answers: unknown[] = [];
    const choice = new MetricChoice(options.metric);
    const goals = goalsOf(options.min, options.max);
    const isChecked = [options.metric, options.min, options.max].some((names) => names.length > 0);
    const fail = (error: unknown, path: string): void => {
      output.fail(error);
      answers.push({ path, error: errorJson(error) });
    };
    const paths = await logsOf(operands, fail);
    const names = shortNames(paths);
    const reports: RunReport[] = [];
    for (const [i, path] of paths.entries()) {
      let found: Awaited<ReturnType<typeof readLog>>;
      try {
        found = await readLog(path, options['all-sessions'], output);
      } catch (error) {
        if (paths.length === 1 && answers.length === 0) throw error;
        fail(error, path);
        continue;
      }
      if (found.problems.count > 0 && exitCode === 0) exitCode = 1;
      for (const [index, run] of found.statistics.runs.entries()) {
        const name = runName(names[i] ?? path, index);
        const report = { ...found, path, name, run, index, choice, goals };
        reports.push(report);
        // Printed at once, as the next log may take long, unless a name may turn out to be of no metric.
        if (!json && !isChecked) await output.print(reportText(report, output));
        else if (json) answers.push(answer(report));
      }
    }
    if (isChecked && reports.length > 0) checkNames(reports, choice, goals);
    if (json) await output.json(answers);
    else if (isChecked)
      for (const report of reports) await output.print(reportText(report, output));
    return exitCode;
  },
});

/** @throws UsageError when an option names a metric that no run has. */
function checkNames(reports: readonly RunReport[], choice: MetricChoice, goals: ChosenGoals): void {
  const names = new Set<string>();
  for (const { run } of reports) {
    for (const { metric } of run.metrics) names.add(metric);
    for (const metric of run.others.keys()) names.add(metric);
  }
  choice.check([...names]);
  goals.check([...names]);
}

async function readLog(path: string, showsAll: boolean, output: Output) {
  const log = new LogStatistics(new RunFinder(showsAll));
  const { sink: statistics, problems, ringRecords } = await readSettled(path, log, output);
  return { statistics, problems, ringRecords };
}

/** A run, and what is printed of it. */
interface RunReport {
  readonly path: string;
  /** The log's path without the folders that all logs share. */
  readonly name: string;
  readonly statistics: LogStatistics;
  readonly run: RunStatistics;
  /** The number of the run in its log. */
  readonly index: number;
  readonly problems: Problems;
  readonly ringRecords: number;
  readonly choice: MetricChoice;
  readonly goals: Goals;
}

function reportText(report: RunReport, output: Output): string {
  const { path, index, run, problems, ringRecords } = report;
  const isFirst = index === 0;
  return [
    output.style('bold', printable(runName(path, index))),
    ...wrapped(facts(report), output.columns - 2).map((line) => `  ${line}`),
    ...(isFirst ? ringLines(ringRecords, path, output) : []),
    ...named('parameters', run.parameters, output),
    ...named('environment', run.environment, output),
    ...metrics(report, output),
    ...others(report, output),
    ...(isFirst ? problemLines(problems, output) : []),
    '',
  ].join('\n');
}

function facts({ run, index, statistics }: RunReport): string[] {
  const { begin, end, duration, records, epochs, steps } = run;
  const list = [plural(records, 'record')];
  if (epochs > 0) list.push(plural(epochs, 'epoch'));
  if (steps > 0) list.push(plural(steps, 'step'));
  if (!Number.isNaN(duration)) {
    list.push(durationText(duration));
    if (duration > 0) list.push(`${Number((records / duration).toPrecision(3))} records/s`);
    list.push(`from ${zonedTimeText(begin)}`, `to ${zonedTimeText(end)}`);
  }
  const sessions = statistics.sessions(index);
  if (sessions.length > 1) list.push(sessionsText(sessions, statistics.replaced(index)));
  return list;
}

/** `2 sessions, the second resumed at (3, 0): 120 records replaced`. */
function sessionsText(sessions: readonly Session[], replaced: number): string {
  const count = plural(sessions.length, 'session');
  const resumed = sessions.slice(1).findLast(({ firstStep }) => firstStep !== null);
  if (resumed === undefined) return count;
  const at = sessions.indexOf(resumed);
  const which =
    ['', 'second', 'third'][at] ?? (at === sessions.length - 1 ? 'last' : `${at + 1}th`);
  const hidden =
    replaced === 0 ? '' : `; ${plural(replaced, 'replaced record')} not counted (--all-sessions)`;
  return `${count}, the ${which} resumed at ${stepText(resumed.firstStep)}${hidden}`;
}

function ringLines(count: number, path: string, output: Output): string[] {
  if (count === 0) return [];
  const text = `${plural(count, 'record')} not in the file, but in the ring of a run that died`;
  return [
    `  ${output.style('yellow', text)}: dllogger recover ${printable(logOfRing(path) ?? path)}`,
  ];
}

function named(title: string, values: RunStatistics['parameters'], output: Output): string[] {
  if (values.size === 0) return [];
  const items = [...values].map(
    ([name, value]) => `${output.style('dim', printable(name))} ${plainText(value)}`,
  );
  const lines = wrapped(items, output.columns - 4).map((line) => `    ${line}`);
  return ['', `  ${output.style('bold', title)}`, ...lines];
}

const HEADINGS: readonly Heading[] = [
  { name: 'metric' },
  { name: 'step' },
  ...['count', 'first', 'last', 'min'].map((name) => ({ name, align: 'right' }) as const),
  { name: 'at' },
  { name: 'max', align: 'right' },
  { name: 'at' },
  { name: 'mean', align: 'right' },
  { name: 'best', align: 'right' },
];

function metrics({ run, statistics, choice, goals }: RunReport, output: Output): string[] {
  const rows = run.metrics
    .filter(({ metric }) => choice.wants(metric))
    .map((one) => row(one, run, statistics.metadata.get(one.metric), goals, output));
  return rows.length === 0 ? [] : ['', tableText(HEADINGS, rows, output)];
}

function row(
  one: MetricStatistics,
  run: RunStatistics,
  metadata: JsonObject | undefined,
  goals: Goals,
  output: Output,
): string[] {
  const text = (value: number) => valueText(one.metric, metadata, value);
  const goal = goals.of(one.metric, metadata);
  const count = one.nans > 0 ? `${one.count} and ${one.nans} NaN` : String(one.count);
  const depth = depthText(one.depth, run.hasPlainSteps);
  const start = [output.style('cyan', printable(one.metric)), depth, count];
  const last = one.diverged
    ? output.style('red', `${one.last} (diverged)`)
    : `${text(one.last)}${unitText(metadata)}`;
  if (one.count === 0) return [...start, '', last, ...HEADINGS.slice(5).map(() => '')];
  return [
    ...start,
    text(one.first),
    last,
    text(one.min),
    stepText(one.minStep),
    text(one.max),
    stepText(one.maxStep),
    text(one.mean),
    goal === undefined ? '' : output.style('green', text(one[goal])),
  ];
}

function depthText(depth: number, isPlain: boolean): string {
  if (depth < 0) return 'named';
  if (depth === 1 && isPlain) return 'step';
  return ['run', 'epoch', 'iteration', 'validation'][depth] ?? `${depth} components`;
}

function others({ run, choice }: RunReport, output: Output): string[] {
  const items = [...run.others]
    .filter(([metric]) => choice.wants(metric))
    .map(([metric, { count, last }]) => {
      const name = output.style('cyan', printable(metric));
      return `    ${name} ${plural(count, 'value')}, last ${plainText(last)}`;
    });
  return items.length === 0 ? [] : ['', `  ${output.style('bold', 'not numbers')}`, ...items];
}

function answer({ path, name, run, index, statistics, choice, goals, ...found }: RunReport) {
  const { records, epochs, steps, duration, begin, end } = run;
  const { parameters, environment, metrics, others } = run;
  const { problems, ringRecords } = found;
  const { metadata } = statistics;
  return {
    path,
    run: name,
    ...{ records, ringRecords, epochs, steps },
    sessions: statistics.sessions(index),
    replaced: statistics.replaced(index),
    ...{ duration, recordsPerSecond: records / duration, begin, end },
    ...{ parameters, environment, metadata },
    metrics: metrics
      .filter(({ metric }) => choice.wants(metric))
      .map((one) => ({
        ...{ metric: one.metric, depth: one.depth, count: one.count, nans: one.nans },
        ...{ first: one.first, last: one.last, mean: one.mean },
        ...(one.diverged && { diverged: true }),
        min: { value: one.min, step: one.minStep },
        max: { value: one.max, step: one.maxStep },
        best: best(one, goals.of(one.metric, metadata.get(one.metric))),
      })),
    others: new Map([...others].filter(([metric]) => choice.wants(metric))),
    problems,
  };
}

function best(one: MetricStatistics, goal: Goal | undefined): unknown {
  if (goal === undefined || one.count === 0) return null;
  return { value: one[goal], step: goal === 'min' ? one.minStep : one.maxStep, goal };
}
