import { DLLoggerError } from '../../base/errors.js';
import { plural } from '../../base/plural.js';
import { linksOf, openTargets, runLinks } from '../../forward/forward.js';
import type { Link } from '../../forward/link.js';
import { stateOf } from '../../forward/protocol.js';
import type { FlatRecord } from '../../reader/flat-record.js';
import type { Shape } from '../../reader/key-tree.js';
import { LogScan } from '../../reader/log-scan.js';
import { isStream } from '../../reader/regular-file.js';
import { isDescription } from '../../reader/step.js';
import type { LogEntry } from '../../reader/types.js';
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
import { errorJson, type Output } from '../output.js';
import { tellProblems } from '../problem-text.js';
import { Progress } from '../progress.js';

/** Milliseconds between two checks of links that follow. */
const LOOK = 1000;
const DEPTHS = ['epoch', 'all'] as const;

export const command = defineCommand({
  usage: 'LOG|DIR... [-f] [-m METRICS] --tensorboard DIR | --mlflow URL ...',
  about:
    'Brings logs to TensorBoard and MLflow. Run again, it continues where the target is: nothing is lost and\n' +
    'nothing comes twice, also after a kill. With -f it goes on as the logs grow, and a target that is down\n' +
    'gets the rest when it is back.',
  options: {
    follow: { type: 'boolean', short: 'f', help: 'wait for more; Ctrl+C ends it' },
    tensorboard: {
      type: 'string',
      value: 'DIR',
      help: 'event files: a directory in DIR for each log',
    },
    mlflow: {
      type: 'string',
      value: 'URL',
      help: 'a tracking server, such as http://127.0.0.1:5000',
    },
    experiment: {
      ...{ type: 'string', value: 'NAME' },
      help: "MLflow's experiment (MLFLOW_EXPERIMENT_NAME, or Default)",
    },
    depth: {
      ...{ type: 'string', value: 'DEPTH', choices: DEPTHS },
      help: 'for MLflow: epoch, only records of epochs and of the run (default), or all',
    },
    metric: {
      ...METRIC_OPTION.metric,
      help: `${METRIC_OPTION.metric.help}; with others, a log is another log for the target`,
    },
    ...ALL_SESSIONS,
  },
  operands: [1, Number.POSITIVE_INFINITY],

  async run({ options, operands, json, output }): Promise<ExitCode> {
    const { follow, tensorboard, experiment } = options;
    const url =
      options.mlflow ?? (experiment === undefined ? undefined : process.env.MLFLOW_TRACKING_URI);
    const depth = choiceOption('--depth', options.depth, DEPTHS);
    if (tensorboard === undefined && url === undefined) {
      throw new UsageError('forward needs a target: --tensorboard DIR or --mlflow URL');
    }
    if (url === undefined && experiment !== undefined) {
      throw new UsageError(
        '--experiment is for MLflow: add --mlflow URL, or set MLFLOW_TRACKING_URI',
      );
    }
    if (url === undefined && options.depth !== undefined) {
      throw new UsageError('--depth is for MLflow: add --mlflow URL');
    }
    if (operands.includes('-'))
      throw new UsageError('forward reads files: it may have to begin anew');
    const targets = openTargets({
      tensorboard,
      mlflow: url === undefined ? undefined : { url, experiment, depth },
    });
    const choice = new MetricChoice(options.metric);
    const logs = await logsOf(operands, (error) => output.fail(error));
    // Logs that are followed may get further metrics.
    if (!choice.isAll && !follow) await checkNames(logs, choice, output);
    const links = linksOf(logs, targets);
    const stop = new AbortController();
    if (follow) process.once('SIGINT', () => stop.abort());
    const watch = follow ? setInterval(() => tellErrors(links, output), LOOK) : undefined;
    const progress = await Progress.of(
      follow ? [] : links.map(({ log }) => log.path),
      plural(new Set(links.map(({ log }) => log.path)).size, 'log'),
      output,
    );
    const read = new Map<Link, number>();
    const onProgress = (link: Link, bytes: number): void => {
      read.set(link, bytes);
      progress.show([...read.values()].reduce((sum, part) => sum + part, 0));
    };
    const metrics = choice.isAll ? undefined : choice;
    const wishes = { showsAll: options['all-sessions'], metrics };
    await runLinks(links, { follow, signal: stop.signal, ...wishes, onProgress });
    progress.end();
    clearInterval(watch);
    if (json) await output.json(links.map(answer));
    else await output.print(targets.map(({ name }) => summary(name, links)).join('\n'));
    tellErrors(links, output);
    tellProblems(
      links
        // The error of a file that is not a log says as much.
        .filter(({ target, error }) => target === targets[0] && !isNotLog(error))
        .map(({ log, problems }) => [log.path, problems] as const),
      output,
    );
    for (const note of new Set(links.flatMap(({ report }) => [...report.notes]))) {
      output.warn(printable(note));
    }
    if (!follow && links.some(isUnreadable)) return 2;
    return links.some(({ error, problems }) => error !== undefined || problems > 0) ? 1 : 0;
  },
});

