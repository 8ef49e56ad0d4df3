/** What the dashboard's server and page tell each other. */
import type { JsonValue } from '../reader/types.js';
import type { Sample } from '../runs/curve.js';
import type { Fate } from '../runs/fate.js';
import type { Goal } from '../runs/goal.js';
import type { ChartAnswer, CurveAnswer } from '../runs/query.js';
import type { SeriesCounts } from '../runs/undrawn.js';

/** Header that the page sends with each query. Browsers do not let pages of other servers send it. */
export const PAGE_HEADER = 'x-dllogger-page';

/**
 * - `reading`: the content of the log so far is being read
 * - `live`: the log grew within the last seconds
 * - `idle`: the log is followed, and does not grow
 * - `waiting`: the log does not exist yet
 * - `gone`: the log was removed; what was read is still shown
 * - `failed`: the log cannot be read; `note` says why
 */
export type RunState = 'reading' | 'live' | 'idle' | 'waiting' | 'gone' | 'failed';

/**
 * A number in a form that JSON can hold: NaN and infinities as text. A pair adds the text in the metric's format,
 * where the metadata give a format.
 */
export type Figure = number | string | readonly [value: number, text: string];

/** The figures of a metric in a run. */
export interface RunFigures {
  readonly metric: string;
  readonly last: Figure;
  readonly min: Figure;
  readonly max: Figure;
}

/** A piece of a log that is not a record. */
export interface Fault {
  /** Counted from 1; 0 for the file as a whole. */
  readonly line: number;
  readonly message: string;
}

/** A run in the dashboard's list. */
export interface RunInfo {
  readonly id: number;
  readonly name: string;
  readonly state: RunState;
  /** A note on the state; may be empty. */
  readonly note: string;
  readonly fate: Fate;
  readonly records: number;
  /** Number of pieces of the log that are not records. */
  readonly problems: number;
  /** The first of these pieces. */
  readonly faults: readonly Fault[];
  /** Seconds since 1970-01-01 UTC, null where the log does not say. */
  readonly begin: number | null;
  readonly end: number | null;
  /** The metrics that have numbers. */
  readonly metrics: readonly string[];
  readonly parameters: readonly (readonly [name: string, value: JsonValue])[];
  /** The metrics whose values are all the same. */
  readonly constant: readonly string[];
  /** The metrics whose values end in NaN or infinity. */
  readonly diverged: readonly string[];
  /** The values logged for the whole run. */
  readonly summary: readonly (readonly [name: string, value: JsonValue])[];
  readonly figures: readonly RunFigures[];
}

/** What a log's metadata say about a metric. */
export interface MetricInfo {
  readonly name: string;
  readonly unit: string;
  /** Which value of the metric is best; undefined where the log does not say. */
  readonly goal: Goal | undefined;
}

/** What changed. The first update after connecting has everything. */
export interface Update {
  /** Name of what is watched, for people. */
  readonly watching: string;
  readonly runs: readonly RunInfo[];
  /** Ids of runs that no longer exist: their log was replaced by one with fewer runs. */
  readonly removed: readonly number[];
  readonly metrics: readonly MetricInfo[];
}

/** A curve without its numbers. */
interface CurveHeader extends SeriesCounts {
  readonly run: number;
  /** Number of raw points. */
  readonly raw: number;
  /** Number of smoothed points; undefined without smoothing. */
  readonly smooth: number | undefined;
}

interface AnswerHeader {
  readonly metric: string;
  readonly logarithmic: boolean;
  readonly curves: readonly CurveHeader[];
}

const WORD = Float64Array.BYTES_PER_ELEMENT;

/**
 * Charts as bytes: the length of the header, the header (JSON, padded with spaces), then numbers in the
 * header's order. For each chart: its range. For each curve of the chart: extent, last, smoothLast, x and
 * y of the raw points, x and y of the smoothed points.
 */
export function encodeCharts(charts: readonly ChartAnswer[]): Uint8Array {
  const numbers: (readonly number[] | Float64Array)[] = [];
  const header: AnswerHeader[] = charts.map(({ metric, range, logarithmic, curves }) => {
    numbers.push(range);
    return {
      metric,
      logarithmic,
      curves: curves.map(({ raw, smooth, extent, last, smoothLast, ...curve }) => {
        numbers.push(extent, [last, smoothLast], raw.x, raw.y);
        if (smooth !== undefined) numbers.push(smooth.x, smooth.y);
        return { ...curve, raw: raw.x.length, smooth: smooth?.x.length };
      }),
    };
  });
  const text = new TextEncoder().encode(JSON.stringify(header));
  const begin = WORD + Math.ceil(text.length / WORD) * WORD;
  const count = numbers.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(begin + count * WORD);
  new DataView(bytes.buffer).setUint32(0, begin - WORD, true);
  bytes.fill(0x20, WORD, begin);
  bytes.set(text, WORD);
  const values = new Float64Array(bytes.buffer, begin);
  let at = 0;
  for (const list of numbers) {
    values.set(list, at);
    at += list.length;
  }
  return bytes;
}

export function decodeCharts(buffer: ArrayBuffer): ChartAnswer[] {
  const begin = WORD + new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, WORD, begin - WORD));
  const header = JSON.parse(text) as AnswerHeader[];
  const values = new Float64Array(buffer, begin);
  let at = 0;
  const take = (length: number): Float64Array => {
    const taken = values.subarray(at, at + length);
    at += length;
    return taken;
  };
  const takePair = (): readonly [number, number] => {
    const [first = Number.NaN, second = Number.NaN] = take(2);
    return [first, second];
  };
  const takeSample = (length: number): Sample => ({
    x: take(length),
    y: take(length),
    index: new Uint32Array(0),
  });
  return header.map(({ metric, logarithmic, curves }) => ({
    metric,
    range: takePair(),
    logarithmic,
    curves: curves.map(({ raw, smooth, ...curve }): CurveAnswer => {
      const extent = takePair();
      const [last, smoothLast] = takePair();
      const numbers = { extent, last, smoothLast, raw: takeSample(raw) };
      return {
        ...curve,
        ...numbers,
        ...(smooth !== undefined && { smooth: takeSample(smooth) }),
      };
    }),
  }));
}
