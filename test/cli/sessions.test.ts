/** What each command does with a log of several sessions. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dllogger } from '../support/cli.js';
import { folder } from '../support/dashboard.js';
import { eventFiles, eventsOf } from '../support/event-files.js';
import { newPath } from '../support/log.js';
import { FakeMlflow } from '../support/mlflow.js';
import { ROOT, readRecords } from '../support/run.js';
import { serve, watch } from '../support/serve.js';
import { epochs, logOf, session } from '../support/sessions.js';

const resumed = logOf(
  session(0, [['PARAMETER', { lr: 1 }], ...epochs(0, 5, 1)]),
  session(1000, [['PARAMETER', { lr: 1 }], ...epochs(3, 8, 2), [[], { acc: 2 }]]),
);

test('summary counts the steps of a resumed run once, and says what it leaves out', async () => {
  const { code, stdout } = await dllogger(['summary', resumed]);
  assert.equal(code, 0);
  const text = stdout.replace(/\s+/g, ' ');
  assert.match(text, / 2 sessions, the second resumed at \(3, 0\); 8 replaced records not counted/);
  assert.match(text, / 35 records 8 epochs /);
  assert.match(text, / loss iteration 24 1 2 1 \(0, 0\) 2 \(3, 0\) 1\.625 /);
  const piped = await dllogger(['summary', '-'], { input: readFileSync(resumed) });
  assert.equal(piped.stdout.replace(/^.*/, resumed), stdout);
  const [answer] = JSON.parse((await dllogger(['summary', '--json', resumed])).stdout);
  assert.deepEqual([answer.replaced, answer.records, answer.epochs], [8, 35, 8]);
  assert.deepEqual(
    answer.sessions.map(({ firstStep, run }: Record<string, unknown>) => [firstStep, run]),
    [
      [[0, 0], 0],
      [[3, 0], 0],
    ],
  );
});

test('--all-sessions shows what was replaced: a session that replaces is a run of its own', async () => {
  const args = ['summary', '--json', '--all-sessions', resumed];
  const answers = JSON.parse((await dllogger(args)).stdout);
  assert.deepEqual(
    answers.map(({ path, run, records, replaced }: Record<string, unknown>) => [
      ...[path, run, records, replaced],
    ]),
    [
      [resumed, resumed.split('/').at(-1), 21, 0],
      [resumed, `${resumed.split('/').at(-1)} #2`, 22, 0],
    ],
  );
});

test('plot has each step of a resumed run once', async () => {
  const [line] = JSON.parse((await dllogger(['plot', '--json', '-m', 'loss', resumed])).stdout);
  assert.deepEqual(
    line.x,
    Array.from({ length: 24 }, (_, i) => i),
  );
  assert.deepEqual(
    line.y,
    line.x.map((x: number) => (x < 9 ? 1 : 2)),
  );
  const all = await dllogger(['plot', '--json', '-m', 'loss', '--all-sessions', resumed]);
  assert.deepEqual(
    JSON.parse(all.stdout).map(({ y }: { y: number[] }) => [y.length, new Set(y).size]),
    [
      [15, 1],
      [15, 1],
    ],
  );
});

test('compare takes its figures from the records that hold', async () => {
  const other = logOf(session(0, epochs(0, 8, 1.5)));
  const args = ['compare', '--json', resumed, other];
  const { metrics } = JSON.parse((await dllogger(args)).stdout);
  assert.deepEqual(metrics[0].final, [2, 1.5]);
  const anew = logOf(
    session(0, [['PARAMETER', { dropout: 1 }], ...epochs(0, 3, 1)]),
    session(500, [['PARAMETER', { lr: 3 }], ...epochs(0, 1, 7)]),
  );
  const { parameters } = JSON.parse((await dllogger(['compare', '--json', anew, other])).stdout);
  assert.deepEqual(parameters, [{ name: 'lr', values: [3, null] }]);
});

test('serve reads a log again when its run is resumed or restarted', async () => {
  const path = join(folder(), 'live.json');
  writeFileSync(path, session(0, epochs(0, 5, 1)));
  const server = await serve([path]);
  const all = watch({ logs: [path], folders: [], showsAll: true });
  await server.until((runs) => runs.get('live.json')?.records === 20);
  appendFileSync(path, session(1000, epochs(3, 4, 2)));
  const [run] = await server.until((runs) => runs.get('live.json')?.records === 16);
  const [chart] = await server.charts({ metrics: ['loss'], runs: [run?.id ?? -1] });
  assert.deepEqual([...(chart?.curves[0]?.raw.y ?? [])], [...Array(9).fill(1), 2, 2, 2]);
  await all.until((runs) => runs.get('live.json #2')?.records === 4);
  appendFileSync(path, session(2000, epochs(0, 1, 3)));
  await server.until((runs) => runs.size === 1 && runs.get('live.json')?.records === 4);
  await all.until((runs) => runs.get('live.json #3')?.records === 4);
});

