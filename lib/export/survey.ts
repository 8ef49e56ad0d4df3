/** What a first reading of a log finds out about its table, for formats that must know it before the first row. */
import type { FlatRecord } from '../reader/flat-record.js';
import type { Shape } from '../reader/key-tree.js';
import type { RecordReceiver } from '../reader/log-scan.js';
import { assignValues, isDescription, mergedMetadata } from '../reader/step.js';
import type { JsonObject, JsonValue, LogEntry } from '../reader/types.js';
import { componentCells } from './table.js';

/** The kind of all values of a metric; `null` is of any kind. A metric of several kinds is text. */
type MetricKind = 'number' | 'boolean' | 'text';

const NUMBER = 1;
const BOOLEAN = 2;
const TEXT = 4;

/** The type that holds all numbers of a step's component. */
type ComponentKind = 'int32' | 'int64' | 'double';

/** Limit on times, in seconds: beyond it doubles do not tell microseconds apart. */
const MAX_SECONDS = Number.MAX_SAFE_INTEGER / 1e6;

/** Components of a step that have a column. */
const COMPONENTS = 3;

export class Survey implements RecordReceiver {
  readonly #kinds = new Map<string, number>();
  readonly #isWanted: (metric: string) => boolean;
  readonly #withDescriptions: boolean;
  /** Shapes of which a record of numbers alone was seen. */
  readonly #numeric = new Set<Shape>();
  readonly #components: ComponentKind[] = Array.from({ length: COMPONENTS }, () => 'int32');

  /** Whether all rows have a timestamp. */
  hasTimestamps = true;
  /** Whether all rows have an elapsed time. */
  hasElapsed = true;
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

  /** The wanted metrics, in the order in which they appear. */
  get metrics(): string[] {
    return [...this.#kinds.keys()].filter(this.#isWanted);
  }

  kindOf(metric: string): MetricKind {
    const kinds = this.#kinds.get(metric) ?? 0;
    if (kinds === BOOLEAN) return 'boolean';
    return kinds === NUMBER || kinds === 0 ? 'number' : 'text';
  }

  componentKind(index: number): ComponentKind {
    return this.#components[index] ?? 'double';
  }

  flat(record: FlatRecord): void {
    const { shape, step, stepLength, stepIsList } = record;
    this.#times(record);
    for (let i = 0; i < stepLength && i < COMPONENTS; i++) {
      const component = step[i] as number;
      if (component !== (component | 0)) this.#widen(stepIsList ? i : 1, component);
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
    this.#times(entry);
    for (const [i, component] of componentCells(step).slice(0, COMPONENTS).entries()) {
      if (typeof component === 'number' && component !== (component | 0)) {
        this.#widen(i, component);
      }
    }
    for (const [name, value] of Object.entries(data)) this.#add(name, value);
  }

  #times({ timestamp, elapsedtime }: FlatRecord | LogEntry): void {
    if (!isMoment(timestamp)) this.hasTimestamps = false;
    if (!isMoment(elapsedtime)) this.hasElapsed = false;
  }

  /** Widens the type of a component for a number that does not fit 32 bits. */
  #widen(index: number, component: number): void {
    if (!Number.isSafeInteger(component)) this.#components[index] = 'double';
    else if (this.#components[index] === 'int32') this.#components[index] = 'int64';
  }

  #add(metric: string, value: JsonValue): void {
    this.#kinds.set(metric, (this.#kinds.get(metric) ?? 0) | kindOf(value));
  }
}

/** Whether a time in seconds has exact microseconds. */
function isMoment(seconds: number): boolean {
  return Math.abs(seconds) < MAX_SECONDS;
}

function kindOf(value: JsonValue): number {
  if (value === null) return 0;
  if (typeof value === 'number') return NUMBER;
  return typeof value === 'boolean' ? BOOLEAN : TEXT;
}
