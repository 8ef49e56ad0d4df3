/**
 * Decides what can be logged. The encoder, the JSON text and the Python text all ask here, so that they cannot
 * disagree.
 */
import { types } from 'node:util';
import { describe } from '../base/describe.js';
import { DLLoggerError } from '../base/errors.js';
import { isTypedArray, type TypedArray } from '../base/typed-array.js';
import { ValuePath } from '../base/value-path.js';
import { Float } from './float.js';
import { isPlain } from './plain.js';
import { isOpaque, notNamed, refuse } from './refusal.js';

const hasOwn = Object.prototype.hasOwnProperty;

/** Names and values, in the order in which they are written. */
export type Named = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>;

/** A value without what only JavaScript has: `toJSON`, boxed primitives, dates. */
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

/**
 * Replaces what only JavaScript has (`toJSON`, boxed primitives, `Date`) by plain values. Runs user code.
 *
 * @throws TypeError naming the place and the type when the value cannot be logged.
 */
export function resolve(value: unknown, place: ValuePath): Resolved {
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

function resolveObject(value: object, place: ValuePath): Resolved {
  // Most values are neither array nor Map, and skip these checks.
  if (!Array.isArray(value) && !isPlain(value)) {
    if (value instanceof Float) return value;
    // Checked before toJSON: a Buffer has a toJSON method, but is logged as a list of numbers.
    if (types.isTypedArray(value)) return resolveTypedArray(value, place);
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const json: unknown = value.toJSON(place.key);
    // As in JSON.stringify, a toJSON method of the returned value is not called.
    return typeof json === 'object' && json !== null
      ? resolvePlain(json, place)
      : resolve(json, place);
  }
  return resolvePlain(value, place);
}

function resolvePlain(value: object, place: ValuePath): Resolved {
  if (Array.isArray(value)) return value;
  // The common case first, since telling the others apart takes many calls into the runtime.
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

/**
 * The outermost object of a record: its data, or a metric's metadata.
 *
 * @throws TypeError when `value` is not an object with names and values.
 */
export function resolveNamed(value: object, what: string, example?: string): Named {
  if (typeof value === 'object' && value !== null) {
    if (isPlain(value)) return value;
    const resolved = resolve(value, new ValuePath(what));
    if (isNamed(resolved)) return resolved;
  }
  throw notNamed(value, what, example);
}

/** `resolveNamed` for metadata. */
export function resolveMetadata(value: object): Named {
  return resolveNamed(value, 'metadata', "{ unit: 'nat' }");
}

/**
 * Calls `callback` for each own enumerable string key in turn; each value is read just before its call.
 *
 * @throws TypeError for a Map with another key.
 */
export function forEachEntry(named: Named, callback: (key: string, value: unknown) => void): void {
  if (isMap(named)) {
    // Uses the built-in iteration, since a subclass may override its own; works for a Map of any realm.
    for (const [key, value] of Map.prototype.entries.call(named)) {
      // User code that ran meanwhile may have added a key of another type.
      if (typeof key !== 'string') throw new TypeError('only string keys of a Map can be logged');
      callback(key, value);
    }
  } else {
    const record = named as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(record)) {
      // A getter that ran earlier may have deleted the key, and a prototype may have a key of that name.
      if (hasOwn.call(record, key)) callback(key, record[key]);
    }
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

function resolveTypedArray(value: object, place: ValuePath): TypedArray {
  // The oldest supported runtime has no type for Float16Array, whose elements are numbers.
  if (ArrayBuffer.isView(value) && !types.isDataView(value)) return value as TypedArray;
  return refuse(value, place);
}

export function isMap(value: object): value is ReadonlyMap<unknown, unknown> {
  return types.isMap(value);
}

/** Limit on the values of a record, each an 8-byte word in the native ring. */
export const MAX_VALUES = 2 ** 27;

/**
 * The number of elements of an array. A Proxy may report any number.
 *
 * @param before number of values already in the record.
 * @throws DLLoggerError when the record would exceed `MAX_VALUES`.
 */
export function arrayLength(value: readonly unknown[], before: number, place: ValuePath): number {
  const { length } = value;
  const whole = length >>> 0 === length ? length : Math.max(Math.trunc(Number(length)) || 0, 0);
  if (before + whole > MAX_VALUES) throw tooLarge(`${place} is an array of ${whole} elements`);
  return whole;
}

/** The error for a record with more than `MAX_VALUES` values, or larger than the available memory. */
export function tooLarge(what: string): DLLoggerError {
  return new DLLoggerError(
    'ERR_DLLOGGER_RECORD_TOO_LARGE',
    `${what}: a record holds at most ${MAX_VALUES} values, or 1 GiB, and has to fit into memory; ` +
      'it was not logged',
  );
}
