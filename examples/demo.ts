/**
 * Trains a small network on real flowers, and logs the whole training.
 *
 *     npm run demo
 *     LEARNING_RATE=0.1 node out/examples/demo.js [directory for demo.log.json]
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as DLLogger from 'dllogger';
import { JSONStreamBackend, StdOutBackend, Verbosity } from 'dllogger';
import { batches, loadIris, type Sample } from './demo/dataset.js';
import { type Evaluation, Network } from './demo/network.js';
import { seeded, shuffled } from './demo/random.js';
import { mean } from './demo/vector.js';

const parameters = {
  seed: 42,
  epochs: 20,
  batchSize: 10,
  learningRate: Number(process.env.LEARNING_RATE ?? 0.3),
  learningRateDecay: 0.95,
  hiddenUnits: 8,
  validationShare: 0.3,
};

const file = resolve(process.argv[2] ?? '.', 'demo.log.json');

DLLogger.init([
  new StdOutBackend(Verbosity.DEFAULT),
  new JSONStreamBackend(Verbosity.VERBOSE, file),
]);

function describeMetrics(): void {
  const loss = { unit: 'nat', format: ':.4f', GOAL: 'MINIMIZE' };
  const speed = { unit: 'samples/s', format: ':.0f', GOAL: 'MAXIMIZE' };
  const accuracy = { unit: '', format: ':.1%', GOAL: 'MAXIMIZE' };
  DLLogger.metadata('loss', { ...loss, STAGE: 'TRAIN' });
  DLLogger.metadata('speed', { ...speed, STAGE: 'TRAIN' });
  DLLogger.metadata('lr', { unit: '', format: ':.3f', STAGE: 'TRAIN' });
  DLLogger.metadata('val.loss', { ...loss, STAGE: 'VAL' });
  DLLogger.metadata('val.accuracy', { ...accuracy, STAGE: 'VAL' });
}

/** Trains for one epoch, batch by batch. Returns the mean loss. */
function trainEpoch(
  epoch: number,
  network: Network,
  samples: readonly Sample[],
  lr: number,
): number {
  const losses: number[] = [];
  for (const [iteration, batch] of batches(samples, parameters.batchSize).entries()) {
    const start = performance.now();
    const { loss } = network.train(batch, lr);
    const speed = samplesPerSecond(batch.length, start);
    DLLogger.log([epoch, iteration], { loss, speed, lr }, Verbosity.VERBOSE);
    losses.push(loss);
  }
  return mean(losses);
}

/** Validates after an iteration, batch by batch. Returns the metrics over all samples. */
function validate(epoch: number, iteration: number, network: Network, samples: readonly Sample[]) {
  const metrics = ({ loss, accuracy }: Evaluation) => ({
    'val.loss': loss,
    'val.accuracy': accuracy,
  });
  for (const [i, batch] of batches(samples, parameters.batchSize).entries()) {
    DLLogger.log([epoch, iteration, i], metrics(network.evaluate(batch)), Verbosity.VERBOSE);
  }
  return metrics(network.evaluate(samples));
}

function samplesPerSecond(samples: number, start: number): number {
  return (1000 * samples) / (performance.now() - start);
}

function run(): void {
  const random = seeded(parameters.seed);
  const { train, validation } = loadIris(parameters.validationShare, random);
  const network = new Network(4, parameters.hiddenUnits, 3, random);
  const iterations = Math.ceil(train.length / parameters.batchSize);
  let summary = {};

  for (let epoch = 0; epoch < parameters.epochs; epoch++) {
    const lr = parameters.learningRate * parameters.learningRateDecay ** epoch;
    const start = performance.now();
    const loss = trainEpoch(epoch, network, shuffled(train, random), lr);
    const speed = samplesPerSecond(train.length, start);
    summary = { loss, speed, lr, ...validate(epoch, iterations - 1, network, validation) };
    DLLogger.log([epoch], summary);
  }
  DLLogger.log([], summary);
}

describeMetrics();
DLLogger.log('PARAMETER', parameters);
run();
DLLogger.close();

const records = readFileSync(file, 'utf8').trimEnd().split('\n').length;
console.log(
  `\n${records} records in ${file}, written by the ${DLLogger.implementation} implementation`,
);
