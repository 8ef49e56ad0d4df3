/** One log for training, one for evaluation: node out/examples/two-loggers.js [directory] */
import { join } from 'node:path';
import { JSONStreamBackend, Logger, StdOutBackend, Verbosity } from 'dllogger';

const directory = process.argv[2] ?? '.';

// With its metrics named, `train.log([0], { los: 1 })` does not compile.
const train = new Logger<'loss' | 'lr'>([
  new JSONStreamBackend(Verbosity.VERBOSE, join(directory, 'train.log.json')),
]);
const evaluation = new Logger([
  new StdOutBackend(Verbosity.DEFAULT, { prefixFormat: () => 'eval ' }),
  new JSONStreamBackend(Verbosity.DEFAULT, join(directory, 'eval.log.json')),
]);

train.metadata('loss', { unit: 'm^2', GOAL: 'MINIMIZE', STAGE: 'TRAIN' });
train.metadata('lr', { STAGE: 'TRAIN' });
evaluation.metadata('error', { unit: 'm', format: ':.3f', GOAL: 'MINIMIZE', STAGE: 'VAL' });
evaluation.metadata('gravity', { unit: 'm/s^2', format: ':.2f' });

// Seconds, and the metres that a stone fell in them. What is gravity?
const seen = [0.2, 0.4, 0.6, 0.8].map((time) => [time, 4.905 * time ** 2] as const);
const unseen = [0.5, 1].map((time) => [time, 4.905 * time ** 2] as const);

let gravity = 0;
for (let epoch = 0; epoch < 5; epoch++) {
  const lr = 5 * 0.9 ** epoch;
  for (const [iteration, [time, metres]] of seen.entries()) {
    const residual = (gravity / 2) * time ** 2 - metres;
    gravity -= lr * residual * time ** 2;
    // A method's records are VERBOSE unless it says otherwise; DLLogger.log()'s are DEFAULT.
    train.log([epoch, iteration], { loss: residual ** 2, lr });
  }

  const residuals = unseen.map(([time, metres]) => Math.abs((gravity / 2) * time ** 2 - metres));
  evaluation.log([epoch], { error: Math.max(...residuals), gravity }, Verbosity.DEFAULT);
  // Evaluations are few and costly: they are on the device before training continues.
  evaluation.flush({ sync: true });
}

train.close();
evaluation.close();
