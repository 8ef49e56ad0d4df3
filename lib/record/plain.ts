/** Plain objects, by far the most common data of a record. */

const objectPrototype = Object.prototype;

/**
 * Whether `__proto__` gives an object's prototype. The engine reads that from the object's shape, while
 * Object.getPrototypeOf() is a call into the runtime. `node --disable-proto` and Deno remove `__proto__`.
 */
export const HAS_PROTO = hasProto();

function hasProto(): boolean {
  try {
    return protoOf({}) === objectPrototype;
  } catch {
    return false;
  }
}

function protoOf(value: object): unknown {
  const { __proto__ } = value as { __proto__?: unknown };
  return __proto__;
}

/** Whether an object is a plain one, by far the most common kind: a cheap check. */
export function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  return (HAS_PROTO && protoOf(value) === objectPrototype) || hasPlainPrototype(value);
}

function hasPlainPrototype(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === objectPrototype || prototype === null;
}
