/** The whole API in one screen: node out/examples/quick-start.js [directory] */
import { join } from 'node:path';
import * as DLLogger from 'dllogger';
import { JSONStreamBackend, StdOutBackend, Verbosity } from 'dllogger';

const directory = process.argv[2] ?? '.';

DLLogger.init([
  new StdOutBackend(Verbosity.DEFAULT),
  new JSONStreamBackend(Verbosity.VERBOSE, join(directory, 'quick-start.log.json')),
]);

DLLogger.metadata('loss', { unit: 'nat', format: ':.4f', GOAL: 'MINIMIZE', STAGE: 'TRAIN' });
DLLogger.metadata('weight', { format: ':.3f', STAGE: 'TRAIN' });

const parameters = { epochs: 3, iterations: 5, learningRate: 0.05, heads: 7, tails: 3 };
DLLogger.log('PARAMETER', parameters);

// How loaded is a coin that fell on heads 7 times in 10? The weight is its log-odds.
const { heads, tails } = parameters;
let weight = 0;
let loss = 0;

for (let epoch = 0; epoch < parameters.epochs; epoch++) {
  for (let iteration = 0; iteration < parameters.iterations; iteration++) {
    const p = 1 / (1 + Math.exp(-weight));
    loss = -heads * Math.log(p) - tails * Math.log(1 - p);
    weight += parameters.learningRate * (heads * (1 - p) - tails * p);

    // VERBOSE: for the file, not for the terminal.
    DLLogger.log([epoch, iteration], { loss, weight }, Verbosity.VERBOSE);
  }
  DLLogger.log([epoch], { loss, weight });
}

DLLogger.log([], { loss, weight, probability: 1 / (1 + Math.exp(-weight)) });
DLLogger.flush();
