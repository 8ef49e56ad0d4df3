/** Code as ports from Python have it, which must compile; below each directive, code that must not. */
import * as DLLogger from 'dllogger';
import {
  Backend,
  type Data,
  defaultStepFormat,
  Logger,
  type LoggerLike,
  log,
  type Metadata,
  metadata,
  type PlainStep,
  StdOutBackend,
  type Step,
  type Timestamp,
  Verbosity,
} from 'dllogger';

// Step formatters.
function formatStep(step: PlainStep): string {
  if (typeof step === 'string') return step;
  return step.length > 1 ? `Iteration: ${step[1]}` : defaultStepFormat(step);
}
new StdOutBackend(Verbosity.DEFAULT, { stepFormat: formatStep });
new StdOutBackend(Verbosity.DEFAULT, {
  stepFormat: (step) => (typeof step === 'string' ? step : `${step.length} components`),
});
new StdOutBackend(Verbosity.DEFAULT, { stepFormat: (step: Step) => defaultStepFormat(step) });
new StdOutBackend(Verbosity.DEFAULT, {
  // @ts-expect-error text has no join()
  stepFormat: (step) => step.join('/'),
});

// Data that grows.
const data: Data = {};
data.loss = 0.5;
data.lr = [1, 2];
log([0], data);
// @ts-expect-error a function
data.callback = () => 1;

// Wrappers.
export function logAny<T extends Data>(values: T): void {
  log(0, values);
  new Logger([]).log(0, values);
}
export function logNumbers<K extends string>(values: Record<K, number>): void {
  log(0, values);
}
export function logMeans<T extends Record<string, number>>(values: T, step: Step): void {
  log(step, { ...values, done: true }, Verbosity.VERBOSE);
}
export function logUnchecked(values: object): void {
  log(0, values);
}
export function describeAll(known: Record<string, Metadata>): void {
  for (const [metric, about] of Object.entries(known)) metadata(metric, about);
}

// Interfaces.
interface Metrics {
  loss: number;
  top1?: number;
}
declare const metrics: Metrics;
log(0, metrics);
logUnchecked(metrics);
logAny({ ...metrics });
interface Unit {
  unit: string;
  format?: string;
  GOAL: 'MINIMIZE' | 'MAXIMIZE';
}
declare const unit: Unit;
metadata('loss', unit);
new Logger([]).metadata('loss', unit);
interface BadUnit {
  unit: string;
  format: number;
}
declare const badUnit: BadUnit;
// @ts-expect-error a format is a string
metadata('loss', badUnit);

// Subclasses.
export class ResumingLogger extends Logger {
  override log(step: Step, data: Data, verbosity: Verbosity = Verbosity.DEFAULT): void {
    super.log(step, data, verbosity);
  }
  override metadata(metric: string, metadata: Metadata): void {
    super.metadata(metric, metadata);
  }
}
export class LastValues extends Backend {
  constructor(verbosity: Verbosity = Verbosity.VERBOSE) {
    super(verbosity);
  }
  override log(_timestamp: Timestamp, _elapsedtime: number, _step: Step, data: Data): void {
    data.seen = true;
  }
  override metadata(): void {}
}

// A verbosity, by name and by number.
const verbosity: Verbosity = Verbosity.VERBOSE;
log(0, {}, verbosity);
log(0, {}, verbosity + 1);

// Code that takes the module or a Logger.
export function train(logger: LoggerLike = DLLogger): void {
  logger.metadata('loss', { unit: 'nat' });
  logger.log([0], { loss: 1 });
  logger.log([0, 1], { loss: 1 }, Verbosity.VERBOSE);
  logger.flush({ sync: true });
  logger.close();
}
train();
train(new Logger([]));
train(new ResumingLogger([]));
for (const backend of DLLogger.globalLogger().backends) {
  if (backend instanceof StdOutBackend) backend.metadataOf('loss').unit = 'nat';
}

// The names of a logger's metrics hold for steps of training; a string step has names of its own.
declare const typed: Logger<'loss' | 'lr'>;
typed.log('ENVIRONMENT', { world_size: 8 });
typed.log('PARAMETER', { seed: 1 });
declare const step: Step;
typed.log(step, { loss: 1 });
// @ts-expect-error a step that may be a tuple
typed.log(step, { world_size: 8 });

// The error for a mistake in a large object has a line or two; types.test.ts counts them.
