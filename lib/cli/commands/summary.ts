import { counted } from '../../base/counted.js';
import { logOfRing } from '../../reader/ring.js';
import type { Problems } from '../../reader/types.js';
import { goalOf } from '../../runs/goal.js';
import { LogStatistics, type MetricStatistics } from '../../runs/statistics.js';
import { defineCommand, type ExitCode } from '../command.js';
import { printable } from '../escape.js';
import type { Output } from '../output.js';
import { problemLines } from '../problem-text.js';
import { readInto } from '../read.js';
import { type Heading, tableText, wrapped } from '../table.js';
import { durationText, plainText, stepText, timeText, unitText, valueText } from '../text.js';

export const command = defineCommand({
  usage: 'LOG...',
  about:
    'What was logged: parameters, the numbers of each metric, how long it took, and what is wrong.',
  options: {},
  operands: [1, Number.POSITIVE_INFINITY],

  async run({ operands, json, output }): Promise<ExitCode> {
    let exitCode: ExitCode = 0;
    const answers: unknown[] = [];
    for (const path of operands) {
      const statistics = new LogStatistics();
      let found: Found;
      try {
        found = await readInto(path, statistics, output);
      } catch (error) {
        if (operands.length === 1) throw error;
        output.fail(error);
        exitCode = 2;
        continue;
      }
      if (found.problems.count > 0 && exitCode === 0) exitCode = 1;
      if (json) answers.push(answer(path, statistics, found));
      else await output.print(report(path, statistics, found, output));
    }
    if (json) await output.json(answers);
    return exitCode;
  },
});

/** What reading found, besides the records. */
interface Found {
  readonly problems: Problems;
  readonly ringRecords: number;
}

function report(
  path: string,
  statistics: LogStatistics,
  { problems, ringRecords }: Found,
  output: Output,
): string {
  const { parameters, environment } = statistics;
  return [
    output.style('bold', printable(path)),
    ...wrapped(facts(statistics), output.columns - 2).map((line) => `  ${line}`),
    ...ringLines(ringRecords, path, output),
    ...named('parameters', parameters, output),
    ...named('environment', environment, output),
    ...metrics(statistics, output),
    ...others(statistics, output),
    ...problemLines(problems, output),
    '',
  ].join('\n');
}

function facts({ begin, end, duration, records, epochs, sessions }: LogStatistics): string[] {
  const list = [counted(records, 'record')];
  if (epochs > 0) list.push(counted(epochs, 'epoch'));
  if (!Number.isNaN(duration)) {
    list.push(durationText(duration));
    if (duration > 0) list.push(`${Number((records / duration).toPrecision(3))} records/s`);
    list.push(`from ${timeText(begin)}`, `to ${timeText(end)}`);
  }
  if (sessions.length > 1) list.push(counted(sessions.length, 'session'));
  return list;
}

function ringLines(count: number, path: string, output: Output): string[] {
  if (count === 0) return [];
  const text = `${counted(count, 'record')} not in the file, but in the ring of a run that died`;
  return [
    `  ${output.style('yellow', text)}: dllogger recover ${printable(logOfRing(path) ?? path)}`,
  ];
}

function named(title: string, values: LogStatistics['parameters'], output: Output): string[] {
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

function metrics(statistics: LogStatistics, output: Output): string[] {
  const rows = statistics.metrics.map((one) => row(one, statistics, output));
  return rows.length === 0 ? [] : ['', tableText(HEADINGS, rows, output)];
}

function row(one: MetricStatistics, statistics: LogStatistics, output: Output): string[] {
  const metadata = statistics.metadata.get(one.metric);
  const text = (value: number) => valueText(one.metric, metadata, value);
  const goal = goalOf(metadata);
  const count = one.nans > 0 ? `${one.count} and ${one.nans} NaN` : String(one.count);
  const start = [output.style('cyan', printable(one.metric)), depthText(one.depth), count];
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

function depthText(depth: number): string {
  if (depth < 0) return 'named';
  return ['run', 'epoch', 'iteration', 'validation'][depth] ?? `${depth} places`;
}

function others({ others }: LogStatistics, output: Output): string[] {
  if (others.size === 0) return [];
  const items = [...others].map(([metric, { count, last }]) => {
    const name = output.style('cyan', printable(metric));
    return `${name} ${counted(count, 'value')}, last ${plainText(last)}`;
  });
  return ['', `  ${output.style('bold', 'not numbers')}`, ...items.map((item) => `    ${item}`)];
}

function answer(path: string, statistics: LogStatistics, found: Found): unknown {
  const { problems, ringRecords } = found;
  const { records, epochs, duration, begin, end, sessions } = statistics;
  const { parameters, environment, metadata, others } = statistics;
  return {
    path,
    ...{
      records,
      ringRecords,
      epochs,
      sessions,
      duration,
      recordsPerSecond: records / duration,
      begin,
      end,
    },
    ...{ parameters, environment, metadata },
    metrics: statistics.metrics.map((one) => ({
      ...{ metric: one.metric, depth: one.depth, count: one.count, nans: one.nans },
      ...{ first: one.first, last: one.last, mean: one.mean },
      ...(one.diverged && { diverged: true }),
      min: { value: one.min, step: one.minStep },
      max: { value: one.max, step: one.maxStep },
      best: best(one, goalOf(metadata.get(one.metric))),
    })),
    others,
    problems,
  };
}

function best(one: MetricStatistics, goal: 'min' | 'max' | undefined): unknown {
  if (goal === undefined || one.count === 0) return null;
  return { value: one[goal], step: goal === 'min' ? one.minStep : one.maxStep, goal };
}
