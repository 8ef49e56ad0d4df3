/** The types of what can be logged. value.ts checks at run time what the types let through. */

import type { TypedArray } from '../base/typed-array.js';
import type { Float } from './float.js';

/** A value of a metric or a parameter. Arrays, typed arrays, Maps and objects may nest. */
export type MetricValue =
  | number
  | bigint
  | boolean
  | string
  | null
  | undefined
  | Float
  | Date
  | TypedArray
  | readonly MetricValue[]
  | ReadonlyMap<string, MetricValue>
  | { readonly [key: string]: MetricValue };

/** Metrics by name. Also the type for data that is filled in later: `const data: Data = {}; data.loss = 0.5`. */
export type Data = { [metric: string]: MetricValue };

/**
 * The position in the training: an array stands for Python's tuple (`[epoch, iteration]`), `'PARAMETER'` for the
 * parameters of the run, `[]` for its summary.
 */
export type Step = Exclude<MetricValue, undefined>;

/**
 * A step as the formatters of a `StdOutBackend` get it: a tuple's components, or text. A step that is
 * neither an array nor a string (a number, null, an object) comes as the text that Python's `str()`
 * prints of it.
 */
export type PlainStep = string | readonly MetricValue[];

/** What is known about a metric. Backends use the keys that they know; the file gets all keys. */
export interface Metadata {
  /** Printed behind the value. */
  unit?: MetricValue;
  /** Inside of a Python replacement field, for instance `':.3f'`. */
  format?: string | undefined;
  /** Which direction is better: `'MAXIMIZE'`, `'MINIMIZE'`. */
  GOAL?: MetricValue;
  /** Where the metric belongs: `'TRAIN'`, `'VAL'`. */
  STAGE?: MetricValue;
  [key: string]: MetricValue;
}

/** An object that provides the value that is logged in its place. */
interface Replaced {
  toJSON(key: string): MetricValue;
}

/**
 * `T` itself where all of it can be logged, and otherwise a type that nothing fits and whose text
 * says why. Generic, so that parameters declared as an `interface` fit too.
 */
export type Loggable<T> = T extends Unloggable
  ? Refusal<T>
  : T extends MetricValue | Replaced
    ? T
    : T extends ReadonlyMap<unknown, unknown>
      ? NotLoggable<'only a Map with string keys can be logged'>
      : T extends readonly unknown[]
        ? { [K in keyof T]: Loggable<T[K]> }
        : T extends object
          ? [MethodOf<T>] extends [never]
            ? { [K in keyof T]: Loggable<T[K]> }
            : NotLoggable<'an object with methods cannot be logged: log its numbers'>
          : NotLoggable<'a value of unknown type cannot be logged'>;

declare const reason: unique symbol;

/** A type that no value fits. Not a string literal alone, which a union with `string` would absorb. */
interface NotLoggable<Reason extends string> {
  readonly [reason]: Reason;
}

/** The names of an object's functions, reported as one line: an object of a library has hundreds. */
type MethodOf<T> = { [K in keyof T]-?: T[K] extends AnyFunction ? K : never }[keyof T];

type AnyFunction = (...args: never[]) => unknown;

type Unloggable =
  | AnyFunction
  | symbol
  | PromiseLike<unknown>
  | Set<unknown>
  | RegExp
  | Error
  | WeakRef<WeakKey>
  | ArrayBuffer
  | SharedArrayBuffer
  | DataView
  | Generator
  | Tensor;

/** An object whose numbers a method returns, such as a tensor of TensorFlow.js. */
interface Tensor {
  dataSync(): unknown;
}

type Refusal<T> = T extends AnyFunction
  ? NotLoggable<'a function cannot be logged'>
  : T extends symbol
    ? NotLoggable<'a symbol cannot be logged'>
    : T extends PromiseLike<unknown>
      ? NotLoggable<'a Promise cannot be logged: await it'>
      : T extends Tensor
        ? NotLoggable<'a tensor cannot be logged: ask it for its numbers'>
        : NotLoggable<'this object cannot be logged'>;

/**
 * The outermost object of a record: loggable values by name, with names of `M` only. Where a value cannot be
 * logged, a type that no value fits and whose text says why.
 */
export type LoggableData<D, M extends string = string> = D extends readonly unknown[] | AnyFunction
  ? NotLoggable<'data is an object with names as keys'>
  : D extends Loggable<D>
    ? Named<D, M>
    : Loggable<D>;

type Named<D, M extends string> = string extends M
  ? D
  : [Exclude<keyof D, M>] extends [never]
    ? D
    : NotLoggable<`${Exclude<keyof D, M> & string} is not a metric of this logger`>;

/** What is known about a metric, declared as an `interface`. As `LoggableData`. */
export type LoggableMetadata<D> = LoggableData<D> &
  Partial<Readonly<Record<keyof D & 'format', string | undefined>>>;
