/** The columns of the runs table, and a run's cells in them. */
import type { Figure, MetricInfo, RunFigures, RunInfo } from '../../plot/protocol.js';
import type { JsonValue } from '../../reader/types.js';
import type { Cell } from '../../runs/cell.js';
import type { Field } from '../../runs/conditions.js';
import { formatDuration, formatTime } from '../../runs/format.js';
import type { Goal } from '../../runs/goal.js';
import { numberText } from '../../runs/number-text.js';
import { stateWords } from './state.js';

export interface Column extends Field<RunInfo> {
  /** Unique, and stable from page to page. */
  readonly id: string;
  readonly unit: string;
  /** Which of the column's values is best; undefined where neither the logs nor the person say. */
  readonly goal: Goal | undefined;
  /** Whether the column is shown unless the person hides it. */
  readonly isUsual: boolean;
}

/** Columns that every run has. */
const RUN_COLUMNS = [
  runColumn('state', true, stateCell),
  runColumn('duration', true, durationCell),
  runColumn('started', true, ({ begin }) => (begin === null ? undefined : timeCell(begin))),
  runColumn('records', false, ({ records }) => numberCell(records)),
  runColumn('problems', false, ({ problems }) => numberCell(problems)),
];

/** The column of the runs' names, which is always shown. */
export const NAME_COLUMN = runColumn('name', true, ({ name }) => textCell(name));

function runColumn(name: string, isUsual: boolean, cell: Column['cell']): Column {
  return { id: name, kind: 'run', name, unit: '', goal: undefined, isUsual, cell };
}

/** Whether a column has numbers and nothing else. */
export function isNumeric({ cell }: Column, runs: readonly RunInfo[]): boolean {
  let hasNumber = false;
  for (const run of runs) {
    const value = cell(run)?.value;
    if (value === undefined) continue;
    if (typeof value !== 'number') return false;
    hasNumber = true;
  }
  return hasNumber;
}

/**
 * The columns that some runs have values in: metrics with a goal, the state, parameters, other results; each kind in
 * the order of appearance. So a narrow window shows which run is best, too.
 */
export function columnsOf(
  runs: readonly RunInfo[],
  about: (metric: string) => MetricInfo,
): Column[] {
  const [parameters, results, metrics] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const run of runs) {
    for (const [name] of run.parameters) parameters.add(name);
    for (const { metric } of run.figures) metrics.add(metric);
    for (const [name, value] of run.summary) if (!isFigure(value)) results.add(name);
  }
  const [state, ...others] = RUN_COLUMNS;
  const known = [...metrics].map(about);
  return [
    ...known.filter(({ goal }) => goal !== undefined).flatMap(metricColumns),
    ...(state === undefined ? [] : [state]),
    ...[...parameters].map((name) => valueColumn('parameter', name)),
    ...known.filter(({ goal }) => goal === undefined).flatMap(metricColumns),
    ...[...results].map((name) => valueColumn('result', name)),
    ...others,
  ];
}

/** The column with an id, whether or not any run has a value in it. */
export function columnOf(id: string, about: (metric: string) => MetricInfo): Column {
  const at = id.indexOf(':');
  const [kind, name] = [id.slice(0, at), id.slice(at + 1)];
  if (kind === 'parameter' || kind === 'result') return valueColumn(kind, name);
  const ofMetric = kind === 'last' || kind === 'best' ? metricColumns(about(name)) : [];
  return [...ofMetric, ...RUN_COLUMNS].find((column) => column.id === id) ?? NAME_COLUMN;
}

function valueColumn(kind: 'parameter' | 'result', name: string): Column {
  const id = `${kind}:${name}`;
  const cell = (run: RunInfo) =>
    cellOf(run, id, (told) => {
      const value = told[kind].get(name);
      return value === undefined ? undefined : valueCell(value);
    });
  return { id, kind, name, unit: '', goal: undefined, isUsual: true, cell };
}

/** Without a goal there is no best value. */
function metricColumns({ name, unit, goal }: MetricInfo): Column[] {
  const column = (kind: 'last' | 'best', figure: 'last' | Goal): Column => {
    const key = `${figure}:${name}`;
    const cell = (run: RunInfo) =>
      cellOf(run, key, ({ figures }) => {
        const found = figures.get(name);
        return found === undefined ? undefined : figureCell(found[figure]);
      });
    return { id: `${kind}:${name}`, kind, name, unit, goal, isUsual: true, cell };
  };
  const last = column('last', 'last');
  return goal === undefined ? [last] : [column('best', goal), last];
}

/** A run's values by name, and the cells made of them by key: `parameter:lr`, `min:loss`. */
interface Told {
  readonly parameter: ReadonlyMap<string, JsonValue>;
  readonly result: ReadonlyMap<string, JsonValue>;
  readonly figures: ReadonlyMap<string, RunFigures>;
  readonly cells: Map<string, Cell | undefined>;
}

const known = new WeakMap<RunInfo, Told>();

function cellOf(
  run: RunInfo,
  key: string,
  make: (told: Told) => Cell | undefined,
): Cell | undefined {
  let told = known.get(run);
  if (told === undefined) {
    const { parameters, summary, figures } = run;
    told = {
      parameter: new Map(parameters),
      result: new Map(summary),
      figures: new Map(figures.map((one) => [one.metric, one])),
      cells: new Map(),
    };
    known.set(run, told);
  }
  const { cells } = told;
  const made = cells.get(key);
  if (made !== undefined || cells.has(key)) return made;
  const cell = make(told);
  cells.set(key, cell);
  return cell;
}

/** Whether a result is among the run's figures. */
function isFigure(value: JsonValue): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || isNotFinite(value);
}

function isNotFinite(value: JsonValue): boolean {
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity';
}

function stateCell(run: RunInfo): Cell {
  const words = stateWords(run);
  return { ...textCell(words.join(', ')), words };
}

function textCell(text: string): Cell {
  return { value: text, text };
}

function numberCell(value: number): Cell {
  return { value, text: numberText(value) };
}

function valueCell(value: JsonValue): Cell {
  if (typeof value === 'number') return numberCell(value);
  return textCell(typeof value === 'string' ? value : JSON.stringify(value));
}

function figureCell(figure: Figure): Cell {
  if (typeof figure === 'number') return numberCell(figure);
  const [value, text] = typeof figure === 'string' ? [figure, figure] : figure;
  return { value: Number(value), text };
}

function timeCell(seconds: number): Cell {
  return { value: seconds, text: formatTime(seconds) };
}

function durationCell({ begin, end }: RunInfo): Cell | undefined {
  if (begin === null || end === null) return undefined;
  return { value: end - begin, text: formatDuration(end - begin) };
}
