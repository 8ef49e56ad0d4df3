/** Decides what a step means, and what counts as a number, for every reader of logs. */
import type { FlatRecord } from './flat-record.js';
import type { Shape } from './key-tree.js';
import type { JsonObject, JsonValue } from './types.js';

/**
 * - `parameter`, `environment`: the record says what a run is, not what it measures
 * - `run`: `[]`, the results of the whole run
 * - `numbered`: `7`, `[0]`, `[0, 5]` and every other list with components
 * - `named`: text, an object, null or a boolean
 */
type StepKind = 'parameter' | 'environment' | 'run' | 'numbered' | 'named';

export function stepKind(step: JsonValue): StepKind {
  if (step === 'PARAMETER') return 'parameter';
  if (step === 'ENVIRONMENT') return 'environment';
  if (Array.isArray(step)) return step.length === 0 ? 'run' : 'numbered';
  return typeof step === 'number' ? 'numbered' : 'named';
}

/** Whether a record with this step says what a run is, and not what it measures. */
export function isDescription(step: JsonValue): boolean {
  return step === 'PARAMETER' || step === 'ENVIRONMENT';
}

const NO_COMPONENTS: readonly JsonValue[] = [];

/**
 * The components of a step, as written: epoch, iteration, validation iteration. A number is a step of
 * one component; `[]` and named steps have none. Their count is the depth of the step.
 */
export function stepComponents(step: JsonValue): readonly JsonValue[] {
  if (Array.isArray(step)) return step;
  return typeof step === 'number' ? [step] : NO_COMPONENTS;
}

/** The components up to the first that is not a finite number. They give a record its place on an axis. */
export function numericComponents(step: JsonValue): readonly number[] {
  const components = stepComponents(step);
  const end = components.findIndex((component) => !Number.isFinite(component));
  return (end === -1 ? components : components.slice(0, end)) as readonly number[];
}

/** The number of a value; `true` is 1 and `false` is 0. Undefined for text, null, a list and an object. */
export function numberOf(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'boolean' ? Number(value) : undefined;
}

/** Metadata of a metric that was described several times: later keys replace earlier ones. */
export function mergedMetadata(known: JsonObject | undefined, added: JsonObject): JsonObject {
  // Unlike an assignment, fromEntries() treats `__proto__` as a key.
  return known === undefined
    ? added
    : Object.fromEntries([...Object.entries(known), ...Object.entries(added)]);
}

/** Adds the values of a record by name; later ones replace earlier ones. */
export function assignValues(map: Map<string, JsonValue>, data: JsonObject): void {
  for (const [name, value] of Object.entries(data)) map.set(name, value);
}

/** The columns of a shape at steps of a depth. */
class Found<C> {
  readonly shape: Shape;
  readonly depth: number;
  readonly columns: readonly C[];
  /** What the next record had the last time. */
  next: Found<C> = this;

  constructor(shape: Shape, depth: number, columns: readonly C[]) {
    this.shape = shape;
    this.depth = depth;
    this.columns = columns;
  }
}

/**
 * Finds what a sink keeps for each metric, once for each shape and depth. The records of a run have few
 * shapes, and a look-up by name for each value would cost more than the rest of reading the value.
 */
export class ShapeColumns<C> {
  readonly #find: (metric: string, depth: number) => C;
  /** By depth and shape. Made for the second shape: most runs have one. */
  #known: Map<Shape, Found<C>>[] | undefined;
  #latest: Found<C> | undefined;

  /** @param find Returns, or creates, the column of a metric at steps of a depth. */
  constructor(find: (metric: string, depth: number) => C) {
    this.#find = find;
  }

  /** The columns of a record, in the order of its shape's names. */
  of({ shape, stepLength }: FlatRecord): readonly C[] {
    const latest = this.#latest;
    const isSame = latest?.shape === shape;
    if (isSame && latest.depth === stepLength) return latest.columns;
    const next = latest?.next;
    const hasDepth = next?.depth === stepLength;
    const found = next?.shape === shape && hasDepth ? next : this.#lookUp(shape, stepLength);
    if (latest !== undefined) latest.next = found;
    this.#latest = found;
    return found.columns;
  }

  #lookUp(shape: Shape, depth: number): Found<C> {
    const latest = this.#latest;
    if (latest !== undefined && this.#known === undefined) {
      this.#known = [];
      this.#remember(this.#known, latest);
    }
    const known = this.#known?.[depth]?.get(shape);
    if (known !== undefined) return known;
    const columns = shape.names.map((metric) => this.#find(metric, depth));
    const found = new Found(shape, depth, columns);
    if (this.#known !== undefined) this.#remember(this.#known, found);
    return found;
  }

  #remember(known: Map<Shape, Found<C>>[], found: Found<C>): void {
    const shapes = known[found.depth] ?? new Map<Shape, Found<C>>();
    known[found.depth] = shapes.set(found.shape, found);
  }
}
