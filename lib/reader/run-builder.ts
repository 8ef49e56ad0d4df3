import { Frame, type MetricColumn } from './columns.js';
import type { FlatRecord } from './flat-record.js';
import { keptSeries, PlacedList } from './latest.js';
import type { RecordReceiver } from './log-scan.js';
import { isObject } from './parse.js';
import { ProblemCounter } from './problems.js';
import { RunFinder } from './run-finder.js';
import {
  assignValues,
  mergedMetadata,
  numberOf,
  numericComponents,
  ShapeColumns,
  stepComponents,
  stepKind,
} from './step.js';
import { END, finiteLength, type StepPlace } from './step-order.js';
import type {
  JsonObject,
  JsonValue,
  LogEntry,
  LogRecord,
  OtherValue,
  Problems,
  Run,
  RunView,
  Series,
} from './types.js';

/** Builds a run, record by record. `run()` may be called at any time, as a log grows. */
export class RunBuilder implements RecordReceiver {
  readonly #path: string;
  readonly #problems: Problems;
  readonly #frames = new Map<number, Frame>();
  readonly #parameters = new PlacedList<JsonObject>();
  readonly #environment = new PlacedList<JsonObject>();
  readonly #metadata = new Map<string, JsonObject>();
  readonly #others = new Map<string, PlacedList<OtherValue>>();
  readonly #summary = new PlacedList<LogRecord>();
  readonly #finder = new RunFinder();
  readonly #counts = { LOG: 0, METADATA: 0 };
  #begin = Number.NaN;
  #end = Number.NaN;
  readonly #columns = new ShapeColumns<MetricColumn>((metric, depth) =>
    this.#frameOf(depth).metric(metric),
  );
  /** The frame of the latest flat record. */
  #frame: Frame | undefined;

  constructor(path: string, problems: Problems = new ProblemCounter()) {
    this.#path = path;
    this.#problems = problems;
  }

  flat(record: FlatRecord, line: number, offset: number, length: number): void {
    if (record.hasOthers) {
      this.entry(record.entry(line, offset, length));
      return;
    }
    const { stepLength, shape, timestamp, elapsedtime, step, values } = record;
    this.#finder.flat(record, line);
    this.#moment(timestamp);
    this.#counts.LOG++;
    if (stepLength === 0) this.#result(record.entry(line, offset, length));
    const count = shape.names.length;
    if (count === 0) return;
    if (this.#frame?.depth !== stepLength) this.#frame = this.#frameOf(stepLength);
    const frame = this.#frame;
    const columns = this.#columns.of(record);
    const row = frame.length;
    this.#enter(frame, step, stepLength);
    for (let i = 0; i < stepLength; i++) frame.steps[i]?.push(step[i] as number);
    if (stepLength === 0) {
      frame.labels.push('[]');
      frame.places.set(row, END);
    }
    frame.times.push(timestamp);
    frame.elapsed.push(elapsedtime);
    for (let i = 0; i < count; i++) columns[i]?.push(row, values[i] as number);
  }

  entry(entry: LogEntry): void {
    this.#finder.entry(entry);
    this.#moment(entry.timestamp);
    this.#counts[entry.kind]++;
    if (entry.kind === 'METADATA') {
      const { metric, metadata } = entry;
      this.#metadata.set(metric, mergedMetadata(this.#metadata.get(metric), metadata));
      return;
    }
    const kind = stepKind(entry.step);
    if (kind === 'parameter') {
      this.#parameters.add(entry.data, this.#finder.session, DESCRIPTION);
    } else if (kind === 'environment') {
      this.#environment.add(entry.data, this.#finder.session, DESCRIPTION);
    } else {
      if (kind === 'run') this.#result(entry);
      this.#values(entry);
    }
  }

  #result(record: LogRecord): void {
    this.#summary.add(record, this.#finder.session, END);
  }

  #values({ step, data, timestamp: time, elapsedtime, line }: LogRecord): void {
    const frame = this.#frameOf(stepComponents(step).length);
    let row: number | undefined;
    for (const [metric, value] of Object.entries(data)) {
      const number = numberOf(value);
      if (number !== undefined) {
        row ??= this.#addRow(frame, step, time, elapsedtime);
        frame.metric(metric).push(row, number);
      } else {
        const other = { step, value, time, line };
        let list = this.#others.get(metric);
        if (list === undefined) {
          list = new PlacedList();
          this.#others.set(metric, list);
        }
        const places = numericComponents(step);
        list.add(other, this.#finder.session, places.length > 0 ? places : this.#placeOf(step));
      }
    }
  }

  #addRow(frame: Frame, step: JsonValue, time: number, elapsed: number): number {
    const row = frame.length;
    const places = numericComponents(step);
    this.#enter(frame, places, places.length);
    if (frame.depth === 0) frame.places.set(row, this.#placeOf(step));
    addRow(frame, step, time, elapsed);
    return row;
  }

  /** The place of a record whose step has no numbers. */
  #placeOf(step: JsonValue): StepPlace {
    return stepKind(step) === 'run' ? END : this.#finder.furthest(this.#finder.session);
  }

  /** Prepares a frame for the row of the latest record: its session, and its place if the step has no numbers. */
  #enter(frame: Frame, step: ArrayLike<number>, length: number): void {
    const { session } = this.#finder;
    frame.enter(session);
    if (frame.depth > 0 && finiteLength(step, length) === 0) {
      frame.places.set(frame.length, this.#finder.furthest(session));
    }
  }

  #moment(timestamp: number): void {
    // The negations hold for NaN.
    if (!(timestamp >= this.#begin)) this.#begin = earlier(timestamp, this.#begin);
    if (!(timestamp <= this.#end)) this.#end = later(timestamp, this.#end);
  }

  #frameOf(depth: number): Frame {
    const known = this.#frames.get(depth);
    if (known !== undefined) return known;
    const frame = new Frame(depth);
    this.#frames.set(depth, frame);
    return frame;
  }

  /** The run so far. `ringRecords` of its records came from a ring, and are not in the file. */
  run(ringRecords = 0): Run {
    const whole: RunView = {
      parameters: assigned(this.#parameters.all),
      environment: assigned(this.#environment.all),
      series: this.#series(),
      others: new Map([...this.#others].map(([metric, list]) => [metric, list.all])),
      summary: this.#summary.all,
    };
    let latest: RunView | undefined;
    const view = () => this.#latest(whole);
    return {
      path: this.#path,
      counts: { ...this.#counts },
      ringRecords,
      ...whole,
      metadata: new Map(this.#metadata),
      get latest() {
        latest ??= view();
        return latest;
      },
      sessions: this.#finder.sessions(),
      begin: this.#begin,
      end: this.#end,
      problems: this.#problems,
    };
  }

  #series(): Map<string, Series[]> {
    return this.#allSeries((metric, frame, column) => seriesOf(metric, frame, column));
  }

  /** The run without the records that later sessions replaced, as far as is known now. */
  #latest(whole: RunView): RunView {
    const finder = this.#finder;
    const isReplaced = (session: number, step: readonly number[]) =>
      finder.replaces(session, step, step === DESCRIPTION);
    const kept = new Map<Frame, Uint8Array | undefined>();
    for (const frame of this.#frames.values()) kept.set(frame, frame.kept(isReplaced));
    const series = this.#allSeries((metric, frame, column) => {
      const known = whole.series.get(metric)?.find(({ depth }) => depth === frame.depth);
      const rows = kept.get(frame);
      const one = known ?? seriesOf(metric, frame, column);
      return rows === undefined ? one : keptSeries(one, column, rows);
    });
    return {
      parameters: assigned(this.#parameters.kept(isReplaced)),
      environment: assigned(this.#environment.kept(isReplaced)),
      series,
      others: new Map(
        [...this.#others].map(([metric, list]) => [metric, list.kept(isReplaced)] as const),
      ),
      summary: this.#summary.kept(isReplaced),
    };
  }

  #allSeries(
    make: (metric: string, frame: Frame, column: MetricColumn) => Series,
  ): Map<string, Series[]> {
    const series = new Map<string, Series[]>();
    for (const frame of this.#frames.values()) {
      for (const [metric, column] of frame.metrics) {
        const list = series.get(metric);
        const one = make(metric, frame, column);
        if (one.length === 0) continue;
        if (list === undefined) series.set(metric, [one]);
        else list.push(one);
      }
    }
    for (const list of series.values()) list.sort((a, b) => b.length - a.length);
    return series;
  }
}

/** The place of the records that say what the run is: parameters and environment. */
const DESCRIPTION: StepPlace = [];

function assigned(records: readonly JsonObject[]): Map<string, JsonValue> {
  const values = new Map<string, JsonValue>();
  for (const data of records) assignValues(values, data);
  return values;
}

function earlier(a: number, b: number): number {
  return Number.isNaN(b) ? a : Number.isNaN(a) ? b : Math.min(a, b);
}

function later(a: number, b: number): number {
  return Number.isNaN(b) ? a : Number.isNaN(a) ? b : Math.max(a, b);
}

function addRow(frame: Frame, step: JsonValue, time: number, elapsed: number): void {
  const components = stepComponents(step);
  for (let i = 0; i < frame.depth; i++) {
    const component = components[i];
    frame.steps[i]?.push(typeof component === 'number' ? component : Number.NaN);
  }
  if (frame.depth === 0) frame.labels.push(labelOf(step));
  frame.times.push(time);
  frame.elapsed.push(elapsed);
}

function labelOf(step: JsonValue): string {
  if (typeof step === 'string') return step;
  return isObject(step) || Array.isArray(step) ? JSON.stringify(step) : String(step);
}

function seriesOf(metric: string, frame: Frame, column: MetricColumn): Series {
  return {
    metric,
    depth: frame.depth,
    length: column.values.length,
    steps: frame.steps.map((place) => column.pick(place)),
    labels: column.pickLabels(frame.labels),
    values: column.values.view(),
    times: column.pick(frame.times),
    elapsed: column.pick(frame.elapsed),
  };
}