/**
 * Reads all logs, so that nothing is sent when a name is wrong.
 *
 * @throws UsageError when a pattern matches no metric of the logs. Standard error then tells of logs that cannot be
 *   read, too.
 */
async function checkNames(
  paths: readonly string[],
  choice: MetricChoice,
  output: Output,
): Promise<void> {
  const shapes = new Set<Shape>();
  const sink = {
    flat: ({ shape }: FlatRecord) => {
      if (!shapes.has(shape)) shape.names.forEach(choice.wants);
      shapes.add(shape);
    },
    entry: (entry: LogEntry) => {
      if (entry.kind === 'LOG' && !isDescription(entry.step)) {
        Object.keys(entry.data).forEach(choice.wants);
      }
    },
  };
  const progress = await Progress.of(paths, `the names in ${plural(paths.length, 'log')}`, output);
  const errors: unknown[] = [];
  let isScanned = false;
  let bytes = 0;
  for (const path of paths) {
    // The forwarding that follows refuses what can be read only once, and reports errors.
    if (isStream(path)) continue;
    const scan = new LogScan(path, sink, {});
    try {
      for await (const _ of scan.steps()) progress.show(bytes + scan.bytesRead);
      isScanned = true;
    } catch (error) {
      errors.push(error);
    }
    bytes += scan.bytesRead;
  }
  progress.end();
  if (!isScanned) return;
  try {
    choice.check();
  } catch (error) {
    for (const one of errors) output.fail(one);
    throw error;
  }
}

function isNotLog(error: Error | undefined): boolean {
  return error instanceof DLLoggerError && error.code === 'ERR_DLLOGGER_NOT_A_LOG';
}

function answer(link: Link): object {
  const { error, problems } = link;
  return { ...stateOf(link), ...(error !== undefined && { error: errorJson(error) }), problems };
}

/** Whether a log could not be read or is none; a target that takes nothing is only behind. */
function isUnreadable({ error, log }: Link): boolean {
  return error instanceof DLLoggerError && error.path === log.path;
}

const told = new WeakMap<Link, string>();

/** Prints, once each, that a link is behind, and that it has caught up. */
function tellErrors(links: readonly Link[], output: Output): void {
  for (const link of links) {
    const { log, target, error } = link;
    const text = error?.message ?? '';
    if ((told.get(link) ?? '') === text) continue;
    told.set(link, text);
    const what = `${printable(log.path)} to ${target.name}`;
    output.warn(
      error === undefined ? `${what}: caught up again` : `${what} is behind: ${printable(text)}`,
    );
  }
}

/** One line for a target. */
function summary(target: string, links: readonly Link[]): string {
  const own = links.filter((link) => link.target.name === target);
  const sent = own.reduce((sum, { report }) => sum + report.sent, 0);
  const skipped = new Map<string, number>();
  for (const { report } of own) {
    for (const [why, count] of report.skipped) skipped.set(why, (skipped.get(why) ?? 0) + count);
  }
  const behind = own.filter(({ error }) => error !== undefined).length;
  return [
    `${target}: ${plural(sent, 'value')} of ${plural(own.length, 'log')}`,
    ...[...skipped].map(([why, count]) => `skipped ${count} ${why}`),
    ...(behind === 0 ? [] : [`${plural(behind, 'log')} behind`]),
  ].join('; ');
}
