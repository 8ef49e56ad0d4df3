/**
 * Meters with a verbosity each, from meters.py: node out/examples/ports/meters.js DIRECTORY
 *
 * Each iteration and each epoch gives one record for each verbosity that a meter has.
 */
import { join } from 'node:path';
import {
  type Data,
  JSONStreamBackend,
  Logger,
  type LoggerLike,
  type Metadata,
  StdOutBackend,
  type Step,
  Verbosity,
} from 'dllogger';

class AverageMeter {
  readonly verbosity: Verbosity;
  last: number | null = null;
  #sum = 0;
  #count = 0;

  constructor(verbosity: Verbosity) {
    this.verbosity = verbosity;
  }

  reset(): void {
    this.last = null;
    this.#sum = 0;
    this.#count = 0;
  }

  record(value: number, count = 1): void {
    this.last = value;
    this.#sum += value * count;
    this.#count += count;
  }

  average(): number | null {
    return this.#count > 0 ? this.#sum / this.#count : null;
  }
}

class Meters {
  readonly logger: LoggerLike;
  readonly meters = new Map<string, AverageMeter>();

  constructor(logger: LoggerLike) {
    this.logger = logger;
  }

  register(name: string, verbosity: Verbosity, metadata: Metadata): void {
    this.logger.metadata(name, metadata);
    this.meters.set(name, new AverageMeter(verbosity));
  }

  record(values: Readonly<Record<string, number>>, count: number): void {
    for (const [name, value] of Object.entries(values)) this.meters.get(name)?.record(value, count);
  }

  logIteration(step: Step): void {
    this.logEach(step, (meter) => meter.last);
  }

  logEpoch(step: Step): void {
    this.logEach(step, (meter) => meter.average());
    for (const meter of this.meters.values()) meter.reset();
  }

  logEach(step: Step, valueIn: (meter: AverageMeter) => number | null): void {
    const verbosities = new Set([...this.meters.values()].map((meter) => meter.verbosity));
    for (const verbosity of [...verbosities].sort((a, b) => a - b)) {
      const data: Data = {};
      for (const [name, meter] of this.meters) {
        if (meter.verbosity === verbosity) data[name] = valueIn(meter);
      }
      this.logger.log(step, data, verbosity);
    }
  }
}

function train(logger: LoggerLike): void {
  const meters = new Meters(logger);
  meters.register('train.loss', Verbosity.DEFAULT, { unit: 'nat', format: ':.4f' });
  meters.register('train.top1', Verbosity.DEFAULT, { unit: '%' });
  meters.register('train.data_time', Verbosity.VERBOSE, { unit: 's', format: ':.6f' });
  meters.register('train.ips', Verbosity.VERBOSE, { unit: 'images/s', format: ':.2f' });
  meters.register('val.top1', Verbosity.DEFAULT, { unit: '%', GOAL: 'MAXIMIZE' });
  for (let epoch = 0; epoch < 2; epoch++) {
    for (let iteration = 0; iteration < 3; iteration++) {
      const batch = iteration < 2 ? 32 : 16;
      const step = 1 + epoch * 3 + iteration;
      const values: Record<string, number> = {
        'train.loss': 6 / step,
        'train.top1': 100 - 100 / step,
      };
      values['train.data_time'] = 0.00025 * step;
      values['train.ips'] = batch / 0.125;
      meters.record(values, batch);
      meters.logIteration([epoch, iteration]);
    }
    meters.record({ 'val.top1': 100 - 75 / (1 + epoch) }, 50);
    meters.logEpoch([epoch]);
  }
}

// Every meter averages floats: one list serves both backends.
const floats = ['train.loss', 'train.top1', 'train.data_time', 'train.ips', 'val.top1'];
const logger = new Logger([
  new StdOutBackend(Verbosity.DEFAULT, { floats }),
  new JSONStreamBackend(Verbosity.VERBOSE, join(process.argv[2] ?? '.', 'meters.json'), { floats }),
]);
train(logger);
logger.flush();
