/** loadRun(): a whole log as parameters, series and sessions. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { loadRun } from 'dllogger/reader';
import { LogScan } from '#dist/reader/log-scan.js';
import { LogCurves } from '#dist/runs/log-curves.js';
import { dllogger } from '../support/cli.js';
import { newPath, withLog } from '../support/log.js';

test('loadRun() gives parameters, metadata, series, other values and the summary of a run', async () => {
  const path = withLog((logger) => {
    logger.log('PARAMETER', { lr: 0.1, model: 'resnet' });
    logger.log('PARAMETER', { lr: 0.2, sizes: [1, 2] });
    logger.log('ENVIRONMENT', { gpu: 'none' });
    logger.metadata('loss', { unit: 'nat' });
    logger.metadata('loss', { format: ':.3f' });
    for (let epoch = 0; epoch < 2; epoch++) {
      for (let i = 0; i < 3; i++) logger.log([epoch, i], { loss: epoch + i / 10 });
      logger.log([epoch], { loss: epoch, accuracy: epoch / 2, note: `epoch ${epoch}` });
    }
    logger.log([], { loss: 0.5 });
  });
  const run = await loadRun(path);
  assert.equal(run.path, path);
  assert.deepEqual(run.counts, { LOG: 12, METADATA: 2 });
  assert.deepEqual(
    [...run.parameters],
    [
      ['lr', 0.2],
      ['model', 'resnet'],
      ['sizes', [1, 2]],
    ],
  );
  assert.deepEqual([...run.environment], [['gpu', 'none']]);
  assert.deepEqual([...run.metadata], [['loss', { unit: 'nat', format: ':.3f' }]]);
  assert.deepEqual([...run.series.keys()], ['loss', 'accuracy']);
  const [iterations, epochs, total] = run.series.get('loss') ?? [];
  assert.deepEqual(iterations?.steps, [
    Float64Array.of(0, 0, 0, 1, 1, 1),
    Float64Array.of(0, 1, 2, 0, 1, 2),
  ]);
  assert.deepEqual(iterations?.values, Float64Array.of(0, 0.1, 0.2, 1, 1.1, 1.2));
  assert.deepEqual([epochs?.depth, epochs?.length, epochs?.steps], [1, 2, [Float64Array.of(0, 1)]]);
  assert.deepEqual([total?.depth, total?.labels, total?.values], [0, ['[]'], Float64Array.of(0.5)]);
  for (const series of [iterations, epochs, total]) {
    assert.deepEqual(
      [series?.times.length, series?.elapsed.length],
      [series?.length, series?.length],
    );
  }
  assert.deepEqual(
    run.others.get('note')?.map(({ step, value }) => [step, value]),
    [
      [[0], 'epoch 0'],
      [[1], 'epoch 1'],
    ],
  );
  assert.deepEqual(
    run.summary.map(({ data }) => data),
    [{ loss: 0.5 }],
  );
  assert.equal(run.sessions.length, 1);
  assert.equal(run.sessions[0]?.records, 14);
  assert.ok(run.begin <= run.end && run.end - run.begin < 60);
  assert.equal(run.problems.count, 0);
});

test('a mean is a number where the rounding error of the sum is too large for one', async () => {
  const path = withLog((logger) => {
    for (const loss of [2 ** 970, 2 ** 971, -Number.MAX_VALUE]) logger.log([0], { loss });
  });
  const { stdout } = await dllogger(['summary', path, '--json']);
  const [summary] = JSON.parse(stdout) as { metrics: { mean: number }[] }[];
  assert.equal(summary?.metrics[0]?.mean, -5.992310449541052e307);
});

test('metrics that come and go keep the steps and times at which they were logged', async () => {
  const path = withLog((logger) => {
    for (let i = 0; i < 1000; i++) {
      logger.log([0, i], { loss: i, ...(i % 3 === 0 ? { lr: i / 10 } : {}) });
      if (i > 900) logger.log([0, i], { late: i, flag: i % 2 === 0, nothing: null });
    }
  });
  const run = await loadRun(path);
  const steps = (metric: string) => Array.from(run.series.get(metric)?.[0]?.steps[1] ?? []);
  const values = (metric: string) => Array.from(run.series.get(metric)?.[0]?.values ?? []);
  assert.deepEqual(steps('loss'), values('loss'));
  assert.deepEqual(
    steps('lr').map((step) => step / 10),
    values('lr'),
  );
  assert.equal(steps('lr').length, 334);
  assert.deepEqual(
    steps('late'),
    Array.from({ length: 99 }, (_, i) => 901 + i),
  );
  assert.deepEqual(values('flag').slice(0, 3), [0, 1, 0]);
  assert.equal(run.others.get('nothing')?.length, 99);
  const times = run.series.get('late')?.[0]?.times;
  assert.ok(times?.every((time, i) => i === 0 || time >= (times[i - 1] ?? 0)));
});

test('steps that are text, objects or partly null have labels, or NaN components', async () => {
  const path = withLog((logger) => {
    logger.log('avg', { latency: 1 });
    logger.log('90%', { latency: 2 });
    logger.log({ a: [1] }, { latency: 3 });
    logger.log(7, { latency: 4 });
    logger.log([1, null, 'x'], { latency: 5 });
  });
  const series = (await loadRun(path)).series.get('latency') ?? [];
  const of = (depth: number) => series.find((one) => one.depth === depth);
  assert.deepEqual(of(0)?.labels, ['avg', '90%', '{"a":[1]}']);
  assert.deepEqual(of(0)?.steps, []);
  assert.deepEqual(of(1)?.steps, [Float64Array.of(7)]);
  assert.deepEqual(
    of(3)?.steps,
    [1, Number.NaN, Number.NaN].map((place) => Float64Array.of(place)),
  );
});

test('two runs in one log are told apart by when their loggers were made', async () => {
  const line = (time: number, elapsed: number) =>
    `DLLL {"timestamp": "${time}", "datetime": "", "elapsedtime": "${elapsed}", "type": "LOG", "step": [0], "data": {"loss": 1}}\n`;
  let text = '';
  for (let i = 0; i < 10; i++) text += line(1000 + i, i) + line(1000.5 + i, i - 499.5 + 1000);
  const { sessions } = await loadRun(Readable.from([text]));
  assert.deepEqual(sessions, [
    { start: 500, line: 2, records: 10, firstStep: [0], run: 1 },
    { start: 1000, line: 1, records: 10, firstStep: [0], run: 0 },
  ]);
});

/** Lines at given seconds of elapsed time; their timestamps are `offset` seconds higher. */
function session(elapsed: readonly number[], offset: number, step = 0): string {
  return elapsed
    .map(
      (seconds, i) =>
        `DLLL {"timestamp": "${offset + seconds}", "elapsedtime": "${seconds}", "type": "LOG", ` +
        `"step": [${step + i}], "data": {"loss": 1}}\n`,
    )
    .join('');
}

