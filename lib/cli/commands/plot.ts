/** `dllogger plot`: charts in the terminal, as SVG, or as a page of their own. */

import { describeMetric, describeRun, MAX_FAULTS, namedRuns } from '../../plot/describe.js';
import type { Figure, Line } from '../../plot/figure.js';
import type { Fault } from '../../plot/protocol.js';
import { curveStyle, type RunLook, runLooks } from '../../plot/run-looks.js';
import { keptSmoothings, saveSeries } from '../../plot/saved.js';
import { drawInTerminal } from '../../plot/terminal.js';
import { TextBytes } from '../../plot/text-bytes.js';
import { RunFinder } from '../../reader/run-finder.js';
import { AXES, type Axis } from '../../runs/axis.js';
import { type Fate, fateOf } from '../../runs/fate.js';
import { LogCurves } from '../../runs/log-curves.js';
import { PLAIN } from '../../runs/query.js';
import type { RunCurves } from '../../runs/run-curves.js';
import { SharedMetadata } from '../../runs/shared-metadata.js';
import { hasPositive } from '../../runs/undrawn.js';
import {
  ALL_SESSIONS,
  choiceOption,
  defineCommand,
  type ExitCode,
  numberOption,
  UsageError,
} from '../command.js';
import { printable } from '../escape.js';
import { logsOf } from '../logs.js';
import { METRIC_OPTION, MetricChoice } from '../metric-choice.js';
import { openOutFile } from '../out-file.js';
import type { Output } from '../output.js';
import { tellProblems } from '../problem-text.js';
import { logEnd } from '../read.js';
import { readEach, readSettled } from '../reread.js';

const DEFAULT_ROWS = 14;
/** Limit on the width of a chart; wider charts are no clearer. */
const MAX_COLUMNS = 120;
const MAX_SMOOTHING = 0.9999;
/** Bytes that are gathered before they are written: a log may have thousands of charts. */
const TEXT_SIZE = 2 ** 15;
/** A page of its own holds at most five points for each of so many buckets. */
const PAGE_BUCKETS = 2000;

/** A run with its name and what its log says about metrics. */
interface NamedRun extends RunLook {
  readonly path: string;
  readonly table: RunCurves;
  readonly fate: Fate;
  /** Pieces of its log that are no records, and the first of them. */
  readonly problems: number;
  readonly faults: readonly Fault[];
}

interface Logs {
  readonly runs: readonly NamedRun[];
  readonly metadata: SharedMetadata;
  /** The number of problems of each path. */
  readonly problems: ReadonlyMap<string, number>;
}

interface Wish {
  readonly axis: Axis;
  readonly smoothing: number;
  readonly logarithmic: boolean;
}

export const command = defineCommand({
  usage: 'LOG|DIR...',
  about:
    'Charts of metrics, several runs in one chart. In the terminal; as an image with --svg; with --html ' +
    'as a page that needs nothing else, to zoom and to hand on.',
  options: {
    metric: {
      ...METRIC_OPTION.metric,
      help: "the metrics of one chart: names, 'val*', '^train', -grad; again for another chart (default: a chart each)",
    },
    x: {
      type: 'string',
      value: 'AXIS',
      choices: AXES,
      help: `${AXES.join(', ')} (default: step, also called iteration)`,
    },
    smooth: {
      type: 'string',
      value: 'AMOUNT',
      help: 'how much of the past stays with each value, from 0 to below 1 (default: 0)',
    },
    log: { type: 'boolean', help: 'a logarithmic y axis' },
    height: {
      type: 'string',
      value: 'LINES',
      help: `lines of a chart in the terminal (default: ${DEFAULT_ROWS})`,
    },
    svg: { type: 'string', value: 'FILE', help: 'writes an image instead; - for standard output' },
    html: { type: 'string', value: 'FILE', help: 'writes a page instead; - for standard output' },
    ...ALL_SESSIONS,
  },
  operands: [1, Number.POSITIVE_INFINITY],

  async run({ options, operands, json, output }): Promise<ExitCode> {
    const wish: Wish = {
      axis: choiceOption('--x', options.x === 'iteration' ? 'step' : options.x, AXES),
      smoothing: numberOption('--smooth', options.smooth, 0, { least: 0, most: MAX_SMOOTHING }),
      logarithmic: options.log,
    };
    const rows = numberOption('--height', options.height, DEFAULT_ROWS, {
      least: 3,
      most: 200,
      integer: true,
    });
    const printed = [options.html === '-', options.svg === '-', json].filter(Boolean);
    if (printed.length > 1) {
      throw new UsageError('--json, --svg - and --html - print one answer: name files for others');
    }
    const choice = new MetricChoice(options.metric);
    const paths = await logsOf(operands, (error) => output.fail(error));
    const logs = await readLogs(paths, options['all-sessions'], output);
    const groups = chosen(choice, logs);
    if (json) await output.json(groups.flatMap((metrics) => series(metrics, logs, wish)));
    if (options.html !== undefined) {
      await writeOut(options.html, await page(groups.flat(), logs, wish), paths, output);
    }
    if (options.svg !== undefined) {
      const { drawSvg } = await import('../../plot/svg.js');
      const svg = drawSvg(groups.map((metrics) => figure(metrics, logs, wish)));
      await writeOut(options.svg, svg, paths, output);
    }
    if (!json && options.html === undefined && options.svg === undefined) {
      const text = new TextBytes();
      const style = output.hasColors ? output.style.bind(output) : undefined;
      const options = { columns: Math.min(output.columns, MAX_COLUMNS), rows, style };
      for (const metrics of groups) {
        if (metrics !== groups[0]) text.add('\n');
        drawInTerminal(text, figure(metrics, logs, wish), options);
        if (text.length >= TEXT_SIZE) await output.write(text.take());
      }
      if (text.length > 0) await output.write(text.take());
    }
    return tellProblems(logs.problems, output);
  },
});

