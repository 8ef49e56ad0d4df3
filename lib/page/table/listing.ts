/** The runs that the table lists, their order and columns, and which of their values are best. */
import type { RunInfo } from '../../plot/protocol.js';
import { ConditionError, parseConditions } from '../../runs/conditions.js';
import type { Model } from '../model.js';
import { sortedRuns } from '../runs/order.js';
import { isChosen } from './choice.js';
import { type Column, columnsOf, isNumeric, NAME_COLUMN } from './columns.js';

export interface Listing {
  /** All columns except the names, shown or not. */
  readonly columns: readonly Column[];
  /** The columns that are shown. */
  readonly shown: readonly Column[];
  /** The runs that match the filter. */
  readonly rows: readonly RunInfo[];
  /** The listed runs that are chosen. */
  readonly chosen: readonly RunInfo[];
  /** Whether none of the chosen runs has a better value of a column. */
  readonly isBest: (column: Column, run: RunInfo) => boolean;
  /** Whether the rows have numbers, and nothing else, in a column. */
  readonly isNumeric: (column: Column) => boolean;
  /** What is wrong with the filter; empty for a valid one. */
  readonly error: string;
}

/** Lists what the view asks for; an invalid filter leaves the last valid one in force. */
export class Lister {
  readonly #model: Model;
  #understood = '';
  #columns: readonly Column[] = [];
  /** The version and the goals that the columns were made from. */
  #made: readonly [version: number, goals: unknown] | undefined;

  constructor(model: Model) {
    this.#model = model;
  }

  list(): Listing {
    const { runs, view } = this.#model;
    const { columns: toggled, differing, order } = view;
    const about = (metric: string) => this.#model.metric(metric);
    const columns = this.#columnsNow();
    const [matches, error] = this.#matches([NAME_COLUMN, ...columns]);
    const rows = sortedRuns(runs, order, about).filter(matches);
    const chosen = rows.filter((run) => isChosen(this.#model, run));
    const wanted = columns.filter(({ id, isUsual }) => isUsual !== toggled.has(id));
    const shown = differing ? wanted.filter((column) => differs(column, chosen)) : wanted;
    const best = perColumn((column) => bestOf(column, chosen));
    return {
      ...{ columns, shown, rows, chosen, error },
      isBest: (column, { id }) => best(column).has(id),
      isNumeric: perColumn((column) => isNumeric(column, rows)),
    };
  }

  #columnsNow(): readonly Column[] {
    const { version, view, runs } = this.#model;
    if (this.#made?.[0] !== version || this.#made[1] !== view.goals) {
      this.#columns = columnsOf(runs, (metric) => this.#model.metric(metric));
      this.#made = [version, view.goals];
    }
    return this.#columns;
  }

  #matches(columns: readonly Column[]): [(run: RunInfo) => boolean, error: string] {
    const { where } = this.#model.view;
    try {
      const matches = parseConditions(where, columns);
      this.#understood = where;
      return [matches, ''];
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      return [this.#before(columns), error.message];
    }
  }

  #before(columns: readonly Column[]): (run: RunInfo) => boolean {
    try {
      return parseConditions(this.#understood, columns);
    } catch {
      // Columns that the filter names are gone.
      return () => true;
    }
  }
}

/** A function that computes a column's value on the first call and remembers it. */
function perColumn<T>(of: (column: Column) => T): (column: Column) => T {
  const found = new Map<string, T>();
  return (column) => {
    const known = found.get(column.id);
    if (known !== undefined) return known;
    const value = of(column);
    found.set(column.id, value);
    return value;
  };
}

/** Whether runs differ in a column. A column that every run has always counts as differing. */
export function differs(column: Column, runs: readonly RunInfo[]): boolean {
  if (column.kind === 'run') return true;
  const first = runs[0] && column.cell(runs[0])?.text;
  return runs.some((run) => column.cell(run)?.text !== first);
}

/** The runs that have a column's best value; none if all values are the same. */
function bestOf({ goal, cell }: Column, runs: readonly RunInfo[]): ReadonlySet<number> {
  if (goal === undefined) return NO_RUN;
  let best = Number.NaN;
  const values = runs.map((run) => Number(cell(run)?.value ?? Number.NaN));
  const finite = values.filter((value) => Number.isFinite(value));
  if (new Set(finite).size < 2) return NO_RUN;
  for (const value of finite) {
    if (!(goal === 'min' ? value >= best : value <= best)) best = value;
  }
  return new Set(runs.flatMap(({ id }, i) => (values[i] === best ? [id] : [])));
}

const NO_RUN: ReadonlySet<number> = new Set();
