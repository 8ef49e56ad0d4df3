/**
 * Reads real logs of public projects. They belong to others: they lie beside the project and are not copied into it.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadRun, readLog } from 'dllogger/reader';
import { ROOT } from '../support/run.js';

const LOGS = join(ROOT, '..', 'shared', 'logs');
const skip = existsSync(LOGS) ? false : 'the real logs are not beside the project (../shared/logs)';

/** Number of lines that begin with `DLLL ` and hold an object, counted by CPython's json. */
const COUNTS: readonly [file: string, log: number, metadata: number, other: number][] = [
  ['nvidia_example_resnet_log.json', 39, 13, 0],
  ['fastpitch_train_terryyizhong.json', 155, 14, 0],
  ['fastpitch_infer_terryyizhong.json', 462, 0, 0],
  ['fastpitch_korean_nvlog.json.1', 51, 25, 0],
  ['bert_pretrain_eventbert.json', 1597, 0, 0],
  ['convnets_1.0.0_truncatedrun_zeyuanyin_d15756c.json', 534, 17, 0],
  ['nulhole_convnets_zeyuanyin_d8dbecc.json', 61, 17, 1],
  ['pytorch_symbolic_bench2_append.jsonl', 189, 0, 0],
];

for (const [file, log, metadata, other] of COUNTS) {
  test(`all records of ${file} are read`, { skip }, async () => {
    const counts = { LOG: 0, METADATA: 0 };
    const reader = readLog(join(LOGS, file));
    for await (const { kind } of reader) counts[kind]++;
    assert.deepEqual(counts, { LOG: log, METADATA: metadata });
    assert.equal(reader.problems.count, other);
    const run = await loadRun(join(LOGS, file));
    assert.deepEqual([run.counts, run.problems.count], [counts, other]);
  });
}

test('known values of the real logs are read', { skip }, async () => {
  const load = (file: string) => loadRun(join(LOGS, file));
  const bert = await load('bert_pretrain_eventbert.json');
  const loss = bert.series.get('step_loss')?.[0];
  assert.deepEqual([loss?.length, loss?.depth], [1572, 2]);
  assert.equal(loss?.steps[1]?.at(-1), 1562);
  assert.equal(bert.parameters.get('SEED'), 15843);
  const hole = await load('nulhole_convnets_zeyuanyin_d8dbecc.json');
  assert.deepEqual([...hole.problems.byReason], [['hole', 1]]);
  assert.equal(hole.problems.first[0]?.offset, 7168);
  assert.equal(hole.sessions.length, 2);
  const resnet = await load('nvidia_example_resnet_log.json');
  assert.deepEqual(
    resnet.series.get('train.loss')?.map(({ length }) => length),
    [8, 2, 1],
  );
  assert.equal(resnet.summary.length, 2);
  assert.equal(resnet.sessions.length, 0);
  const speech = await load('fastpitch_train_terryyizhong.json');
  assert.equal(speech.others.get('lrate_change')?.length, 124);
  const bench = await load('pytorch_symbolic_bench2_append.jsonl');
  assert.equal(bench.series.get('throughput')?.[0]?.labels[0], '{}');
  assert.ok(Array.isArray(bench.others.get('tags')?.[0]?.value));
});

for (const [file, message] of [
  [
    'not_dlll/nvlog_0.2_single_json_ide8_tacotron2.json',
    /is not a DLLL log: none of its 685 lines/,
  ],
  [
    'stdout/nvidia_example_stdout_log_oldprefix_DLLL.txt',
    /is not a DLLL log: none of its 49 lines/,
  ],
  [
    'stdout/bert_pretrain_eventbert_stdout_nohup.out',
    /is not a DLLL log: it holds what StdOutBackend/,
  ],
] as const) {
  test(`${file} is no log, and says so`, { skip }, async () => {
    await assert.rejects(loadRun(join(LOGS, file)), { code: 'ERR_DLLOGGER_NOT_A_LOG', message });
  });
}
