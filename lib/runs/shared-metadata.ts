import type { JsonObject } from '../reader/types.js';

/**
 * What several logs say about their metrics, for values that stand side by side. Of each key, such as `format`, the
 * word of the first log that has the key counts, and what that log says later.
 */
export class SharedMetadata {
  readonly #metrics = new Map<string, Shared>();

  /**
   * Takes in what a log says.
   *
   * @param from Tells the log apart from others, as its path does.
   * @returns The metrics of which something else is known now.
   */
  learn(from: string, metadata: ReadonlyMap<string, JsonObject>): string[] {
    const changed: string[] = [];
    for (const [metric, about] of metadata) {
      const known = this.#metrics.get(metric);
      const news = Object.entries(about).filter(([key, value]) => {
        const before = known?.from.get(key);
        return before === undefined || (before === from && known?.metadata[key] !== value);
      });
      if (known !== undefined && news.length === 0) continue;
      this.#metrics.set(metric, {
        metadata: Object.fromEntries([...Object.entries(known?.metadata ?? {}), ...news]),
        from: new Map([...(known?.from ?? []), ...news.map(([key]) => [key, from] as const)]),
      });
      changed.push(metric);
    }
    return changed;
  }

  of(metric: string): JsonObject | undefined {
    return this.#metrics.get(metric)?.metadata;
  }

  /** The metrics that a log has described. */
  get metrics(): string[] {
    return [...this.#metrics.keys()];
  }
}

interface Shared {
  readonly metadata: JsonObject;
  /** The log that each key is from. */
  readonly from: ReadonlyMap<string, string>;
}
