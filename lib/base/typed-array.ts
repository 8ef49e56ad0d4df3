/** Typed arrays, read past anything that a subclass overrides. */
import { types } from 'node:util';

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

export function isTypedArray(value: object): value is TypedArray {
  return types.isTypedArray(value);
}

export function isBigIntArray(value: object): value is BigInt64Array | BigUint64Array {
  return types.isBigInt64Array(value) || types.isBigUint64Array(value);
}

// The built-in getters, which a subclass cannot override.
const TYPED_ARRAY: object = Object.getPrototypeOf(Uint8Array.prototype);
const typedArrayName = getterOf(TYPED_ARRAY, Symbol.toStringTag);
const typedArrayLength = getterOf(TYPED_ARRAY, 'length');

function getterOf(prototype: object, name: PropertyKey): (this: object) => unknown {
  const getter = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (getter === undefined) throw new Error(`this runtime has no ${String(name)} of typed arrays`);
  return getter;
}

/** Whether a typed array holds floats, whose whole numbers print with `.0`. */
export function isFloatArray(value: TypedArray): boolean {
  return String(typedArrayName.call(value)).startsWith('Float');
}

/** The number of elements of a typed array. */
export function typedLength(value: TypedArray): number {
  return Number(typedArrayLength.call(value));
}
