import { plural } from '../../base/plural.js';
import { type Missing, REDUCTIONS } from '../../merge/cells.js';
import { type Merged, mergeLogs } from '../../merge/merge.js';
import {
  ALL_SESSIONS,
  choiceOption,
  defineCommand,
  type ExitCode,
  UsageError,
} from '../command.js';
import { printable } from '../escape.js';
import { logsOf } from '../logs.js';
import { METRIC_OPTION, MetricChoice } from '../metric-choice.js';
import { openOutFile } from '../out-file.js';
import type { Output } from '../output.js';
import { tellProblems } from '../problem-text.js';
import { tableText } from '../table.js';
import { stepText } from '../text.js';

export const command = defineCommand({
  usage: 'RANK_LOG|DIR... -o OUT [--reduce mean|min|max|sum|first] [-m METRICS]',
  about:
    'One log from the logs of many ranks: for each step and metric the mean of the ranks that have it,\n' +
    'or what --reduce says. Times, and values that are not numbers, are those of the first log that has\n' +
    'the record. Reports what was missing where.',
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'OUT',
      help: 'the merged log; - is standard output',
    },
    reduce: {
      ...{ type: 'string', value: 'HOW', choices: REDUCTIONS },
      help: `${REDUCTIONS.join(', ')} (mean)`,
    },
    metric: {
      ...METRIC_OPTION.metric,
      help: `${METRIC_OPTION.metric.help}; parameters stay`,
    },
    ...ALL_SESSIONS,
  },
  operands: [1, Number.POSITIVE_INFINITY],

  async run({ options, operands, json, output }): Promise<ExitCode> {
    if (options.output === undefined) throw new UsageError('merge writes to a file: -o OUT');
    const target = options.output;
    const reduction = choiceOption('--reduce', options.reduce, REDUCTIONS);
    const choice = new MetricChoice(options.metric);
    const paths = await logsOf(operands, (error) => output.fail(error));
    const canRestart = target !== '-';
    const metrics = choice.isAll ? undefined : choice;
    const merge = { reduction, showsAll: options['all-sessions'], canRestart, metrics };
    const merged = await mergeLogs(paths, merge, () => openOutFile(target, paths, output));
    const { problems, report } = merged;
    const exitCode = tellProblems(
      paths.map((path, rank) => [path, problems[rank] ?? 0] as const),
      output,
    );
    const count = problems.reduce((sum, one) => sum + one, 0);
    const { missing, differing } = report;
    // Where the log goes to standard output, the report goes to standard error.
    if (target === '-') {
      for (const one of missing) output.warn(missingLine(one, paths));
    } else if (json) {
      const named = missing.map(({ rank, ...rest }) => ({ path: paths[rank], ...rest }));
      await output.json({
        target,
        records: merged.records,
        problems: count,
        missing: named,
        differing,
      });
    } else {
      await output.print(reportText(merged, paths, target, output));
    }
    return missing.length > 0 ? 1 : exitCode;
  },
});

function reportText(
  { records, report: { missing, differing } }: Merged,
  paths: readonly string[],
  target: string,
  output: Output,
): string {
  const lines = [
    `${plural(records, 'record')} of ${plural(paths.length, 'log')} in ${printable(target)}`,
  ];
  if (differing.length > 0) {
    lines.push(`taken from the first log, as they differ: ${differing.map(printable).join(', ')}`);
  }
  if (missing.length > 0) {
    const rows = missing.map(({ rank, metric, count, steps }) => [
      printable(paths[rank] ?? ''),
      printable(metric),
      String(count),
      steps.map(stepText).join(', ') + (count > steps.length ? ' ...' : ''),
    ]);
    const headings = [
      { name: 'missing in' },
      { name: 'metric' },
      { name: 'steps', align: 'right' } as const,
      { name: 'first at' },
    ];
    lines.push('', tableText(headings, rows, output));
  }
  return lines.join('\n');
}

function missingLine({ rank, metric, count, steps }: Missing, paths: readonly string[]): string {
  const first = steps.map(stepText).join(', ');
  return `${paths[rank] ?? ''} lacks ${metric} at ${plural(count, 'step')}: ${first}`;
}
