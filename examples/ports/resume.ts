/**
 * A logger that continues where the last start ended, from resume.py: node out/examples/ports/resume.js DIRECTORY
 * [--stop-in EPOCH]
 *
 * The logger keeps the log up to the last finished epoch; later epochs are trained again.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Backend,
  type Data,
  float,
  JSONStreamBackend,
  Logger,
  recover,
  StdOutBackend,
  type Step,
  Verbosity,
} from 'dllogger';

/** Cuts the log behind its last finished epoch. Returns the epoch to continue with. */
function takeFinished(path: string): number {
  if (!existsSync(path)) return 0;
  // Python has no such call: there the records that a killed start had buffered are lost.
  recover(path);
  const lines = readFileSync(path, 'utf8').split(/(?<=\n)/);
  let kept = 0;
  let epoch = 0;
  for (const [index, line] of lines.entries()) {
    const { step } = JSON.parse(line.slice('DLLL '.length));
    if (Array.isArray(step) && step.length === 1) {
      kept = index + 1;
      epoch = step[0] + 1;
    }
  }
  writeFileSync(`${path}.new`, lines.slice(0, kept).join(''));
  renameSync(`${path}.new`, path);
  return epoch;
}

class ResumingLogger extends Logger {
  readonly firstEpoch: number;
  records = 0;

  constructor(path: string, backends: readonly Backend[]) {
    const firstEpoch = takeFinished(path);
    const log = new JSONStreamBackend(Verbosity.VERBOSE, path, {
      append: true,
      floats: ['loss'],
    });
    super([log, ...backends]);
    this.firstEpoch = firstEpoch;
    if (firstEpoch > 0) this.log('RESUMED', { epoch: firstEpoch });
  }

  override log(step: Step, data: Data, verbosity: Verbosity = Verbosity.DEFAULT): void {
    this.records++;
    super.log(step, { ...data, record: this.records }, verbosity);
  }

  *epochs(count: number): Generator<number> {
    for (let epoch = this.firstEpoch; epoch < count; epoch++) yield epoch;
  }
}

const [, , directory = '.', option, value] = process.argv;
const logger = new ResumingLogger(join(directory, 'resume.json'), [
  new StdOutBackend(Verbosity.DEFAULT, { floats: ['loss'] }),
]);
const stop = option === '--stop-in' ? Number(value) : undefined;
const optimizer = { name: 'sgd', momentum: float(0) };
logger.log('PARAMETER', { epochs: 3, lr: 0.5, optimizer });
logger.metadata('loss', { unit: null, format: ':.3f', GOAL: 'MINIMIZE', STAGE: 'TRAIN' });
let loss = Number.NaN;
for (const epoch of logger.epochs(3)) {
  for (let iteration = 0; iteration < 3; iteration++) {
    loss = 12 / (1 + epoch * 3 + iteration);
    logger.log([epoch, iteration], { loss }, Verbosity.VERBOSE);
    if (epoch === stop && iteration === 1) process.exit(1);
  }
  logger.log([epoch], { loss, diverged: Number.isNaN(loss) });
}
logger.log([], { loss });
