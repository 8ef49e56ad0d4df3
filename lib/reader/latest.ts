/** The part of a run that later sessions did not replace. */
import type { MetricColumn } from './columns.js';
import type { Series } from './types.js';

/** A series with only the values whose rows are kept; the series itself when all rows are kept. */
export function keptSeries(series: Series, column: MetricColumn, kept: Uint8Array): Series {
  const indices: number[] = [];
  for (let i = 0; i < series.length; i++) if (kept[column.row(i)] === 1) indices.push(i);
  if (indices.length === series.length) return series;
  const pick = (from: Float64Array) => Float64Array.from(indices, (i) => from[i] as number);
  const { metric, depth, steps, labels, values, times, elapsed } = series;
  return {
    ...{ metric, depth, length: indices.length, steps: steps.map(pick) },
    labels: depth === 0 ? indices.map((i) => labels[i] as string) : [],
    ...{ values: pick(values), times: pick(times), elapsed: pick(elapsed) },
  };
}

/** A list of logged items, each with its session and place. */
export class PlacedList<T> {
  readonly #items: T[] = [];
  readonly #sessions: number[] = [];
  readonly #places: (readonly number[])[] = [];

  add(item: T, session: number, place: readonly number[]): void {
    this.#items.push(item);
    this.#sessions.push(session);
    this.#places.push(place);
  }

  get all(): T[] {
    return [...this.#items];
  }

  /** The items that no later session replaced. */
  kept(isReplaced: (session: number, place: readonly number[]) => boolean): T[] {
    return this.#items.filter(
      (_, i) => !isReplaced(this.#sessions[i] as number, this.#places[i] as readonly number[]),
    );
  }
}