/** The number of sessions and the seconds of the last run, as summary, loadRun and plot find them in a log. */
async function sessionsOf(text: string) {
  const { sessions } = await loadRun(Readable.from([text]));
  const path = newPath();
  writeFileSync(path, text);
  const { stdout } = await dllogger(['summary', '--json', path]);
  const told = JSON.parse(stdout).flatMap((run: { sessions: unknown[] }) => run.sessions);
  told.sort((a: { start: number }, b: { start: number }) => a.start - b.start);
  assert.deepEqual(told, sessions);
  const table = new LogCurves();
  await new LogScan(Readable.from([text]), table, {}).finish();
  return {
    records: sessions.map(({ records }) => records),
    elapsed: table.runs.map(({ elapsed }) => elapsed),
  };
}

const seconds = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

for (const [what, step] of [
  ['forward', 3600],
  ['back', -3600],
  ['back by little', -2],
] as const) {
  test(`a wall clock that steps ${what} makes no second session`, async () => {
    const text = session(seconds(0, 10), 1e6) + session(seconds(10, 10), 1e6 + step, 10);
    assert.deepEqual(await sessionsOf(text), { records: [20], elapsed: [19] });
    const quick = (list: readonly number[]) => list.map((second) => second / 1000);
    assert.deepEqual(
      await sessionsOf(
        session(quick(seconds(0, 10)), 1e6) + session(quick(seconds(10, 10)), 1e6 + step, 10),
      ),
      { records: [20], elapsed: [0.019] },
    );
  });
}

test('a clock that steps is told from a logger that starts again, and from a second logger', async () => {
  const first = session(seconds(0, 5), 1e6);
  assert.deepEqual(await sessionsOf(first + session(seconds(0, 5), 1e6 + 100, 5)), {
    records: [5, 5],
    elapsed: [8],
  });
  // A run that dies at once, again and again, each time a little later than before.
  const crashes = [0, 1, 2].map((i) => session([0.001 + i / 1e4], 1e6 + 100 * i, i)).join('');
  assert.deepEqual((await sessionsOf(crashes)).records, [1, 1, 1]);
  // Two sessions that write in turns; the clock is stepped.
  let text = '';
  for (let i = 0; i < 20; i++) {
    const step = i < 10 ? 0 : 500;
    text += session([i], 1e6 + step, i) + session([70 + i], 1e6 - 70 + step, i);
  }
  assert.deepEqual((await sessionsOf(text)).records, [20, 20]);
});
