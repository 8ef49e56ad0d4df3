/** The places of records on the axes, and the runs that a log holds. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, JsonValue } from 'dllogger/reader';
import fc from 'fast-check';
import { AXES, type Axis } from '#dist/runs/axis.js';
import { LogCurves } from '#dist/runs/log-curves.js';
import { PLAIN } from '#dist/runs/query.js';
import type { RunCurves } from '#dist/runs/run-curves.js';
import { times } from '../support/long.js';

const BEGIN = 1_790_000_000;

/** A log of records, each `[step, data]`, one second apart. */
function logOf(
  records: readonly (readonly [step: JsonValue, data: JsonObject])[],
  { table = new LogCurves(), start = BEGIN, first = 0 } = {},
): LogCurves {
  for (const [i, [step, data]] of records.entries()) {
    table.entry({
      kind: 'LOG',
      timestamp: start + first + i,
      elapsedtime: first + i,
      datetime: '',
      step,
      data,
      line: 1,
      offset: 0,
      length: 0,
    });
  }
  return table;
}

function onlyRun({ runs }: LogCurves): RunCurves {
  const [run] = runs;
  assert.equal(runs.length, 1);
  assert.ok(run);
  return run;
}

function points(run: RunCurves | undefined, metric: string, axis: Axis): number[][] {
  const curve = run?.curve(metric, axis, PLAIN);
  const extent = curve?.extent();
  if (curve === undefined || extent === undefined) return [];
  const { x, y } = curve.sample(...extent, curve.length);
  return Array.from(x, (place, i) => [place, y[i] ?? Number.NaN]);
}

const places = (run: RunCurves, metric: string, axis: Axis) =>
  points(run, metric, axis).map(([x]) => x);

