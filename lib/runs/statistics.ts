/** What `summary` tells of the runs in a log, gathered record by record: no record is kept. */
import type { FlatRecord } from '../reader/flat-record.js';
import type { RecordReceiver } from '../reader/log-scan.js';
import { RunFinder } from '../reader/run-finder.js';
import {
  assignValues,
  mergedMetadata,
  numberOf,
  ShapeColumns,
  stepComponents,
  stepKind,
} from '../reader/step.js';
import type { JsonObject, JsonValue, LogEntry, LogRecord, Session } from '../reader/types.js';

/** How many components the steps have. */
type Depth = number;
/** The depth of named steps, which are told apart from `[]`. */
const NAMED: Depth = -1;

/** Epochs beyond this number are not told apart. */
const MAX_EPOCHS = 1_000_000;

/** The numbers of a metric at steps of one depth. */
export class MetricStatistics {
  readonly metric: string;
  readonly depth: Depth;
  /** Numbers, without NaN. */
  count = 0;
  nans = 0;
  first = Number.NaN;
  /** The value logged last, NaN too. */
  last = Number.NaN;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  minStep: JsonValue = null;
  maxStep: JsonValue = null;
  lastStep: JsonValue = null;
  #sum = 0;
  /** What rounding took from the sum (Neumaier). */
  #lost = 0;

  constructor(metric: string, depth: Depth) {
    this.metric = metric;
    this.depth = depth;
  }

  /** NaN where there are no numbers. */
  get mean(): number {
    const sum = Number.isFinite(this.#sum) ? this.#sum + this.#lost : this.#sum;
    return sum / this.count;
  }

  /** Whether its values end in NaN or infinity. */
  get diverged(): boolean {
    return this.count + this.nans > 0 && !Number.isFinite(this.last);
  }

  /** Takes a value; `step` is asked for only when it must be kept. */
  add(value: number, step: () => JsonValue): void {
    this.last = value;
    if (Number.isNaN(value)) {
      this.nans++;
      return;
    }
    const isFirst = this.count++ === 0;
    if (isFirst) this.first = value;
    // The first is both, also where it is infinite.
    if (isFirst || value < this.min) {
      this.min = value;
      this.minStep = step();
    }
    if (isFirst || value > this.max) {
      this.max = value;
      this.maxStep = step();
    }
    const sum = this.#sum + value;
    this.#lost +=
      Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }
}

/** What a metric logged that is no number. */
export interface OtherStatistics {
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
  readonly #metrics = new Map<string, MetricStatistics[]>();
  readonly #columns = new ShapeColumns((metric, depth) => this.#metric(metric, depth));

  flat(record: FlatRecord): void {
    const { shape, stepLength: depth, step, values } = record;
    this.moment(record.timestamp);
    if (depth > 0) this.#step(step[0] as number, depth);
    const columns = this.#columns.of(record);
    const stepOf = () => record.stepValue;
    for (let i = 0; i < columns.length; i++) {
      const other = record.other(i);
      const number = other === undefined ? (values[i] as number) : numberOf(other);
      if (number !== undefined) columns[i]?.add(number, stepOf);
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

  #values({ step, data }: LogRecord, depth: Depth): void {
    const [first] = stepComponents(step);
    if (typeof first === 'number') this.#step(first, depth);
    for (const [metric, value] of Object.entries(data)) {
      const number = numberOf(value);
      if (number !== undefined) this.#metric(metric, depth).add(number, () => step);
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

  #step(first: number, depth: Depth): void {
    if (depth > this.#depth) this.#depth = depth;
    if (first === this.#latest) return;
    this.#latest = first;
    if (this.#firsts.size < MAX_EPOCHS) this.#firsts.add(first);
  }

  #metric(name: string, depth: Depth): MetricStatistics {
    let list = this.#metrics.get(name);
    if (list === undefined) {
      list = [];
      this.#metrics.set(name, list);
    }
    let found = list.find((one) => one.depth === depth);
    if (found === undefined) {
      found = new MetricStatistics(name, depth);
      list.push(found);
    }
    return found;
  }

  /** Metrics in the order of the file; of each, the deepest steps first. */
  get metrics(): MetricStatistics[] {
    return [...this.#metrics.values()].flatMap((list) =>
      list.filter(({ count, nans }) => count + nans > 0).sort((a, b) => b.depth - a.depth),
    );
  }

  /** Whether its steps have one component: they are steps then, and no epochs. */
  get hasPlainSteps(): boolean {
    return this.#depth === 1;
  }

  /** How many epochs have records; 0 where steps name none. */
  get epochs(): number {
    return this.hasPlainSteps ? 0 : this.#firsts.size;
  }

  /** How many steps have records, where steps have one component; else 0. */
  get steps(): number {
    return this.hasPlainSteps ? this.#firsts.size : 0;
  }

  /** Seconds from the first to the last record; NaN where they have no times. */
  get duration(): number {
    return this.end >= this.begin ? this.end - this.begin : Number.NaN;
  }
}

/** The runs of a log. */
export class LogStatistics implements RecordReceiver {
  readonly metadata = new Map<string, JsonObject>();
  readonly runs: RunStatistics[] = [new RunStatistics()];
  readonly #finder: RunFinder;

  constructor(finder = new RunFinder()) {
    this.#finder = finder;
  }

  /** Whether these are the log's figures; else it is to be read anew, into what `again()` gives. */
  get isSettled(): boolean {
    return this.#finder.isSettled;
  }

  again(): LogStatistics {
    return new LogStatistics(this.#finder.again());
  }

  flat(record: FlatRecord, line: number): void {
    const finder = this.#finder;
    finder.flat(record, line);
    if (!finder.isHidden && finder.isSettled) this.#run(finder.run).flat(record);
  }

  entry(entry: LogEntry): void {
    const finder = this.#finder;
    finder.entry(entry);
    if (entry.kind === 'METADATA') {
      const { metric, metadata } = entry;
      this.metadata.set(metric, mergedMetadata(this.metadata.get(metric), metadata));
    }
    if (finder.isHidden || !finder.isSettled) return;
    const run = this.#run(finder.run);
    if (entry.kind === 'METADATA') run.moment(entry.timestamp);
    else run.add(entry);
  }

  /** The sessions of a run, by their starts. */
  sessions(run: number): Session[] {
    return this.#finder.sessions(run);
  }

  /** How many records of a run later sessions replaced. */
  replaced(run: number): number {
    return this.#finder.hiddenOf(run);
  }

  #run(index: number): RunStatistics {
    while (this.runs.length <= index) this.runs.push(new RunStatistics());
    return this.runs[index] as RunStatistics;
  }
}
