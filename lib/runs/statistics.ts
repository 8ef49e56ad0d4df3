/** What `summary` tells of the runs in a log, gathered record by record. No record is kept. */
import type { FlatRecord } from '../reader/flat-record.js';
import type { RunFinder } from '../reader/run-finder.js';
import { assignValues, numberOf, ShapeColumns, stepComponents, stepKind } from '../reader/step.js';
import type { JsonValue, LogRecord, MetadataRecord, Session } from '../reader/types.js';
import { ByDepth } from './by-depth.js';
import { MetricStatistics, StatisticsRows } from './metric-statistics.js';
import { RunSplitter } from './run-splitter.js';

/** Depth of named steps, which tells them from `[]`. */
const NAMED = -1;

/** Limit on the epochs that are counted. */
const MAX_EPOCHS = 1_000_000;

/** The values of a metric that are not numbers. */
interface OtherStatistics {
  count: number;
  last: JsonValue;
}

/** One run of a log, without what later sessions replaced. */
export class RunStatistics {
  records = 0;
  begin = Number.POSITIVE_INFINITY;
  end = Number.NEGATIVE_INFINITY;
  readonly parameters = new Map<string, JsonValue>();
  readonly environment = new Map<string, JsonValue>();
  readonly others = new Map<string, OtherStatistics>();
  /** The first components of steps. */
  readonly #firsts = new Set<number>();
  #latest = Number.NaN;
  #depth = 0;
  readonly #rows = new StatisticsRows();
  readonly #metrics = new ByDepth(
    (metric, depth) => new MetricStatistics(metric, depth, this.#rows),
  );
  /** By shape: the row of each metric. */
  readonly #rowsOf = new ShapeColumns((metric, depth) => this.#metrics.at(metric, depth).row);

  flat(record: FlatRecord): void {
    const { shape, stepLength: depth, step, values } = record;
    this.moment(record.timestamp);
    if (depth > 0) this.#step(step[0] as number, depth);
    const rows = this.#rowsOf.of(record);
    const stepOf = () => record.stepValue;
    for (let i = 0; i < rows.length; i++) {
      const other = record.other(i);
      const number = other === undefined ? (values[i] as number) : numberOf(other);
      if (number !== undefined) this.#rows.add(rows[i] as number, number, stepOf);
      else this.#other(shape.names[i] as string, other as JsonValue);
    }
  }

  add(record: LogRecord): void {
    const { step, data } = record;
    this.moment(record.timestamp);
    const kind = stepKind(step);
    if (kind === 'parameter') assignValues(this.parameters, data);
    else if (kind === 'environment') assignValues(this.environment, data);
    else this.#values(record, kind === 'named' ? NAMED : stepComponents(step).length);
  }

  /** Counts a record. */
  moment(timestamp: number): void {
    this.records++;
    if (timestamp < this.begin) this.begin = timestamp;
    if (timestamp > this.end) this.end = timestamp;
  }

  #values({ step, data }: LogRecord, depth: number): void {
    const [first] = stepComponents(step);
    if (typeof first === 'number') this.#step(first, depth);
    for (const [metric, value] of Object.entries(data)) {
      const number = numberOf(value);
      if (number !== undefined)
        this.#rows.add(this.#metrics.at(metric, depth).row, number, () => step);
      else this.#other(metric, value);
    }
  }

  #other(metric: string, value: JsonValue): void {
    const known = this.others.get(metric);
    if (known === undefined) {
      this.others.set(metric, { count: 1, last: value });
    } else {
      known.count++;
      known.last = value;
    }
  }

  #step(first: number, depth: number): void {
    if (depth > this.#depth) this.#depth = depth;
    if (first === this.#latest) return;
    this.#latest = first;
    if (this.#firsts.size < MAX_EPOCHS) this.#firsts.add(first);
  }

  /** Metrics in the order of the file; of each, the deepest steps first. */
  get metrics(): MetricStatistics[] {
    return [...this.#metrics.values()].flatMap((list) =>
      list.filter(hasNumbers).sort((a, b) => b.depth - a.depth),
    );
  }

  /** The metrics that have numbers, in the order of the file. */
  get metricNames(): string[] {
    return [...this.#metrics].flatMap(([metric, list]) => (list.some(hasNumbers) ? [metric] : []));
  }

  /** The statistics of a metric: of the run, of epochs, of iterations ...; those of text steps come last. */
  levels(metric: string): readonly MetricStatistics[] {
    const list = this.#metrics.get(metric)?.filter(hasNumbers) ?? [];
    const rank = ({ depth }: MetricStatistics) => (depth < 0 ? Number.POSITIVE_INFINITY : depth);
    return list.length < 2 ? list : list.sort((a, b) => rank(a) - rank(b));
  }

  /** Whether steps have one component, which then counts steps and not epochs. */
  get hasPlainSteps(): boolean {
    return this.#depth === 1;
  }

  /** Number of epochs with records; 0 where steps name no epoch. */
  get epochs(): number {
    return this.hasPlainSteps ? 0 : this.#firsts.size;
  }

  /** Number of steps with records, where steps have one component; else 0. */
  get steps(): number {
    return this.hasPlainSteps ? this.#firsts.size : 0;
  }

  /** Seconds from the first to the last record; NaN when records have no times. */
  get duration(): number {
    return this.end >= this.begin ? this.end - this.begin : Number.NaN;
  }
}

function hasNumbers({ count, nans }: MetricStatistics): boolean {
  return count + nans > 0;
}

/** The figures of a log's runs. */
export class LogStatistics extends RunSplitter<RunStatistics> {
  constructor(finder?: RunFinder) {
    super(finder);
    this.run(0);
  }

  again(): LogStatistics {
    return new LogStatistics(this.finder.again());
  }

  /** The sessions of a run, by their starts. */
  sessions(run: number): Session[] {
    return this.finder.sessions(run);
  }

  /** How many records of a run later sessions replaced. */
  replaced(run: number): number {
    return this.finder.hiddenOf(run);
  }

  protected newRun(): RunStatistics {
    return new RunStatistics();
  }

  protected addFlat(run: RunStatistics, record: FlatRecord): void {
    run.flat(record);
  }

  protected addRecord(run: RunStatistics, record: LogRecord): void {
    run.add(record);
  }

  protected addMetadata({ timestamp }: MetadataRecord): void {
    if (this.holds) this.run(this.finder.run).moment(timestamp);
  }
}
