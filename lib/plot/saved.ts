/** The data of a page that needs no server: as the server would tell them, and all points it may show. */
import { type Axis, DEPTH_ORDER } from './axis.js';
import { Curve } from './curve.js';
import type { Update } from './protocol.js';
import type { CurveSource } from './query.js';
import type { ThinnedSeries } from './run-table.js';

/** Numbers as the base64 text of their 8 bytes each. */
type Packed = string;

interface SavedSeries {
  readonly metric: string;
  readonly depth: number;
  readonly length: number;
  readonly notFinite: number;
  readonly x: Readonly<Record<Axis, Packed>>;
  readonly y: Packed;
}

export interface SavedPage {
  readonly view: {
    readonly axis?: Axis;
    readonly smoothing?: number;
    readonly logarithmic?: boolean;
  };
  readonly update: Update;
  /** The series of each run, in the order of the update's runs. */
  readonly series: readonly (readonly SavedSeries[])[];
}

export function saveSeries(series: ThinnedSeries): SavedSeries {
  const { x, y, ...rest } = series;
  return {
    ...rest,
    x: { step: pack(x.step), epoch: pack(x.epoch), time: pack(x.time), elapsed: pack(x.elapsed) },
    y: pack(y),
  };
}

/** A run whose numbers lie in the page. */
export class SavedRun implements CurveSource {
  readonly #byMetric = new Map<string, SavedSeries[]>();
  readonly #curves = new Map<string, Curve>();

  constructor(series: readonly SavedSeries[]) {
    for (const one of series) {
      const depths = this.#byMetric.get(one.metric) ?? [];
      depths[one.depth] = one;
      this.#byMetric.set(one.metric, depths);
    }
  }

  curve(metric: string, axis: Axis, smoothing: number): Curve | undefined {
    const series = this.#series(metric, axis);
    if (series === undefined) return undefined;
    // Smoothed curves are made anew: a slider goes through many.
    const curve = smoothing === 0 ? this.#raw(series, axis) : makeCurve(series, axis, smoothing);
    curve.update();
    return curve;
  }

  notFinite(metric: string, axis: Axis): number {
    return this.#series(metric, axis)?.notFinite ?? 0;
  }

  #series(metric: string, axis: Axis): SavedSeries | undefined {
    const byDepth = this.#byMetric.get(metric);
    const depth = DEPTH_ORDER[axis].find((one) => byDepth?.[one] !== undefined);
    return depth === undefined ? undefined : byDepth?.[depth];
  }

  #raw(series: SavedSeries, axis: Axis): Curve {
    const key = JSON.stringify([series.metric, series.depth, axis]);
    const curve = this.#curves.get(key) ?? makeCurve(series, axis, 0);
    this.#curves.set(key, curve);
    return curve;
  }
}

function makeCurve(series: SavedSeries, axis: Axis, smoothing: number): Curve {
  const [x, y] = [unpack(series.x[axis]), unpack(series.y)];
  const at = (numbers: Float64Array) => (index: number) => numbers[index] ?? Number.NaN;
  return new Curve({ length: y.length, x: at(x), y: at(y) }, smoothing);
}

function pack(numbers: Float64Array): Packed {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function unpack(packed: Packed): Float64Array {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  return new Float64Array(bytes.buffer);
}
