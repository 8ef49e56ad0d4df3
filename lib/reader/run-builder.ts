import { Frame, type MetricColumn } from './columns.js';
import type { FlatRecord } from './flat-record.js';
import { isObject } from './parse.js';
import { ProblemCounter } from './problems.js';
import { RunFinder } from './run-finder.js';
import type { Sink } from './scan.js';
import {
  assignValues,
  mergedMetadata,
  numberOf,
  ShapeColumns,
  stepComponents,
  stepKind,
} from './step.js';
import type {
  JsonObject,
  JsonValue,
  LogEntry,
  LogRecord,
  OtherValue,
  Problems,
  Run,
  Series,
} from './types.js';

/** Puts a run together, record by record; `run()` may be asked for at any time, as a log grows. */
export class RunBuilder implements Sink {
  readonly #path: string;
  readonly #problems: Problems;
  readonly #frames = new Map<number, Frame>();
  readonly #parameters = new Map<string, JsonValue>();
  readonly #environment = new Map<string, JsonValue>();
  readonly #metadata = new Map<string, JsonObject>();
  readonly #others = new Map<string, OtherValue[]>();
  readonly #summary: LogRecord[] = [];
  readonly #finder = new RunFinder();
  readonly #counts = { LOG: 0, METADATA: 0 };
  #begin = Number.NaN;
  #end = Number.NaN;
  readonly #columns = new ShapeColumns<MetricColumn>((metric, depth) =>
    this.#frameOf(depth).metric(metric),
  );
  /** That of the latest flat record. */
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
    if (stepLength === 0) this.#summary.push(record.entry(line, offset, length));
    const count = shape.names.length;
    if (count === 0) return;
    if (this.#frame?.depth !== stepLength) this.#frame = this.#frameOf(stepLength);
    const frame = this.#frame;
    const columns = this.#columns.of(record);
    const row = frame.length;
    for (let i = 0; i < stepLength; i++) frame.steps[i]?.push(step[i] as number);
    if (stepLength === 0) frame.labels.push('[]');
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
      assignValues(this.#parameters, entry.data);
    } else if (kind === 'environment') {
      assignValues(this.#environment, entry.data);
    } else {
      if (kind === 'run') this.#summary.push(entry);
      this.#values(entry);
    }
  }

  #values({ step, data, timestamp: time, elapsedtime, line }: LogRecord): void {
    const frame = this.#frameOf(stepComponents(step).length);
    let row: number | undefined;
    for (const [metric, value] of Object.entries(data)) {
      const number = numberOf(value);
      if (number !== undefined) {
        row ??= addRow(frame, step, time, elapsedtime);
        frame.metric(metric).push(row, number);
      } else {
        const other = { step, value, time, line };
        const list = this.#others.get(metric);
        if (list === undefined) this.#others.set(metric, [other]);
        else list.push(other);
      }
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

  /** The run so far; of its records, `ringRecords` are not in the file. */
  run(ringRecords = 0): Run {
    return {
      path: this.#path,
      counts: { ...this.#counts },
      ringRecords,
      parameters: new Map(this.#parameters),
      environment: new Map(this.#environment),
      metadata: new Map(this.#metadata),
      series: this.#series(),
      others: new Map([...this.#others].map(([metric, list]) => [metric, [...list]])),
      summary: [...this.#summary],
      sessions: this.#finder.sessions(),
      begin: this.#begin,
      end: this.#end,
      problems: this.#problems,
    };
  }

  #series(): Map<string, Series[]> {
    const series = new Map<string, Series[]>();
    for (const frame of this.#frames.values()) {
      for (const [metric, column] of frame.metrics) {
        const list = series.get(metric);
        const one = seriesOf(metric, frame, column);
        if (list === undefined) series.set(metric, [one]);
        else list.push(one);
      }
    }
    for (const list of series.values()) list.sort((a, b) => b.length - a.length);
    return series;
  }
}

function earlier(a: number, b: number): number {
  return Number.isNaN(b) ? a : Number.isNaN(a) ? b : Math.min(a, b);
}

function later(a: number, b: number): number {
  return Number.isNaN(b) ? a : Number.isNaN(a) ? b : Math.max(a, b);
}

function addRow(frame: Frame, step: JsonValue, time: number, elapsed: number): number {
  const row = frame.length;
  const components = stepComponents(step);
  for (let i = 0; i < frame.depth; i++) {
    const component = components[i];
    frame.steps[i]?.push(typeof component === 'number' ? component : Number.NaN);
  }
  if (frame.depth === 0) frame.labels.push(labelOf(step));
  frame.times.push(time);
  frame.elapsed.push(elapsed);
  return row;
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
