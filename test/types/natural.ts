/** Code as users write it around a logger, which must compile; below each directive, code that must not. */
import { parseArgs } from 'node:util';
import * as DLLogger from 'dllogger';
import {
  Backend,
  type Data,
  defaultMetricFormat,
  float,
  format,
  JSONStreamBackend,
  Logger,
  type LoggerLike,
  log,
  type Metadata,
  type MetricValue,
  metadata,
  type PlainStep,
  StdOutBackend,
  type Step,
  Timestamp,
  Verbosity,
} from 'dllogger';

// Parameters from the command line, the environment and files.
const { values } = parseArgs({
  options: {
    lr: { type: 'string' },
    amp: { type: 'boolean' },
    gpu: { type: 'string', multiple: true },
  },
});
log('PARAMETER', values);
log('PARAMETER', process.env);
log('PARAMETER', { ...process.env, rank: process.env.RANK ?? null });
log('PARAMETER', JSON.parse('{}'));
for (const [key, value] of Object.entries(values)) log('PARAMETER', { [key]: value });
declare const untyped: Record<string, unknown>;
// @ts-expect-error anything may be in there
log('PARAMETER', untyped);
log('PARAMETER', untyped as Data);
declare const maybe: { loss: number } | undefined;
// @ts-expect-error there may be no data
log([], maybe);
log([], maybe ?? {});
log([], { ...maybe, done: true });

// Metrics that are gathered.
declare const sums: Map<string, number>;
log([], Object.fromEntries(sums));
log([], sums);
log([], new Map<string, MetricValue>([['a', [1]]]));
const means: Record<string, number> = {};
means.loss = 0.5;
log([], means);
const partial: Partial<Record<'loss' | 'top1', number>> = {};
log([], partial);
declare const evaluate: () => Promise<{ loss: number; top1: number }>;
export async function evaluation(epoch: number): Promise<void> {
  log([epoch], await evaluate());
  // @ts-expect-error a Promise that was not awaited
  log([epoch], evaluate());
}
declare const frozen: Readonly<{ loss: number; list: readonly number[] }>;
log([], frozen);
log([], { loss: 1, list: [1, 2] } as const);
const Phase = { Train: 'train', Val: 'val' } as const;
log([], { phase: Phase.Val });
class Totals {
  loss = 0;
  seen = 0;
}
log([], new Totals());
log([], { ...new Totals() });
class Counting extends Totals {
  reset(): void {
    this.loss = 0;
  }
}
// @ts-expect-error an object with methods
log([], new Counting());
log([], { loss: new Counting().loss });
log([], { loss: Number('0.5'), size: BigInt(3), at: new Date(), lr: float(1) });
declare const numberOrList: number | number[] | Float32Array | null;
log([], { value: numberOrList });
// @ts-expect-error text alone
log([], 'finished');
// @ts-expect-error a number alone
log('loss', 0.5);
// @ts-expect-error no step
log({ loss: 0.5 });
// @ts-expect-error a step alone
log('starting');
// @ts-expect-error data in the place of the step
log({ loss: 0.5 }, [0]);

// Steps.
const step: number[] = [0];
step.push(1);
log(step, {});
log([0, 1] as const, {});
declare const optional: readonly number[] | undefined;
log(optional ?? [], {});
// @ts-expect-error a step that may be missing
log(optional, {});
declare const tuple: [epoch: number, iteration?: number];
log(tuple, {});
const steps: Step[] = ['PARAMETER', [], 3, [0, 1]];
for (const one of steps) log(one, {});

// Verbosity.
const levels: Record<string, Verbosity> = { quiet: Verbosity.OFF, usual: Verbosity.DEFAULT };
log([], {}, levels.usual);
log([], {}, process.argv.includes('-v') ? Verbosity.VERBOSE : Verbosity.DEFAULT);
// @ts-expect-error a name
log([], {}, 'DEFAULT');

// Metadata.
const GOALS = { loss: { unit: 'nat', GOAL: 'MINIMIZE' }, top1: { unit: '%', GOAL: 'MAXIMIZE' } };
for (const [metric, about] of Object.entries(GOALS)) metadata(metric, about);
metadata('loss', { unit: 'nat', format: ':.3f' } as const);
const about: Metadata = { unit: 's' };
about.format = ':.2f';
about.name = 'time';
metadata('time', about);
// @ts-expect-error text in the place of an object
metadata('loss', 'nat');

