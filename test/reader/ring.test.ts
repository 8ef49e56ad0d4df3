/** What a killed run had not yet written is read from its ring, and nothing on disk is changed. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { implementation, JSONStreamBackend, Logger } from 'dllogger';
import { loadRun, readLog } from 'dllogger/reader';
import { RING_HEAD, RING_TAIL } from '#dist/reader/ring.js';
import { native } from '#dist/sink/native.js';
import { dllogger } from '../support/cli.js';
import { killedRun, RECORDS } from '../support/killed-run.js';
import { newPath } from '../support/log.js';
import { runScript } from '../support/run.js';

const skip = implementation === 'native' ? false : 'only the native implementation has rings';

test('a log is read with what its killed run had not written', { skip }, async (context) => {
  const { path, ring } = await killedRun();
  if (ring === '') return context.skip('this file system allows no ring file');
  const [file, memory] = [readFileSync(path), readFileSync(ring)];
  const written = file.toString().split('\n').length - 1;

  const run = await loadRun(path);
  assert.equal(run.counts.LOG, RECORDS + 1);
  assert.equal(run.ringRecords, RECORDS + 1 - written);
  assert.ok(run.ringRecords > 0);
  const values = run.series.get('loss')?.[0]?.values;
  assert.deepEqual(
    values,
    Float64Array.from({ length: RECORDS }, (_, i) => i),
  );

  const alone = readLog(ring);
  let first: unknown;
  let records = 0;
  for await (const record of alone) {
    if (records++ === 0) first = record.line;
  }
  assert.deepEqual([records, alone.ringRecords, first], [run.ringRecords, run.ringRecords, 1]);

  const summary = await dllogger(['summary', path]);
  assert.equal(summary.code, run.problems.count > 0 ? 1 : 0);
  assert.ok(summary.stdout.includes(`${run.ringRecords} records not in the file`), summary.stdout);
  const refused = await dllogger(['repair', '--in-place', path]);
  assert.deepEqual([refused.code, refused.stdout], [2, '']);
  assert.match(
    refused.stderr,
    /a run that died left records of ".*": dllogger recover it first\n$/,
  );
  assert.deepEqual([readFileSync(path), readFileSync(ring)], [file, memory]);

  const recovered = await dllogger(['recover', path]);
  assert.equal(recovered.code, 0);
  assert.ok(recovered.stdout.startsWith(`${path}: ${run.ringRecords} records recovered`));
  assert.ok(!existsSync(ring));
  const whole = await loadRun(path);
  assert.deepEqual(
    [whole.counts.LOG, whole.ringRecords, whole.problems.count],
    [RECORDS + 1, 0, 0],
  );
  // A second recovery finds nothing.
  const again = await dllogger(['recover', '--json', path]);
  assert.deepEqual(JSON.parse(again.stdout), [{ path, records: 0, unfinished: 0, left: [] }]);
});

test('lines and offsets of ring records are those of the recovered log', {
  skip,
}, async (context) => {
  const { path, ring } = await killedRun();
  if (ring === '') return context.skip('this file system allows no ring file');
  const places = async () => {
    const list: unknown[] = [];
    for await (const { line, offset, length } of readLog(path)) list.push([line, offset, length]);
    return list;
  };
  const before = await places();
  await dllogger(['recover', path]);
  assert.deepEqual(await places(), before);
});

test('without the native binary the ring is named, as a problem', {
  skip,
}, async (context) => {
  const { path, ring } = await killedRun();
  if (ring === '') return context.skip('this file system allows no ring file');
  const bytes = readFileSync(ring);
  assert.deepEqual([RING_HEAD, RING_TAIL], [native?.format.headOffset, native?.format.tailOffset]);
  const env = { DLLOGGER_NATIVE: '0' };
  const said = `records of a killed run lie in "${ring}"; only the native binary`;

  const summary = await dllogger(['summary', path], { env });
  assert.equal(summary.code, 1, summary.stderr);
  assert.match(summary.stdout, /\b1 ring\b/);
  assert.ok(summary.stdout.includes(said), summary.stdout);
  const alone = await dllogger(['summary', ring], { env });
  assert.equal(alone.code, 2);
  assert.match(alone.stderr, /native binary, which is not here/);
  const listed = await dllogger(['recover', '--list', path], { env });
  assert.equal(listed.code, 2);
  const refused = await dllogger(['repair', '--in-place', path], { env });
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr,
    /a run that died left records of ".*": dllogger recover it first\n$/,
  );
  assert.deepEqual(readFileSync(ring), bytes);

  await dllogger(['recover', path]);
  const whole = await dllogger(['summary', path], { env });
  assert.doesNotMatch(whole.stdout, /ring/);
});

test('without the native binary the ring of a live run is no problem', {
  skip,
}, async () => {
  const path = newPath();
  const logger = new Logger([new JSONStreamBackend(1, path)]);
  logger.log([0], { loss: 1 });
  logger.flush();
  const { code, stdout } = await dllogger(['summary', path], { env: { DLLOGGER_NATIVE: '0' } });
  logger.close();
  assert.equal(code, 0, stdout);
});

const notRoot = process.getuid?.() === 0 ? skip : 'only root may become another user';

test("the ring of another user's log is a problem only when its writer has died", {
  skip: notRoot,
}, async (context) => {
  /** What a user reads who may read the log but not its ring. */
  const readByOthers = async (path: string) => {
    chmodSync(dirname(path), 0o755);
    chmodSync(path, 0o644);
    // Loads the modules first: the other user may have no access to their directory.
    const { stdout, stderr } = await runScript(
      `import { loadRun } from 'dllogger/reader';
       const path = ${JSON.stringify(path)};
       await loadRun(path);
       process.setgroups([]);
       process.setgid(65534);
       process.setuid(65534);
       const { counts, problems } = await loadRun(path);
       console.log(JSON.stringify([counts.LOG, problems.first.map(({ message }) => message)]));`,
    );
    assert.equal(stderr, '');
    return JSON.parse(stdout);
  };
  const path = newPath();
  const backend = new JSONStreamBackend(1, path);
  if (!backend.stats().crashSafe) return context.skip('no ring file here');
  const logger = new Logger([backend]);
  logger.log([0], { loss: 1 });
  logger.flush();
  assert.deepEqual(await readByOthers(path), [1, []]);
  logger.close();
  const killed = await killedRun();
  const [, problems] = await readByOthers(killed.path);
  assert.equal(problems.length, 1);
  assert.match(problems[0], /permission denied \(EACCES\)/);
});

test('a recovery that fails gives one line and exit code 2', async () => {
  const { code, stdout, stderr } = await dllogger(['recover', '/nowhere/log.json']);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^dllogger: .*"\/nowhere\/log\.json".*\(ENOENT\).*\n$/);
});
