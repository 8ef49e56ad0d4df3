/** The types of what can be logged. What they let through at compile time, value.ts checks again. */

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

/** Metrics by name. */
export type Data = { readonly [metric: string]: MetricValue };

/**
 * Where training is: an array stands for Python's tuple (`[epoch, iteration]`), `'PARAMETER'` for
 * the parameters of the run, `[]` for its summary.
 */
export type Step = Exclude<MetricValue, undefined>;

/** What is known about a metric. Backends use what they know of it; all of it goes into the file. */
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

/** An object that says what is logged in its place. */
interface Replaced {
  toJSON(key: string): MetricValue;
}

/**
 * `T` itself where all of it can be logged, and otherwise a type that nothing fits and whose name
 * says why. Generic, so that parameters declared as an `interface` fit too.
 */
export type Loggable<T> = T extends Unloggable
  ? Refusal<T>
  : T extends MetricValue | Replaced
    ? T
    : T extends ReadonlyMap<unknown, unknown>
      ? 'only a Map with string keys can be logged'
      : T extends object
        ? { [K in keyof T]: Loggable<T[K]> }
        : 'a value of unknown type cannot be logged';

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

/** What has to be asked for its numbers, such as a tensor of TensorFlow.js. */
interface Tensor {
  dataSync(): unknown;
}

type Refusal<T> = T extends AnyFunction
  ? 'a function cannot be logged'
  : T extends symbol
    ? 'a symbol cannot be logged'
    : T extends PromiseLike<unknown>
      ? 'a Promise cannot be logged: await it'
      : T extends Tensor
        ? 'a tensor cannot be logged: ask it for its numbers'
        : 'this object cannot be logged';

/**
 * The outermost object of a record: values by name, all of them loggable, and each name one of `M`.
 * Where something does not fit, this is a type that nothing fits and whose text says why.
 */
export type LoggableData<D, M extends string = string> = D extends readonly unknown[] | AnyFunction
  ? 'data is an object with names as keys'
  : Loggable<D> & Named<D, M>;

type Named<D, M extends string> = string extends M
  ? unknown
  : [Exclude<keyof D, M>] extends [never]
    ? unknown
    : { 'not a metric of this logger': Exclude<keyof D, M> };