describe('the step axis', () => {
  test('continues where iterations restart in each epoch', () => {
    const steps = [0, 1].flatMap((epoch) => [0, 1, 2, 3].map((i) => [epoch, i]));
    const run = onlyRun(logOf(steps.map((step, y) => [step, { y }])));
    assert.deepEqual(places(run, 'y', 'step'), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(places(run, 'y', 'epoch'), [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]);
  });

  test('is that of the iterations where they count through all epochs', () => {
    const steps = [
      [0, 0],
      [0, 1],
      [1, 2],
      [1, 3],
    ];
    const run = onlyRun(logOf(steps.map((step, y) => [step, { y }])));
    assert.deepEqual(places(run, 'y', 'step'), [0, 1, 2, 3]);
    assert.deepEqual(places(run, 'y', 'epoch'), [0, 0.5, 1, 1.5]);
  });

  for (const delay of [1, 40]) {
    test(`is not bent by a metric that is logged ${delay} steps late`, () => {
      const steps = Array.from({ length: 2000 }, (_, i) => [Math.floor(i / 100), i % 100]);
      const table = new LogCurves();
      for (let i = 0; i < steps.length + delay; i++) {
        const [now, before] = [steps[i], steps[i - delay]];
        if (now !== undefined) logOf([[now, { now: i }]], { table, first: i });
        if (before !== undefined) logOf([[before, { late: i - delay }]], { table, first: i });
        // Offsets move while the log grows.
        if (i % 97 === 0) places(onlyRun(table), 'late', 'step');
      }
      const run = onlyRun(table);
      const straight = Array.from({ length: 2000 }, (_, i) => [i, i]);
      assert.deepEqual(points(run, 'now', 'step'), straight);
      assert.deepEqual(points(run, 'late', 'step'), straight);
      assert.deepEqual(
        points(run, 'late', 'epoch'),
        straight.map(([x = 0, y = 0]) => [Math.floor(x / 100) + (x % 100) / 100, y]),
      );
    });
  }

  test('is right when an epoch turns out to be longer than it seemed', () => {
    const table = logOf([
      [[0, 0], { y: 0 }],
      [[1, 0], { y: 2 }],
      [[2, 0], { y: 4 }],
    ]);
    const run = onlyRun(table);
    assert.deepEqual(places(run, 'y', 'step'), [0, 1, 2]);
    logOf([[[1, 1], { y: 3 }]], { table, first: 3 });
    logOf([[[0, 1], { y: 1 }]], { table, first: 4 });
    assert.deepEqual(points(run, 'y', 'step'), [
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  test('of plain numbers is those numbers', () => {
    const run = onlyRun(logOf([10, 20, 30].map((step) => [step, { y: step }])));
    assert.deepEqual(places(run, 'y', 'step'), [10, 20, 30]);
  });

  test('has an epoch summary where the epoch ends, and the epoch axis under its number', () => {
    const run = onlyRun(
      logOf([
        [[0, 0], { loss: 5 }],
        [[0, 1], { loss: 4 }],
        [[0], { loss: 4.5, accuracy: 0.5 }],
        [[1, 0], { loss: 3 }],
        [[1, 1], { loss: 2 }],
        [[1], { loss: 2.5, accuracy: 0.6 }],
      ]),
    );
    assert.deepEqual(points(run, 'accuracy', 'step'), [
      [1, 0.5],
      [3, 0.6],
    ]);
    assert.deepEqual(points(run, 'accuracy', 'epoch'), [
      [0, 0.5],
      [1, 0.6],
    ]);
    // Iterations and summaries of one metric are never mixed into one line.
    assert.deepEqual(
      points(run, 'loss', 'step').map(([, y]) => y),
      [5, 4, 3, 2],
    );
    assert.deepEqual(
      points(run, 'loss', 'epoch').map(([, y]) => y),
      [4.5, 2.5],
    );
  });

  test('spreads a validation over the iteration that it belongs to', () => {
    const run = onlyRun(
      logOf([
        [[0, 0, 0], { v: 1 }],
        [[0, 0, 1], { v: 2 }],
        [[0, 1, 0], { v: 3 }],
        [[0, 1, 1], { v: 4 }],
      ]),
    );
    assert.deepEqual(places(run, 'v', 'step'), [0, 0.5, 1, 1.5]);
  });

  test('is not moved by a third component that never changes', () => {
    const run = onlyRun(
      logOf([
        [[1, 1, 390], { loss: 2 }],
        [[1, 2, 390], { loss: 1 }],
      ]),
    );
    assert.deepEqual(places(run, 'loss', 'step'), [1, 2]);
  });

  test('counts records without a numeric step one by one', () => {
    const run = onlyRun(
      logOf([
        [{}, { throughput: 10 }],
        ['90%', { throughput: 20 }],
        [{}, { throughput: 30 }],
      ]),
    );
    assert.deepEqual(points(run, 'throughput', 'step'), [
      [0, 10],
      [1, 20],
      [2, 30],
    ]);
  });
});

test('metrics that begin in one record keep their own steps when their records differ later', () => {
  const data = (i: number): JsonObject => ({
    ...(i > 0 && { always: i }),
    ...(i > 0 && i !== 3 && { paused: i }),
    ...(i > 0 && i % 2 === 1 && { odd: i }),
    first: i,
  });
  const run = onlyRun(logOf(Array.from({ length: 9 }, (_, i) => [[0, i], data(i)])));
  const of = (metric: string) => points(run, metric, 'step').map(([x]) => x);
  assert.deepEqual(of('first'), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(of('always'), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(of('paused'), [1, 2, 4, 5, 6, 7, 8]);
  assert.deepEqual(of('odd'), [1, 3, 5, 7]);
});

test('elapsed time and time are as logged', () => {
  const run = onlyRun(logOf([5, 6].map((step) => [step, { y: 1 }])));
  assert.deepEqual(places(run, 'y', 'time'), [BEGIN, BEGIN + 1]);
  assert.deepEqual(places(run, 'y', 'elapsed'), [0, 1]);
});

test('without elapsed time in the log it is counted from the first record', () => {
  const table = new LogCurves();
  for (const [i, step] of [0, 1, 2].entries()) {
    const place = { datetime: '', line: 1, offset: 0, length: 0 };
    const [timestamp, elapsedtime] = [BEGIN + 10 * i, Number.NaN];
    table.entry({ kind: 'LOG', timestamp, elapsedtime, ...place, step, data: { y: i } });
  }
  assert.deepEqual(places(onlyRun(table), 'y', 'elapsed'), [0, 10, 20]);
});

test('parameters, the summary, and values that are no numbers stay out of the curves', () => {
  const run = onlyRun(
    logOf([
      ['PARAMETER', { lr: 0.1 }],
      [[0, 0], { loss: 1, note: 'text', list: [1], ok: true, nothing: null }],
      [[], { loss: 0.5 }],
    ]),
  );
  assert.deepEqual([...run.metrics], ['loss', 'ok']);
  assert.deepEqual([...run.parameters], [['lr', 0.1]]);
  assert.deepEqual([...run.summary], [['loss', 0.5]]);
});

test('keys such as __proto__ are metrics like any other', () => {
  const data = JSON.parse('{"__proto__": 1, "constructor": 2}') as JsonObject;
  const run = onlyRun(logOf([[[0, 0], data]]));
  assert.deepEqual([...run.metrics], ['__proto__', 'constructor']);
  assert.deepEqual(points(run, '__proto__', 'step'), [[0, 1]]);
});

test('NaN and infinities are counted and leave gaps', () => {
  const values = [1, Number.NaN, Number.POSITIVE_INFINITY, 2];
  const run = onlyRun(logOf(values.map((y, i) => [[0, i], { y }])));
  assert.equal(run.counts('y', 'step').notFinite, 2);
  assert.deepEqual(
    points(run, 'y', 'step').map(([, y]) => y),
    values,
  );
});

test('on every axis points come in order, and none is lost, whatever the steps', () => {
  const place = fc.oneof(
    fc.integer({ min: -3, max: 12 }),
    fc.constantFrom(0, 1, 1573, 1e9, 0.5, 2.25),
  );
  const record = fc.record({
    step: fc.oneof(fc.array(place, { minLength: 1, maxLength: 4 }), place, fc.constant('90%')),
    later: fc.constantFrom(0, 1, 60, -5),
    y: fc.constantFrom(1, 2, -3, Number.NaN),
  });
  const property = fc.property(fc.array(record, { maxLength: 200 }), (records) => {
    const table = new LogCurves();
    let elapsedtime = 10;
    for (const { step, later, y } of records) {
      elapsedtime += later;
      const timestamp = BEGIN + elapsedtime;
      const where = { datetime: '', line: 1, offset: 0, length: 0 };
      table.entry({ kind: 'LOG', timestamp, elapsedtime, ...where, step, data: { y } });
    }
    for (const axis of AXES) {
      let shown = 0;
      for (const depth of [0, 1, 2, 3, 4]) {
        const own = records.filter(({ step }) => depthOf(step) === depth);
        const alone = new LogCurves();
        for (const [i, { step, y }] of own.entries()) {
          const where = { datetime: '', line: 1, offset: 0, length: 0 };
          const times = { timestamp: BEGIN + i, elapsedtime: i };
          alone.entry({ kind: 'LOG', ...times, ...where, step, data: { y } });
        }
        const xs = points(alone.runs[0], 'y', axis).map(([x = 0]) => x);
        assert.deepEqual(
          xs,
          xs.toSorted((a, b) => a - b),
          `${axis}, depth ${depth}`,
        );
        assert.equal(xs.length, own.length);
        shown += xs.length;
      }
      assert.equal(shown, records.length);
      const xs = points(table.runs[0], 'y', axis).map(([x = 0]) => x);
      assert.deepEqual(
        xs,
        xs.toSorted((a, b) => a - b),
        axis,
      );
    }
  });
  fc.assert(property, { numRuns: times(100, 300) });
});

function depthOf(step: JsonValue): number {
  if (typeof step === 'number') return 1;
  return Array.isArray(step) ? step.length : 0;
}
