/**
 * What can be logged, and the words that refuse the rest. The only place that decides it: the
 * encoder, the JSON text and the Python text all ask here, so that they cannot disagree.
 */
import { types } from 'node:util';

/**
 * A number that stays a float: `float(1)` is written `1.0`, where `1` is written `1`.
 * Custom backends see it as an object whose `valueOf()` is the number.
 */
export class Float {
  readonly #value: number;

  /** @throws TypeError when `value` is not a number. */
  constructor(value: number) {
    if (typeof value !== 'number') {
      throw new TypeError(`float() takes a number, not ${describe(value)}`);
    }
    this.#value = value;
  }

  /** @internal The number, whatever a subclass makes of valueOf(). */
  static numberOf(value: Float): number {
    return value.#value;
  }

  /** The number, where one is asked for. */
  valueOf(): number {
    return this.#value;
  }

  /** The number, as JSON has it. */
  toJSON(): number {
    return this.#value;
  }

  /** As Python prints it: `1.0`. */
  toString(): string {
    return String(this.#value);
  }
}

/**
 * Marks a number as a Python float, so that whole numbers print with `.0`.
 *
 * @param value the number.
 * @returns a wrapper whose `valueOf()` is the number.
 * @throws TypeError when `value` is not a number.
 */
export function float(value: number): Float {
  return new Float(value);
}

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Names and values, in the order in which they are written. */
export type Named = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>;

/** A value after everything JavaScript-only is peeled off it. */
export type Resolved =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Float
  | TypedArray
  | readonly unknown[]
  | Named;

/** Python's recursion limit stops its json module near here too. */
const MAX_DEPTH = 1000;

/** Where in a record a value stands: names it in errors, and notices circular references. */
export class Place {
  private readonly root: string;
  private readonly name: string | undefined;
  private readonly outer: Place | undefined;
  private readonly container: object | undefined;
  private readonly depth: number;
  private innermost: string | number = '';

  /**
   * @param root what the errors call the outermost value: `'step'`, `'metric'`.
   * @param name the metric's name, in quotes behind it.
   * @param outer the place of the container; for `enter()`.
   */
  constructor(root: string, name?: string, outer?: Place, container?: object) {
    this.root = root;
    this.name = name;
    this.outer = outer;
    this.container = container;
    this.depth = outer === undefined ? 0 : outer.depth + 1;
  }

  /** The place of the elements of a container that stands here; `at` tells which. */
  enter(container: object): Place {
    for (let place: Place | undefined = this; place !== undefined; place = place.outer) {
      if (place.container === container) {
        throw new TypeError(`${this} is circular: it contains itself, which cannot be logged`);
      }
    }
    if (this.depth === MAX_DEPTH) {
      throw new TypeError(
        `${this.label()} is nested deeper than ${MAX_DEPTH} levels, which cannot be logged`,
      );
    }
    return new Place(this.root, this.name, this, container);
  }

  /** Names the element that comes next. */
  at(key: string | number): void {
    this.innermost = key;
  }

  /** The key that `JSON.stringify` would hand to a `toJSON` method here. */
  get key(): string {
    return this.outer === undefined ? (this.name ?? '') : String(this.innermost);
  }

  toString(): string {
    const path: string[] = [];
    for (let place: Place = this; place.outer !== undefined; place = place.outer) {
      const { innermost } = place;
      path.push(typeof innermost === 'number' ? `[${innermost}]` : `.${innermost}`);
    }
    const shown = path.reverse().slice(0, 8);
    return this.label() + shown.join('') + (path.length > shown.length ? '...' : '');
  }

  private label(): string {
    return this.name === undefined ? this.root : `${this.root} ${JSON.stringify(this.name)}`;
  }
}

/** A value's type in the words of an error message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (types.isProxy(value)) return 'a Proxy';
  if (types.isPromise(value)) return 'a Promise';
  if (Array.isArray(value)) return 'an array';
  const name = Object.prototype.toString.call(value).slice(8, -1);
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}

function refuse(value: unknown, place: Place): never {
  const hint =
    types.isPromise(value) || isThenable(value)
      ? ' (did you forget await?)'
      : types.isSet(value)
        ? ' (spread it: [...set])'
        : types.isNativeError(value)
          ? ' (log its message)'
          : '';
  throw new TypeError(`${place} is ${describe(value)}, which cannot be logged${hint}`);
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

/** Deno has no such objects, and no such function. */
const isExternal: (value: unknown) => boolean = types.isExternal ?? (() => false);

/** Objects whose content is out of reach of property names: printing `{}` would hide a mistake. */
function isOpaque(value: object): boolean {
  return (
    types.isPromise(value) ||
    types.isSet(value) ||
    types.isRegExp(value) ||
    types.isNativeError(value) ||
    value instanceof Error ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isAnyArrayBuffer(value) ||
    isExternal(value) ||
    isThenable(value) ||
    isForeign(value)
  );
}

/** Headers, iterators, WeakRefs and their like: they have a name of their own and no properties. */
function isForeign(value: object): boolean {
  return (
    !isPlain(value) &&
    Object.prototype.toString.call(value) !== '[object Object]' &&
    Object.keys(value).length === 0
  );
}

/**
 * Peels off what only JavaScript knows: `toJSON`, boxed primitives, `Date`. Runs user code.
 *
 * @throws TypeError naming the place and the type when the value cannot be logged.
 */
export function resolve(value: unknown, place: Place): Resolved {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'boolean':
    case 'bigint':
    case 'undefined':
      return value;
    case 'function':
    case 'symbol':
      return refuse(value, place);
    case 'object':
      return value === null ? null : resolveObject(value, place);
    default:
      return refuse(value, place);
  }
}

