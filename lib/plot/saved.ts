/** The data of a saved page, which has no server: the server's update, and all points that the page may show. */
import { type Axis, seriesOn } from '../runs/axis.js';
import { Curve } from '../runs/curve.js';
import { type Drawing, ExtremesIndex, type Values } from '../runs/extremes-index.js';
import { type CurveSource, PLAIN, wholeRange } from '../runs/query.js';
import type { ThinnedSeries } from '../runs/run-curves.js';
import { SortedIndex } from '../runs/sorted-index.js';
import { NO_COUNTS, type SeriesCounts } from '../runs/undrawn.js';
import type { Update } from './protocol.js';

/** Numbers of 8 bytes each, as base64 text. */
type Packed = string;

/** A `ThinnedSeries` with its numbers as text. */
interface SavedSeries extends Omit<ThinnedSeries, 'x' | 'y' | 'smoothed'> {
  readonly x: Readonly<Record<Axis, Packed>>;
  readonly y: Packed;
  readonly smoothed: readonly SavedSmoothed[];
}

interface SavedSmoothed {
  readonly smoothing: number;
  readonly y: Partial<Record<Axis, Packed>> & { readonly step: Packed };
}

export interface SavedPage {
  readonly view: {
    readonly axis?: Axis;
    readonly smoothing?: number;
    readonly logarithmic?: boolean;
  };
  readonly update: Update;
  /** The amounts of smoothing that the page can show, 0 among them; absent when it can show any. */
  readonly smoothings?: readonly number[];
  /** The series of each run, in the order of the update's runs. */
  readonly series: readonly (readonly SavedSeries[])[];
}

export function saveSeries(series: ThinnedSeries): SavedSeries {
  const { x, y, smoothed, ...rest } = series;
  return {
    ...rest,
    x: { step: pack(x.step), epoch: pack(x.epoch), time: pack(x.time), elapsed: pack(x.elapsed) },
    y: pack(y),
    smoothed: smoothed.map((one) => {
      const { step, epoch, time, elapsed } = one.y;
      const others = {
        ...(epoch && { epoch: pack(epoch) }),
        ...(time && { time: pack(time) }),
        ...(elapsed && { elapsed: pack(elapsed) }),
      };
      return { smoothing: one.smoothing, y: { step: pack(step), ...others } };
    }),
  };
}

/**
 * The amounts of smoothing that a page keeps of series too long to be saved whole: smoothing needs all
 * points, and the page has only some.
 *
 * @param wanted The amount that the page shows first.
 */
export function keptSmoothings(wanted: number): number[] {
  const amounts = [0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, wanted];
  return [...new Set(amounts)].filter((amount) => amount > 0).sort((a, b) => a - b);
}

/** A run whose numbers lie in the page. */
export class SavedRun implements CurveSource {
  readonly #byMetric = new Map<string, SavedSeries[]>();
  readonly #unpacked = new WeakMap<SavedSeries, Map<Axis, readonly [SortedIndex, Values]>>();

  constructor(series: readonly SavedSeries[]) {
    for (const one of series) {
      const list = this.#byMetric.get(one.metric) ?? [];
      list.push(one);
      this.#byMetric.set(one.metric, list);
    }
  }

  curve(metric: string, axis: Axis, drawing: Drawing): Curve | undefined {
    const series = seriesOn(axis, this.#byMetric.get(metric));
    if (series === undefined) return undefined;
    const [order, values] = this.#unpack(series, axis);
    const kept = series.smoothed.find(({ smoothing }) => smoothing === drawing.smoothing);
    const blocks =
      kept === undefined
        ? new ExtremesIndex(values, order, drawing)
        : new ExtremesIndex(smoothedOn(axis, kept), order, { ...drawing, smoothing: 0 });
    blocks.update();
    return new Curve(order.x, blocks);
  }

  extent(axis: Axis): readonly [from: number, to: number] | undefined {
    const extents = [...this.#byMetric.keys()].flatMap((metric) => {
      const extent = this.curve(metric, axis, PLAIN)?.extent();
      return extent === undefined ? [] : [extent];
    });
    return extents.length === 0 ? undefined : wholeRange(extents);
  }

  counts(metric: string, axis: Axis): SeriesCounts {
    const series = seriesOn(axis, this.#byMetric.get(metric));
    if (series === undefined) return NO_COUNTS;
    const { length, notFinite, notPositive, unplaced } = series;
    return { length, notFinite, notPositive, unplaced: unplaced[axis] };
  }

  #unpack(series: SavedSeries, axis: Axis): readonly [SortedIndex, Values] {
    const axes = this.#unpacked.get(series) ?? new Map<Axis, readonly [SortedIndex, Values]>();
    this.#unpacked.set(series, axes);
    let unpacked = axes.get(axis);
    if (unpacked === undefined) {
      const x = unpack(series.x[axis]);
      const y = unpack(series.y);
      unpacked = [
        new SortedIndex((index) => x[index] ?? Number.NaN),
        { data: y, length: y.length },
      ];
      axes.set(axis, unpacked);
    }
    return unpacked;
  }
}

function smoothedOn(axis: Axis, { y }: SavedSmoothed): Values {
  const data = unpack(y[axis] ?? y.step);
  return { data, length: data.length };
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
