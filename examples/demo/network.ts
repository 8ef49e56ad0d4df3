/** A network with one hidden layer (tanh) and a softmax, and its gradient by hand. */
import type { Sample } from './dataset.js';
import { normal, type Random } from './random.js';
import {
  type Matrix,
  mean,
  outer,
  plus,
  sum,
  times,
  transposed,
  type Vector,
  zip,
} from './vector.js';

export interface Evaluation {
  /** Cross-entropy in nat, the mean over the samples. */
  readonly loss: number;
  /** Share of samples whose most probable class is the right one. */
  readonly accuracy: number;
}

export class Network {
  // The last column of each matrix is the bias: its input is always 1.
  #hidden: Matrix;
  #output: Matrix;

  constructor(inputs: number, hidden: number, classes: number, random: Random) {
    this.#hidden = randomMatrix(hidden, inputs + 1, random);
    this.#output = randomMatrix(classes, hidden + 1, random);
  }

  evaluate(samples: readonly Sample[]): Evaluation {
    return score(
      samples,
      samples.map(({ features }) => this.#forward(features).probabilities),
    );
  }

  /** One step down the gradient of a batch. Returns the evaluation of the batch before the step. */
  train(batch: readonly Sample[], learningRate: number): Evaluation {
    const passes = batch.map(({ features }) => this.#forward(features));
    const gradients = zip(batch, passes, ({ features, label }, { hidden, probabilities }) => {
      const atOutput = probabilities.map((p, i) => p - Number(i === label));
      const back = times(transposed(this.#output), atOutput);
      const atHidden = zip(hidden, back, (h, g) => (1 - h * h) * g);
      return { hidden: outer(atHidden, [...features, 1]), output: outer(atOutput, [...hidden, 1]) };
    });
    const factor = -learningRate / batch.length;
    for (const gradient of gradients) {
      this.#hidden = plus(this.#hidden, gradient.hidden, factor);
      this.#output = plus(this.#output, gradient.output, factor);
    }
    return score(
      batch,
      passes.map(({ probabilities }) => probabilities),
    );
  }

  #forward(features: Vector): { hidden: Vector; probabilities: Vector } {
    const hidden = times(this.#hidden, [...features, 1]).map(Math.tanh);
    return { hidden, probabilities: softmax(times(this.#output, [...hidden, 1])) };
  }
}

function score(samples: readonly Sample[], probabilities: readonly Vector[]): Evaluation {
  return {
    loss: mean(zip(samples, probabilities, ({ label }, p) => -Math.log(p[label] ?? 0))),
    accuracy: mean(
      zip(samples, probabilities, ({ label }, p) => Number(p[label] === Math.max(...p))),
    ),
  };
}

function softmax(logits: Vector): Vector {
  const largest = Math.max(...logits);
  const powers = logits.map((x) => Math.exp(x - largest));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

function randomMatrix(rows: number, columns: number, random: Random): Matrix {
  const scale = 1 / Math.sqrt(columns);
  const row = () => Array.from({ length: columns }, () => scale * normal(random));
  return Array.from({ length: rows }, row);
}
