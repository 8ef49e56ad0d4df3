/** Which objects cannot be logged, and what the errors for them say. */
import { types } from 'node:util';
import { describe } from '../base/describe.js';
import type { ValuePath } from '../base/value-path.js';
import { isPlain } from './plain.js';

/** @throws TypeError naming the place and the type of a value that cannot be logged. */
export function refuse(value: unknown, place: ValuePath): never {
  throw new TypeError(`${place} is ${describe(value)}, which cannot be logged${hintFor(value)}`);
}

function hintFor(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  if (types.isPromise(value) || isThenable(value)) return ' (did you forget await?)';
  if (types.isSet(value)) return ' (spread it: [...set])';
  if (types.isNativeError(value)) return ' (log its message)';
  const method = methodOfWrapper(value);
  return method === undefined ? '' : ` (did you forget ${method}()?)`;
}

function isThenable(value: object): boolean {
  return hasMethod(value, 'then');
}

/**
 * The method that returns the number of a wrapper object whose fields are private to its library: tensors of
 * TensorFlow.js, tensors of other libraries (which have a shape too), integers such as Long.
 */
function methodOfWrapper(value: object): string | undefined {
  if (isPlain(value)) return undefined;
  if (hasMethod(value, 'dataSync')) return 'dataSync';
  if (hasMethod(value, 'item') && ('dims' in value || 'shape' in value)) return 'item';
  if (hasMethod(value, 'toNumber')) return 'toNumber';
  return undefined;
}

function hasMethod(value: object, name: string): boolean {
  return name in value && typeof (value as Record<string, unknown>)[name] === 'function';
}

/** Deno has neither external objects nor this function. */
const isExternal: (value: unknown) => boolean = types.isExternal ?? (() => false);

/** Whether an object's content cannot be read by property names: printing `{}` would hide a mistake. */
export function isOpaque(value: object): boolean {
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
    methodOfWrapper(value) !== undefined ||
    isForeign(value)
  );
}

/** Whether an object is a Headers, an iterator, a WeakRef or the like: named, and without properties. */
function isForeign(value: object): boolean {
  return (
    !isPlain(value) &&
    Object.prototype.toString.call(value) !== '[object Object]' &&
    Object.keys(value).length === 0
  );
}

/** The error for data or metadata that is not an object with names and values. */
export function notNamed(value: unknown, what: string, example = '{ loss: 0.5 }'): TypeError {
  return new TypeError(`${what} is ${describe(value)}; it must be an object such as ${example}`);
}
