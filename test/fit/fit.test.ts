/** `dllogger/fit` logs what a library's `fit()` passes to its callbacks; test/ecosystem tests the library itself. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { JSONStreamBackend, Logger } from 'dllogger';
import { type FitCallback, type FitOptions, fitCallback } from 'dllogger/fit';
import { readRecords, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
let files = 0;

/** What is in the log after `train` has called the hooks. */
function logged(train: (callback: FitCallback) => void, options: FitOptions = {}) {
  const path = join(directory, `${files++}.json`);
  const logger = new Logger([new JSONStreamBackend(1, path)]);
  train(fitCallback({ ...options, logger }));
  logger.close();
  return readRecords(path).map((record) =>
    record.type === 'LOG' ? [record.step, record.data] : [record.metric, record.metadata],
  );
}

/** The hooks as a library calls them: on their own, without the object they come from. */
function fit(callback: FitCallback, initialEpoch = 0, batches = 2): void {
  const { setParams, setModel, onTrainBegin, onTrainEnd } = callback;
  const { onEpochBegin, onEpochEnd, onBatchBegin, onBatchEnd } = callback;
  setParams({ epochs: 2 });
  setModel({});
  onTrainBegin();
  for (let epoch = initialEpoch; epoch < initialEpoch + 2; epoch++) {
    onEpochBegin(epoch);
    for (let batch = 0; batch < batches; batch++) {
      onBatchBegin(batch, { batch, size: 32 });
      onBatchEnd(batch, { batch, size: 32, loss: 1 / (epoch + batch + 2) });
    }
    onEpochEnd(epoch, { loss: 0.25, val_loss: { dataSync: () => Float32Array.of(0.5) } });
  }
  onTrainEnd();
}

test('batches, epochs and the end of a training are logged, tensors as their numbers', () => {
  assert.deepEqual(logged(fit), [
    [[0, 0], { loss: 0.5 }],
    [[0, 1], { loss: 1 / 3 }],
    [[0], { loss: 0.25, val_loss: 0.5 }],
    [[1, 0], { loss: 1 / 3 }],
    [[1, 1], { loss: 0.25 }],
    [[1], { loss: 0.25, val_loss: 0.5 }],
    [[], { loss: 0.25, val_loss: 0.5 }],
  ]);
});

test('a training that starts at a later epoch, and epochs without batches, are logged', () => {
  assert.deepEqual(
    logged((callback) => fit(callback, 5, 0)).map(([step]) => step),
    [[5], [6], []],
  );
});

test('epochs are right for a library that does not say when an epoch begins', () => {
  const steps = logged((callback) => {
    for (const epoch of [0, 1]) {
      callback.onBatchEnd(0, { loss: 1 });
      callback.onEpochEnd(epoch, { loss: 1 });
    }
  }).map(([step]) => step);
  assert.deepEqual(steps, [[0, 0], [0], [1, 0], [1]]);
});

test('a training that throws keeps what was logged, and has no summary', () => {
  const steps = logged((callback) => {
    callback.onTrainBegin();
    callback.onEpochBegin(0);
    callback.onBatchEnd(0, { loss: 1 });
  }).map(([step]) => step);
  assert.deepEqual(steps, [[0, 0]]);
});

test('the option goals logs which direction is better', () => {
  const train = (callback: FitCallback): void => {
    callback.onEpochEnd(0, { loss: 1, val_acc: 0.5, lr: 0.1 });
    callback.onEpochEnd(1, { loss: 1, val_acc: 0.5, lr: 0.1 });
  };
  assert.equal(logged(train).length, 2);
  assert.deepEqual(logged(train, { goals: true }).slice(0, 2), [
    ['loss', { GOAL: 'MINIMIZE', STAGE: 'TRAIN' }],
    ['val_acc', { GOAL: 'MAXIMIZE', STAGE: 'VAL' }],
  ]);
});

test('before init() the first hook that logs says what to do', () => {
  assert.throws(() => fitCallback().onEpochEnd(0, { loss: 1 }), { name: 'DLLoggerNotInitialized' });
});
