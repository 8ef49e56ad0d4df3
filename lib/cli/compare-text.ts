/** A comparison of runs, as tables for people. */
import { labelCut } from '../plot/middle-cut.js';
import type { ComparedMetric, DifferingParameter } from '../runs/comparison.js';
import { commonWords } from '../runs/names.js';
import { printable } from './escape.js';
import type { Output } from './output.js';
import { type Heading, tableText, widthOf } from './table.js';
import { plainText, unitText, valueText } from './text.js';

/** With more runs than these, each run is a row. */
const MAX_COLUMNS = 3;
/** Limit on the columns of a run's label; longer ones are cut. */
const MAX_LABEL = 28;
const GAP = 2;

interface Comparison {
  /** Short names of the runs. */
  readonly labels: readonly string[];
  readonly parameters: readonly DifferingParameter[];
  readonly metrics: readonly ComparedMetric[];
}

/** A column of the table in which each run is a row. */
interface RunColumn {
  readonly heading: Heading;
  /** By run. */
  readonly cells: readonly string[];
}

export function comparisonText(comparison: Comparison, output: Output): string {
  const names = comparison.labels.map(printable);
  const common = commonWords(names);
  const labels = names.map((name) => labelCut(name, common, MAX_LABEL, widthOf));
  return labels.length > MAX_COLUMNS
    ? runsAsRows(comparison, labels, output)
    : runsAsColumns(comparison, labels, output);
}

function runsAsColumns(
  { parameters, metrics }: Comparison,
  labels: readonly string[],
  output: Output,
): string {
  const columns = labels.map((name) => ({ name, align: 'right' }) as const);
  const parts: string[] = [];
  if (parameters.length === 0) {
    parts.push('  no parameters differ');
  } else {
    const rows = parameters.map(({ name, values }) => [printable(name), ...values.map(parameter)]);
    parts.push(tableText([{ name: 'parameter' }, ...columns], rows, output));
  }
  const rows = metrics.flatMap((metric) =>
    figuresOf(metric, output).map(({ what, cells }) => [
      output.style('cyan', printable(metric.metric)) + unitText(metric.metadata),
      what,
      ...cells,
    ]),
  );
  if (rows.length > 0) {
    parts.push(tableText([{ name: 'metric' }, { name: 'value' }, ...columns], rows, output));
  }
  return parts.join('\n\n');
}

/** Rows of runs; columns that do not fit stand in further tables below. */
function runsAsRows(comparison: Comparison, labels: readonly string[], output: Output): string {
  const columns = runColumns(comparison, output);
  const first = { heading: { name: 'run' }, cells: labels };
  const tables: RunColumn[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const column of columns) {
    const width = widthOfColumn(column);
    if (used + width > output.room || tables.length === 0) {
      tables.push([first]);
      used = widthOfColumn(first);
    }
    tables.at(-1)?.push(column);
    used += width;
  }
  if (tables.length === 0) tables.push([first]);
  return tables
    .map((table) =>
      tableText(
        table.map(({ heading }) => heading),
        labels.map((_, run) => table.map(({ cells }) => cells[run] ?? '')),
        output,
      ),
    )
    .join('\n\n');
}

function runColumns({ parameters, metrics }: Comparison, output: Output): RunColumn[] {
  const right = (name: string): Heading => ({ name, align: 'right' });
  return [
    ...metrics.flatMap((metric) =>
      figuresOf(metric, output).map(({ what, cells }) => ({
        heading: right(`${printable(metric.metric)}${unitText(metric.metadata)} ${what}`),
        cells,
      })),
    ),
    ...parameters.map(({ name, values }) => ({
      heading: right(printable(name)),
      cells: values.map(parameter),
    })),
  ];
}

function widthOfColumn({ heading, cells }: RunColumn): number {
  return GAP + cells.reduce((most, cell) => Math.max(most, widthOf(cell)), widthOf(heading.name));
}

function parameter(value: DifferingParameter['values'][number]): string {
  return value === undefined ? '-' : plainText(value);
}

/** The final values of a metric, and the best ones where there is a goal. */
function figuresOf(
  { metric, metadata, goal, final, best, betterFinal, betterBest }: ComparedMetric,
  output: Output,
): { readonly what: string; readonly cells: readonly string[] }[] {
  const cells = (values: readonly (number | null)[], better: readonly number[]) =>
    values.map((value, i) => {
      if (value === null) return '- ';
      if (!Number.isFinite(value)) return `${output.style('red', String(value))} `;
      const text = valueText(metric, metadata, value);
      return better.includes(i) ? output.style('green', `${text}*`) : `${text} `;
    });
  const figures = [{ what: 'final', cells: cells(final, betterFinal) }];
  if (goal !== null) figures.push({ what: `best (${goal})`, cells: cells(best, betterBest) });
  return figures;
}
