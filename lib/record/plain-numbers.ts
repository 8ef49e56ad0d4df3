/**
 * A user's own backends get plain numbers in place of `float()` values, so that a filter by `typeof value ===
 * 'number'` sees them. When such a backend passes the same object to one of the package's backends (as a subclass
 * does by `super.log()`), the original values are logged.
 */
import { types } from 'node:util';
import { Float } from './float.js';
import { isPlain } from './plain.js';
import { isMap, MAX_VALUES } from './value.js';

/** The logged object for each object that a user's backend got in its place. */
const originals = new WeakMap<object, object>();

/**
 * A copy of the value with a number in place of each Float in its plain objects, arrays and Maps. The
 * value itself when it holds no Float.
 */
export function withNumbers<T>(value: T): T {
  let plain: unknown;
  try {
    plain = replaced(value, []);
  } catch {
    // A getter of the value throws: the backend will meet the same error.
    return value;
  }
  if (Object.is(plain, value)) return value;
  if (typeof plain === 'object' && plain !== null && typeof value === 'object' && value !== null) {
    originals.set(plain, value);
  }
  return plain as T;
}

/** The logged value that `withNumbers` made this value from; otherwise the value itself. */
export function withFloats<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  return (originals.get(value) as T | undefined) ?? value;
}

/** @param outer the objects that contain the value, to detect cycles. */
function replaced(value: unknown, outer: readonly object[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Float) return Float.numberOf(value);
  if (types.isProxy(value) || outer.includes(value)) return value;
  const inside = [...outer, value];
  if (Array.isArray(value)) return replacedList(value, inside);
  if (isMap(value)) return replacedMap(value, inside);
  return isPlain(value) && typeof value.toJSON !== 'function'
    ? replacedObject(value, inside)
    : value;
}

function replacedList(list: readonly unknown[], outer: readonly object[]): unknown {
  if (list.length > MAX_VALUES) return list;
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    const plain = replaced(item, outer);
    if (Object.is(plain, item)) continue;
    copy ??= [...list];
    copy[i] = plain;
  }
  return copy ?? list;
}

function replacedMap(map: ReadonlyMap<unknown, unknown>, outer: readonly object[]): unknown {
  let hasChanged = false;
  const copy = new Map<unknown, unknown>();
  for (const [key, item] of Map.prototype.entries.call(map)) {
    const plain = replaced(item, outer);
    hasChanged ||= !Object.is(plain, item);
    copy.set(key, plain);
  }
  return hasChanged ? copy : map;
}

function replacedObject(object: object, outer: readonly object[]): unknown {
  let hasChanged = false;
  const entries = Object.entries(object).map(([key, item]) => {
    const plain = replaced(item, outer);
    hasChanged ||= !Object.is(plain, item);
    return [key, plain] as const;
  });
  return hasChanged ? Object.fromEntries(entries) : object;
}
