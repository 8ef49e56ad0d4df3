/** Code that must compile and, below each directive, code that must not. Checked by types.test.ts. */
import {
  type Backend,
  type Data,
  float,
  JSONStreamBackend,
  Logger,
  log,
  metadata,
  StdOutBackend,
  Verbosity,
} from 'dllogger';

declare const logger: Logger;
declare const typed: Logger<'loss' | 'lr'>;

// Steps.
log([], {});
log([0, 5], {});
log(3, {});
log('PARAMETER', {});
log([null, 2.5, 'a', [1, [2]]], {});
log({}, {});
log(null, {});
log([0, 1] as readonly [number, number], {});
// @ts-expect-error a step that is left out
log({ loss: 1 });
// @ts-expect-error undefined is no step
log(undefined, {});
// @ts-expect-error a function is no step
log(() => 1, {});
// @ts-expect-error nor is it within one
log([0, () => 1], {});
// @ts-expect-error a Promise is no step
log(Promise.resolve(1), {});

// Values.
log([0], { loss: 0.5, epoch: 1, big: 10n, ok: true, name: 'a', none: null, missing: undefined });
log([0], { one: float(1), when: new Date(), list: [1, 'a', [null]], typed: new Float32Array(2) });
log([0], { nested: { a: { b: [{ c: 1 }] } }, map: new Map([['a', 1]]) });
log([0], new Map([['loss', 1]]), Verbosity.VERBOSE);
// @ts-expect-error a function
log([0], { loss: () => 1 });
// @ts-expect-error a symbol
log([0], { loss: Symbol('s') });
// @ts-expect-error a Promise that was not awaited
log([0], { loss: Promise.resolve(1) });
// @ts-expect-error a tensor of TensorFlow.js
log([0], { loss: { dtype: 'float32', dataSync: () => new Float32Array(1) } });
// @ts-expect-error a Set
log([0], { seen: new Set([1]) });
// @ts-expect-error an Error
log([0], { reason: new Error('e') });
// @ts-expect-error a RegExp
log([0], { pattern: /x/ });
// @ts-expect-error a Map with other keys
log([0], { map: new Map([[1, 2]]) });
// @ts-expect-error deep inside
log([0], { a: { b: [{ c: () => 1 }] } });
// @ts-expect-error data that is no object
log([0], 0.5);
// @ts-expect-error data that is a list
log([0], [0.5]);
// @ts-expect-error data that is null
log([0], null);
// @ts-expect-error a verbosity that is no number
log([0], {}, 'VERBOSE');

// A parameter namespace that is declared as an interface.
interface Parameters {
  lr: number;
  layers: readonly number[];
  optimizer: Optimizer;
  resume?: string;
}
interface Optimizer {
  name: 'adam' | 'sgd';
  momentum: number | null;
}
declare const parameters: Parameters;
log('PARAMETER', parameters);
log('PARAMETER', { ...parameters, seed: 1 });
logger.log([], parameters);
interface Callbacks extends Parameters {
  onEnd(): void;
}
declare const callbacks: Callbacks;
// @ts-expect-error a namespace that holds a function
log('PARAMETER', callbacks);

// A wrapper.
export function logAll(data: Data, step: number): void {
  log([step], data);
  typed.log('PARAMETER', data);
}

// Names of metrics.
typed.log([0], { loss: 1 });
typed.log([0], { loss: 1, lr: 0.1 });
typed.log('PARAMETER', { anything: 1 });
typed.metadata('lr', { unit: '1/s', format: ':.3f', GOAL: 'MINIMIZE', STAGE: 'TRAIN' });
// @ts-expect-error a name that is not a metric of this logger
typed.log([0], { los: 1 });
// @ts-expect-error also beside a right one
typed.log([0], { loss: 1, acc: 1 });
// @ts-expect-error also in metadata
typed.metadata('acc', {});

// Metadata.
metadata('loss', { unit: 'nat', description: 'cross entropy', bounds: [0, 1] });
// @ts-expect-error a format is a string
metadata('loss', { format: 3 });
// @ts-expect-error a metric is a string
metadata(3, {});

// Backends.
const backends: Backend[] = [
  new StdOutBackend(Verbosity.DEFAULT, { stepFormat: (step) => String(step) }),
  new JSONStreamBackend(Verbosity.VERBOSE, 'log.json', { append: true, nonFinite: 'null' }),
];
new Logger(backends).close();
new Logger(backends as readonly Backend[]).close();
// @ts-expect-error an option that does not exist
new JSONStreamBackend(0, 'log.json', { apend: true });
// @ts-expect-error a logger takes a list
new Logger(new StdOutBackend(0));
