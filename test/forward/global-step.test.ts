/** The integers of steps agree with the step axis of the charts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GlobalStep } from '#dist/forward/global-step.js';
import { Positions } from '#dist/runs/positions.js';

/** Iterations of each epoch. */
const lengths = fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 1, maxLength: 9 });

function assertAgrees(steps: readonly (readonly number[])[]): void {
  const global = new GlobalStep();
  const positions = new Positions();
  const found = steps.map((step, i) => {
    global.add(step, step.length);
    positions.add(step, step.length, i, i);
    return global.step;
  });
  const axis = positions.on('step');
  assert.deepEqual(
    found,
    steps.map((_, i) => axis(i)),
  );
}

test('iterations that restart in each epoch agree', () => {
  fc.assert(
    fc.property(lengths, fc.integer({ min: 0, max: 1 }), (epochs, first) => {
      assertAgrees(
        epochs.flatMap((length, e) => [
          ...Array.from({ length }, (_, i) => [e + first, i]),
          [e + first],
        ]),
      );
    }),
  );
});

test('iterations that continue from epoch to epoch agree', () => {
  fc.assert(
    fc.property(lengths, (epochs) => {
      let iteration = 0;
      assertAgrees(
        epochs.flatMap((length, e) => [...Array.from({ length }, () => [e, iteration++]), [e]]),
      );
    }),
  );
});

test('epochs without iterations agree', () => {
  assertAgrees([[0], [1], [5]]);
});

test('validations are counted, the summary lies at the last iteration, too large steps are cut', () => {
  const global = new GlobalStep();
  const at = (...step: number[]) => {
    global.add(step, step.length);
    return [global.level, global.step];
  };
  assert.deepEqual(at(), ['summary', 0]);
  assert.deepEqual(at(0, 9), ['iteration', 9]);
  assert.deepEqual(at(0, 9, 0), ['validation', 0]);
  assert.deepEqual(at(0, 9, 1), ['validation', 1]);
  assert.deepEqual(at(1, 0), ['iteration', 10]);
  assert.deepEqual(at(1), ['epoch', 10]);
  assert.deepEqual(at(), ['summary', 10]);
  assert.deepEqual(at(2, 1e300), ['iteration', Number.MAX_SAFE_INTEGER]);
});
