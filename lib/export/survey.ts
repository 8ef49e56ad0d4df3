/** What a first reading of a log finds out about its table, for formats that must know it before the first row. */
import type { FlatRecord } from '../reader/flat-record.js';
import type { Shape } from '../reader/key-tree.js';
import type { Sink } from '../reader/scan.js';
import { assignValues, isDescription, mergedMetadata, stepComponents } from '../reader/step.js';
import type { JsonObject, JsonValue, LogEntry } from '../reader/types.js';

/** What all values of a metric are; `null` is any of them. A metric of several kinds is text. */
export type MetricKind = 'number' | 'boolean' | 'text';

const NUMBER = 1;
const BOOLEAN = 2;
const TEXT = 4;

/** Components of a step that have a column. */
const COMPONENTS = 3;

export class Survey implements Sink {
  readonly #kinds = new Map<string, number>();
  readonly #isWanted: (metric: string) => boolean;
  readonly #withDescriptions: boolean;
  /** Shapes of which a record of numbers alone was seen. */
  readonly #numeric = new Set<Shape>();
  readonly #isWhole = Array.from({ length: COMPONENTS }, () => true);

  /** Values of the records with step `'PARAMETER'`. */
  readonly parameters = new Map<string, JsonValue>();
  /** Values of the records with step `'ENVIRONMENT'`. */
  readonly environment = new Map<string, JsonValue>();
  /** What is known about each metric. */
  readonly metadata = new Map<string, JsonObject>();

  /** @param withDescriptions Whether records of parameters and environment are rows of the table. */
  constructor(isWanted: (metric: string) => boolean, withDescriptions: boolean) {
    this.#isWanted = isWanted;
    this.#withDescriptions = withDescriptions;
  }

  /** Those that are wanted, in the order in which they appear. */
  get metrics(): string[] {
    return [...this.#kinds.keys()].filter(this.#isWanted);
  }

  kindOf(metric: string): MetricKind {
    const kinds = this.#kinds.get(metric) ?? 0;
    if (kinds === BOOLEAN) return 'boolean';
    return kinds === NUMBER || kinds === 0 ? 'number' : 'text';
  }

  /** Whether a component of all steps, where they have it as a number, is a whole one. */
  isWhole(component: number): boolean {
    return this.#isWhole[component] === true;
  }

  flat(record: FlatRecord): void {
    const { shape, step, stepLength } = record;
    for (let i = 0; i < stepLength && i < COMPONENTS; i++) {
      if (!Number.isSafeInteger(step[i])) this.#isWhole[i] = false;
    }
    if (record.hasOthers) {
      for (const [i, name] of shape.names.entries()) {
        const other = record.other(i);
        this.#add(name, other === undefined ? (record.values[i] as number) : other);
      }
    } else if (!this.#numeric.has(shape)) {
      this.#numeric.add(shape);
      for (const name of shape.names) this.#add(name, 0);
    }
  }

  entry(entry: LogEntry): void {
    if (entry.kind === 'METADATA') {
      const { metric, metadata } = entry;
      this.metadata.set(metric, mergedMetadata(this.metadata.get(metric), metadata));
      return;
    }
    const { step, data } = entry;
    if (isDescription(step)) {
      assignValues(step === 'PARAMETER' ? this.parameters : this.environment, data);
      if (!this.#withDescriptions) return;
    }
    for (const [i, component] of stepComponents(step).slice(0, COMPONENTS).entries()) {
      if (typeof component === 'number' && !Number.isSafeInteger(component))
        this.#isWhole[i] = false;
    }
    for (const [name, value] of Object.entries(data)) this.#add(name, value);
  }

  #add(metric: string, value: JsonValue): void {
    this.#kinds.set(metric, (this.#kinds.get(metric) ?? 0) | kindOf(value));
  }
}

function kindOf(value: JsonValue): number {
  if (value === null) return 0;
  if (typeof value === 'number') return NUMBER;
  return typeof value === 'boolean' ? BOOLEAN : TEXT;
}