// Backends.
const rank = Number(process.env.RANK ?? 0);
DLLogger.init(rank === 0 ? [new StdOutBackend(Verbosity.DEFAULT)] : []);
const backends: Backend[] = [];
if (rank === 0) backends.push(new JSONStreamBackend(1, 'log.json', { append: rank > 0 }));
DLLogger.init(backends);
declare const filename: string | undefined;
// @ts-expect-error the file may have no name
new JSONStreamBackend(1, filename);
new JSONStreamBackend(1, filename ?? 'log.json', { floats: ['loss'], nonFinite: 'null' });
// @ts-expect-error one backend, not a list
DLLogger.init(new StdOutBackend(0));
// @ts-expect-error a class, not what new makes of it
DLLogger.init([StdOutBackend]);
// @ts-expect-error new was forgotten
DLLogger.init([StdOutBackend(0)]);
const perhaps = [rank === 0 ? new StdOutBackend(0) : undefined];
// @ts-expect-error one that may be missing
DLLogger.init(perhaps);
DLLogger.init(perhaps.filter((one) => one !== undefined));

// Formatters.
new StdOutBackend(0, {
  stepFormat: (at) => (Array.isArray(at) ? at.join('/') : String(at)),
  prefixFormat: (timestamp) => `${timestamp.toISOString()} ${timestamp.epochMicroseconds} `,
  metricFormat: (metric, known, value) =>
    typeof value === 'number'
      ? `${metric} ${value.toFixed(3)}`
      : defaultMetricFormat(metric, known, value),
});
function stepText(at: PlainStep): string {
  if (typeof at === 'string') return at;
  const [epoch, iteration] = at;
  return iteration === undefined ? `epoch ${epoch}` : `epoch ${epoch}, ${format(iteration, ':>4')}`;
}
const output = new StdOutBackend(0, { stepFormat: stepText });
output.stepFormat = (at) => stepText(at);
output.metadataOf('loss').unit = 'nat';
// @ts-expect-error a formatter that gives no text
new StdOutBackend(0, { stepFormat: (at) => at.length });

// Subclasses of our backends, and of Backend.
class Tagged extends JSONStreamBackend {
  override log(timestamp: Timestamp, elapsedtime: number, at: Step, data: Data): void {
    super.log(timestamp, elapsedtime, at, { ...data, host: 'a' });
  }
}
class Quiet extends StdOutBackend {
  override metadata(): void {}
}
class History extends Backend {
  readonly records: { at: Date; seconds: number; step: Step; data: Data }[] = [];
  override log(timestamp: Timestamp, seconds: number, at: Step, data: Data): void {
    this.records.push({ at: timestamp, seconds, step: at, data: { ...data } });
    const { loss } = data;
    if (typeof loss === 'number' && loss > 1e6) throw new RangeError(`${at} diverged`);
  }
  override metadata(
    _timestamp: Timestamp,
    _seconds: number,
    metric: string,
    known: Metadata,
  ): void {
    this.records.length += known.unit === undefined ? 0 : metric.length;
  }
}
new Logger([new Tagged(1, 'log.json'), new Quiet(0), new History(1)]).close();
// @ts-expect-error log() and metadata() are missing
class Incomplete extends Backend {}
new Incomplete(1).close();
new Tagged(1, 'log.json').log(new Timestamp(0), 0, [], { loss: 1 });

// Loggers that are handed around.
export function fit(logger: LoggerLike, epochs: number): void {
  for (let epoch = 0; epoch < epochs; epoch++) logger.log([epoch], { loss: 1 / (1 + epoch) });
}
fit(DLLogger, 1);
fit(new Logger([]), 1);
// @ts-expect-error a logger of certain metrics, where any may come
fit(new Logger<'loss'>([]), 1);
new Logger<'loss'>([]) satisfies Pick<LoggerLike, 'flush' | 'close'>;
export class Trainer {
  readonly #logger: Logger;
  constructor(logger: Logger = new Logger([])) {
    this.#logger = logger;
  }
  report = (data: Data): void => this.#logger.log([], data, Verbosity.DEFAULT);
}
const write: typeof DLLogger.log = DLLogger.log;
write([0], { loss: 1 });
const bound = new Logger([]).log.bind(new Logger([]));
bound([0], { loss: 1 });
export const record = (...args: Parameters<LoggerLike['log']>): void => DLLogger.log(...args);
record([0], { loss: 1 }, 1);