async function readLogs(
  paths: readonly string[],
  showsAll: boolean,
  output: Output,
): Promise<Logs> {
  const runs: (Omit<NamedRun, keyof RunLook> & { name: string; begin: number })[] = [];
  const metadata = new SharedMetadata();
  const read = async (path: string, name: string): Promise<number> => {
    const log = new LogCurves(new RunFinder(showsAll));
    const { sink: table, ...found } = await readSettled(path, log, output);
    const end = await logEnd(path, found);
    for (const [run, rows] of namedRuns(name, table)) {
      const fate = fateOf(rows, { ...end, isLast: rows === table.runs.at(-1) });
      const { count, first } = found.problems;
      const faults = first.slice(0, MAX_FAULTS).map(({ line, message }) => ({ line, message }));
      const about = { path, fate, problems: count, faults };
      runs.push({ name: run, begin: rows.begin, table: rows, ...about });
    }
    metadata.learn(path, table.metadata);
    return found.problems.count;
  };
  const problems = await readEach(paths, read, () => runs.length > 0, output);
  return { runs: runLooks(runs), metadata, problems };
}

/** The metrics of each chart. */
function chosen(choice: MetricChoice, { runs }: Logs): string[][] {
  const known = [...new Set(runs.flatMap(({ table }) => [...table.metrics]))];
  if (known.length === 0) throw new UsageError('there are no numbers to plot');
  return choice.isAll ? known.map((metric) => [metric]) : choice.groups(known);
}

function figure(metrics: readonly string[], logs: Logs, wish: Wish): Figure {
  const { axis, smoothing } = wish;
  const logarithmic =
    wish.logarithmic &&
    metrics.some((metric) =>
      logs.runs.some(({ table }) => hasPositive(table.counts(metric, axis))),
    );
  const lines: Line[] = [];
  const isOnlyRun = logs.runs.length === 1;
  for (let index = 0; index < metrics.length; index++) {
    const metric = metrics[index] as string;
    for (const { label: run, style: runStyle, table } of logs.runs) {
      const curve = table.curve(metric, axis, { smoothing: 0, logarithmic });
      if (curve === undefined) continue;
      const smooth =
        smoothing > 0 ? table.curve(metric, axis, { smoothing, logarithmic }) : undefined;
      const label = metrics.length === 1 ? run : isOnlyRun ? metric : `${metric} ${run}`;
      const style = curveStyle(runStyle, index, isOnlyRun);
      const counts = table.counts(metric, axis);
      lines.push({ label: printable(label), style, curve, smooth, counts });
    }
  }
  const [first] = metrics;
  const title = printable(metrics.join(', '));
  return {
    title,
    unit: first === undefined ? '' : printable(unitOf(first, logs.metadata)),
    axis,
    logarithmic,
    wantsLog: wish.logarithmic,
    lines,
  };
}

function unitOf(metric: string, metadata: SharedMetadata): string {
  return describeMetric(metric, metadata.of(metric)).unit;
}

/** All points, for scripts. */
function series(metrics: readonly string[], { runs, metadata }: Logs, wish: Wish) {
  const { axis, smoothing } = wish;
  return metrics.flatMap((metric) =>
    runs.flatMap(({ path, name, table }) => {
      const raw = table.curve(metric, axis, PLAIN);
      const extent = raw?.extent();
      if (raw === undefined || extent === undefined) return [];
      const { x, y } = raw.sample(...extent, raw.length);
      const smooth =
        smoothing > 0 ? table.curve(metric, axis, { smoothing, logarithmic: false }) : undefined;
      return [
        {
          path,
          run: name,
          metric,
          unit: unitOf(metric, metadata),
          axis,
          x,
          y,
          ...(smooth && { smooth: smooth.sample(...extent, smooth.length).y }),
        },
      ];
    }),
  );
}

async function page(
  metrics: readonly string[],
  { runs, metadata }: Logs,
  view: Wish,
): Promise<string> {
  const { drawHtml } = await import('../../plot/html.js');
  const wanted = new Set(metrics);
  const smoothings = keptSmoothings(view.smoothing);
  const series = runs.map(({ table }) =>
    [...table.thinned(PAGE_BUCKETS, smoothings, wanted)].map(saveSeries),
  );
  const isThinned = series.flat().some(({ smoothed }) => smoothed.length > 0);
  return drawHtml({
    view,
    ...(isThinned && { smoothings: [0, ...smoothings] }),
    update: {
      watching: runs.map(({ name }) => name).join(', '),
      runs: runs.map(({ name, table, fate, problems, faults }, id) => {
        const about = describeRun(table, metadata);
        const kept = about.metrics.filter((metric) => wanted.has(metric));
        const figures = about.figures.filter(
          ({ metric }) => wanted.has(metric) || !about.metrics.includes(metric),
        );
        const told = { ...about, metrics: kept, figures };
        return { id, name, state: 'idle', note: '', fate, problems, faults, ...told };
      }),
      removed: [],
      metrics: metadata.metrics.map((metric) => describeMetric(metric, metadata.of(metric))),
    },
    series,
  });
}

/** @param logs The logs that were read, which must not be overwritten. */
async function writeOut(
  path: string,
  text: string,
  logs: readonly string[],
  output: Output,
): Promise<void> {
  const file = await openOutFile(path, logs, output);
  try {
    file.write(text);
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}