test('merge takes the records that hold of each rank, step by step and in memory', async () => {
  const rank = (loss: number) =>
    logOf(
      session(0, [['PARAMETER', { lr: 1 }], ...epochs(0, 3, 100 * loss)]),
      session(1000, epochs(0, 1, loss)),
      session(2000, epochs(1, 2, 3 * loss)),
    );
  const [a, b, plain] = [rank(1), rank(2), logOf(session(0, epochs(0, 2, 6)))];
  const target = newPath();
  await dllogger(['merge', a, b, plain, '-o', target]);
  const records = readRecords(target);
  assert.deepEqual(
    records
      .filter(({ step }) => Array.isArray(step) && step.length === 2)
      .map(({ data }) => (data as { loss: number }).loss),
    [3, 3, 3, 5, 5, 5],
  );
  const piped = await dllogger(['merge', '-', b, plain, '-o', '-'], { input: readFileSync(a) });
  assert.deepEqual(
    piped.stdout.trimEnd().split('\n').sort(),
    readFileSync(target, 'utf8').trimEnd().split('\n').sort(),
  );
  await dllogger(['merge', a, '--all-sessions', '-o', target]);
  assert.equal(readRecords(target).length, 1 + 12 + 4 + 4);
});

test('merge drops the replaced records of a session that is resumed late in a long log', async () => {
  const long = logOf(session(0, epochs(0, 500, 1)), session(50_000, epochs(350, 351, 2)));
  const target = newPath();
  await dllogger(['merge', long, '-o', target]);
  assert.equal(readRecords(target).length, 351 * 4);
});

test('forward sends no replaced record to MLflow, and makes TensorBoard drop them', async () => {
  const server = await FakeMlflow.start();
  const directory = newPath();
  const log = logOf(
    session(0, [['PARAMETER', { lr: 1 }], ...epochs(0, 5, 1)]),
    session(1000, [['PARAMETER', { lr: 1 }], ...epochs(3, 5, 2)]),
  );
  const args = ['forward', log, '--mlflow', server.url, '--tensorboard', directory];
  const { code, stdout } = await dllogger(args);
  assert.equal(code, 0);
  assert.match(stdout, /mlflow: .* skipped 8 records that a later session replaced/);
  const [run] = server.runs;
  assert.deepEqual(
    run?.metrics.map(({ value }) => value),
    [1, 1, 1, 2, 2],
  );
  const starts = eventFiles(directory).map((path) =>
    eventsOf(path)
      .filter(({ isSessionStart }) => isSessionStart)
      .map(({ step }) => step),
  );
  // The second session starts after step 0, where its parameters stand.
  assert.deepEqual(starts.sort(), [
    [0, 11],
    [0, 9],
  ]);
  const beside = logOf(session(0, epochs(0, 5, 1)), session(3, epochs(0, 5, 2)));
  await dllogger(['forward', beside, '--tensorboard', join(directory, 'beside')]);
  for (const path of eventFiles(join(directory, 'beside'))) {
    assert.equal(eventsOf(path).filter(({ isSessionStart }) => isSessionStart).length, 1);
  }
});

const LOGS = join(ROOT, '..', 'shared', 'logs');
const skip = existsSync(LOGS) ? false : 'the real logs are not beside the project (../shared/logs)';

for (const [file, records] of [
  ['fastpitch_train_terryyizhong.json', [169]],
  ['fastpitch_infer_terryyizhong.json', [462]],
  ['fastpitch_korean_nvlog.json.1', [76]],
  ['bert_pretrain_eventbert.json', [1597]],
  ['convnets_1.0.0_truncatedrun_zeyuanyin_d15756c.json', [551]],
  // Two processes that wrote at the same time.
  ['nulhole_convnets_zeyuanyin_d8dbecc.json', [27, 51]],
  // Many processes, each with one record without a step.
  ['pytorch_symbolic_bench2_append.jsonl', [189]],
] as const) {
  test(`${file}: nothing is replaced`, { skip }, async () => {
    const answers = JSON.parse((await dllogger(['summary', '--json', join(LOGS, file)])).stdout);
    assert.deepEqual(
      answers.map((one: { records: number }) => one.records),
      records,
    );
    for (const { replaced } of answers) assert.equal(replaced, 0);
  });
}