function resolveObject(value: object, place: Place): Resolved {
  // Not asked of most, which are neither.
  if (!Array.isArray(value) && !isPlain(value)) {
    if (value instanceof Float) return value;
    // Before toJSON: a Buffer has one, and is a list of numbers to a metric log all the same.
    if (types.isTypedArray(value)) return resolveTypedArray(value, place);
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const json: unknown = value.toJSON(place.key);
    // As in JSON.stringify, what toJSON returns is not asked for its own toJSON again.
    return typeof json === 'object' && json !== null
      ? resolvePlain(json, place)
      : resolve(json, place);
  }
  return resolvePlain(value, place);
}

function resolvePlain(value: object, place: Place): Resolved {
  if (Array.isArray(value)) return value;
  // Most of the rest, without the many calls into the runtime that tell the others apart.
  if (isPlain(value) && !('then' in value)) return value;
  if (types.isBoxedPrimitive(value)) {
    const primitive: unknown = value.valueOf();
    return typeof primitive === 'object' ? refuse(value, place) : resolve(primitive, place);
  }
  if (value instanceof Float) return value;
  if (types.isTypedArray(value)) return resolveTypedArray(value, place);
  if (types.isMap(value)) {
    for (const key of Map.prototype.keys.call(value)) {
      if (typeof key !== 'string') {
        throw new TypeError(
          `${place} is a Map with ${describe(key)} as a key; only string keys can be logged`,
        );
      }
    }
    return value as ReadonlyMap<string, unknown>;
  }
  if (isOpaque(value)) refuse(value, place);
  return value as Readonly<Record<string, unknown>>;
}

/** By far the most objects: with nothing to peel off, and cheaply told from the others. */
export function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  // Answered from the shape of the object; Object.getPrototypeOf() is a call into the runtime.
  const { __proto__ } = value as { __proto__?: unknown };
  return __proto__ === objectPrototype || hasPlainPrototype(value);
}

const objectPrototype = Object.prototype;

function hasPlainPrototype(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === objectPrototype || prototype === null;
}

/**
 * The outermost object of a record: its data, or a metric's metadata.
 *
 * @throws TypeError when it is not an object with names and values.
 */
export function resolveNamed(value: object, what: string, example?: string): Named {
  if (typeof value === 'object' && value !== null) {
    if (isPlain(value)) return value;
    const resolved = resolve(value, new Place(what));
    if (isNamed(resolved)) return resolved;
  }
  throw notNamed(value, what, example);
}

/** For data or metadata that is no object with names and values. */
export function notNamed(value: unknown, what: string, example = '{ loss: 0.5 }'): TypeError {
  return new TypeError(`${what} is ${describe(value)}; it must be an object such as ${example}`);
}

/** As `resolveNamed`, for what is known about a metric. */
export function resolveMetadata(value: object): Named {
  return resolveNamed(value, 'metadata', "{ unit: 'nat' }");
}

/**
 * Calls back for each own enumerable string key, reading one value after the other.
 *
 * @throws TypeError for a Map with another key.
 */
export function forEachEntry(named: Named, callback: (key: string, value: unknown) => void): void {
  if (isMap(named)) {
    // As it is, whatever a subclass makes of its iteration, and whatever realm it is from.
    for (const [key, value] of Map.prototype.entries.call(named)) {
      // User code that ran meanwhile may have added one.
      if (typeof key !== 'string') throw new TypeError('only string keys of a Map can be logged');
      callback(key, value);
    }
  } else {
    const record = named as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(record)) callback(key, record[key]);
  }
}

function isNamed(value: Resolved): value is Named {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !isTypedArray(value) &&
    !(value instanceof Float)
  );
}

function resolveTypedArray(value: object, place: Place): TypedArray {
  // Float16Array has no type yet in the oldest runtime that is served; its elements are numbers.
  if (ArrayBuffer.isView(value) && !types.isDataView(value)) return value as TypedArray;
  return refuse(value, place);
}

/**
 * Checks the options of a backend: a misspelt one would be ignored in silence.
 *
 * @throws TypeError when it is not an object with these names only.
 */
export function checkOptions(options: unknown, names: readonly string[], what: string): void {
  const known = `the options of ${what} are an object with ${names.join(', ')}`;
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${known}; this is ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new TypeError(`${known}; there is no option "${name}"`);
  }
}

export function isTypedArray(value: object): value is TypedArray {
  return types.isTypedArray(value);
}

export function isMap(value: object): value is ReadonlyMap<unknown, unknown> {
  return types.isMap(value);
}

export function isBigIntArray(value: object): value is BigInt64Array | BigUint64Array {
  return types.isBigInt64Array(value) || types.isBigUint64Array(value);
}

// A typed array's own account of itself, past anything that a subclass overrides.
const TYPED_ARRAY: object = Object.getPrototypeOf(Uint8Array.prototype);
const typedArrayName = getterOf(TYPED_ARRAY, Symbol.toStringTag);
const typedArrayLength = getterOf(TYPED_ARRAY, 'length');

function getterOf(prototype: object, name: PropertyKey): (this: object) => unknown {
  const getter = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (getter === undefined) throw new Error(`this runtime has no ${String(name)} of typed arrays`);
  return getter;
}

/** Whether a typed array holds floats, which print with `.0` where they are whole. */
export function isFloatArray(value: TypedArray): boolean {
  return String(typedArrayName.call(value)).startsWith('Float');
}

/** The number of elements of a typed array. */
export function typedLength(value: TypedArray): number {
  return Number(typedArrayLength.call(value));
}

/** The number of elements of an array, which for a Proxy is whatever it says. */
export function arrayLength(value: readonly unknown[]): number {
  const { length } = value;
  return length >>> 0 === length ? length : Math.max(Math.trunc(Number(length)) || 0, 0);
}
