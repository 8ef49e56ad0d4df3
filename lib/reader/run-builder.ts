import { Frame, type MetricColumn } from './columns.js';
import type { FlatRecord } from './flat-record.js';
import type { Shape } from './key-tree.js';
import { isObject } from './parse.js';
import { ProblemCounter } from './problems.js';
import type { Sink } from './scan.js';
import { SessionFinder } from './sessions.js';
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
  readonly #sessions = new SessionFinder();
  readonly #counts = { LOG: 0, METADATA: 0 };
  #begin = Number.NaN;
  #end = Number.NaN;
  /** The columns of the latest flat record. */
  #frame: Frame | undefined;
  #shape: Shape | undefined;
  #columns: MetricColumn[] = [];

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
    this.#moment(timestamp, elapsedtime, line);
    this.#counts.LOG++;
    if (stepLength === 0) this.#summary.push(record.entry(line, offset, length));
    const count = shape.names.length;
    if (count === 0) return;
    if (this.#frame?.depth !== stepLength || this.#shape !== shape) {
      const frame = this.#frameOf(stepLength);
      this.#frame = frame;
      this.#shape = shape;
      this.#columns = shape.names.map((name) => frame.metric(name));
    }
    const frame = this.#frame;
    const columns = this.#columns;
    const row = frame.length;
    for (let i = 0; i < stepLength; i++) frame.steps[i]?.push(step[i] as number);
    if (stepLength === 0) frame.labels.push('[]');
    frame.times.push(timestamp);
    frame.elapsed.push(elapsedtime);
    for (let i = 0; i < count; i++) columns[i]?.push(row, values[i] as number);
  }

  entry(entry: LogEntry): void {
    this.#moment(entry.timestamp, entry.elapsedtime, entry.line);
    this.#counts[entry.kind]++;
    if (entry.kind === 'METADATA') {
      const known = Object.entries(this.#metadata.get(entry.metric) ?? {});
      const all = [...known, ...Object.entries(entry.metadata)];
      // Unlike an assignment, takes `__proto__` for a name.
      this.#metadata.set(entry.metric, Object.fromEntries(all));
    } else if (entry.step === 'PARAMETER') {
      addAll(this.#parameters, entry.data);
    } else if (entry.step === 'ENVIRONMENT') {
      addAll(this.#environment, entry.data);
    } else {
      this.#values(entry);
    }
  }

  #values(entry: LogRecord): void {
    const { step, data, timestamp: time, elapsedtime, line } = entry;
    if (Array.isArray(step) && step.length === 0) this.#summary.push(entry);
    const frame = this.#frameOf(depthOf(step));
    let row: number | undefined;
    for (const [metric, value] of Object.entries(data)) {
      if (typeof value === 'number' || typeof value === 'boolean') {
        row ??= addRow(frame, step, time, elapsedtime);
        frame.metric(metric).push(row, Number(value));
      } else {
        const other = { step, value, time, line };
        const list = this.#others.get(metric);
        if (list === undefined) this.#others.set(metric, [other]);
        else list.push(other);
      }
    }
  }

  #moment(timestamp: number, elapsedtime: number, line: number): void {
    // The negations hold for NaN.
    if (!(timestamp >= this.#begin)) this.#begin = earlier(timestamp, this.#begin);
    if (!(timestamp <= this.#end)) this.#end = later(timestamp, this.#end);
    this.#sessions.add(timestamp, elapsedtime, line);
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
      sessions: this.#sessions.list(),
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

function addAll(map: Map<string, JsonValue>, data: JsonObject): void {
  for (const [name, value] of Object.entries(data)) map.set(name, value);
}

function earlier(a: number, b: number): number {
  return Number.isNaN(b) ? a : Number.isNaN(a) ? b : Math.min(a, b);
}

function later(a: number, b: number): number {
  return Number.isNaN(b) ? a : Number.isNaN(a) ? b : Math.max(a, b);
}

/** How many places a step has; 0 where it is no number and no list. */
function depthOf(step: JsonValue): number {
  if (typeof step === 'number') return 1;
  return Array.isArray(step) ? step.length : 0;
}

function addRow(frame: Frame, step: JsonValue, time: number, elapsed: number): number {
  const row = frame.length;
  const places: readonly JsonValue[] = Array.isArray(step) ? step : [step];
  for (let i = 0; i < frame.depth; i++) {
    const place = places[i];
    frame.steps[i]?.push(typeof place === 'number' ? place : Number.NaN);
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
