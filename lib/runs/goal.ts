/** Which value of a metric is better: by the metric's metadata, or by what the user says instead. */
import type { JsonObject } from '../reader/types.js';

/** Whether the least or the largest value is the best. */
export type Goal = 'min' | 'max';

const LEAST = /^(min|low|small|less|down|desc|decreas)/i;
const LARGEST = /^(max|high|great|large|more|up|asc|increas)/i;

/** The goal that a text names, in any case and spelling: `MINIMIZE`, `minimise`, `Max`, `lower is better`. */
export function goalNamed(text: string): Goal | undefined {
  const word = text.trim();
  if (LEAST.test(word)) return 'min';
  return LARGEST.test(word) ? 'max' : undefined;
}

/** The goal in a metric's metadata, whose key is `GOAL` in any case; undefined where the log does not say. */
export function goalOf(metadata: JsonObject | undefined): Goal | undefined {
  for (const [key, value] of Object.entries(metadata ?? {})) {
    if (key.toUpperCase() !== 'GOAL' || typeof value !== 'string') continue;
    const goal = goalNamed(value);
    if (goal !== undefined) return goal;
  }
  return undefined;
}

/** Tells whether a name is meant. */
type NamePredicate = (name: string) => boolean;

/** The goals of metrics. The user's goals override those of the log. */
export class Goals {
  readonly #min: NamePredicate;
  readonly #max: NamePredicate;

  /** @param min Tells the metrics whose least value is the best; `max` tells those whose largest value is. */
  constructor(min: NamePredicate = NO_METRIC, max: NamePredicate = NO_METRIC) {
    this.#min = min;
    this.#max = max;
  }

  of(metric: string, metadata: JsonObject | undefined): Goal | undefined {
    if (this.#min(metric)) return 'min';
    return this.#max(metric) ? 'max' : goalOf(metadata);
  }
}

const NO_METRIC: NamePredicate = () => false;
