/** Records too large for the ring, on a disk that fails: kept in the overflow, read from there, and recovered. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { recover } from 'dllogger';
import { readLog } from 'dllogger/reader';
import { compileLibrary, NATIVE_LINUX } from '../support/preload.js';
import { readRecords, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();

/** A plan of faults.h: all writes of the log fail from the second on; writes of its ring do not. */
const PLAN = '3 2 0 5 1';
const SIZES = [10, 1 << 20, 10, 400_000, 10, 2 << 20, 10];

const SCRIPT = `
  import { writeSync } from 'node:fs';
  import { JSONStreamBackend, Logger } from 'dllogger';
  const [, path, end] = process.argv;
  const backend = new JSONStreamBackend(1, path);
  const logger = new Logger([backend]);
  logger.log([0], { text: 'before' });
  logger.flush();
  let step = 1;
  for (const size of ${JSON.stringify(SIZES)}) logger.log([step++], { text: 'x'.repeat(size) });
  logger.metadata('large', { text: 'y'.repeat(1 << 20) });
  const { records, unsaved, dropped, crashSafe, lastError } = backend.stats();
  writeSync(1, [records, unsaved, dropped, crashSafe, lastError.code].join());
  if (end === 'kill') process.kill(process.pid, 'SIGKILL');
`;

function assertAll(path: string): void {
  const records = readRecords(path);
  assert.deepEqual(
    records.map((record) => [
      record.type,
      record.step?.toString(),
      (record.data?.text ?? record.metadata.text) as string,
    ]),
    [
      ['LOG', '0', 'before'],
      ...SIZES.map((size, index) => ['LOG', String(index + 1), 'x'.repeat(size)]),
      ['METADATA', undefined, 'y'.repeat(1 << 20)],
    ],
  );
}

for (const end of ['kill', 'exit']) {
  test(
    `large records that a failing disk does not take survive ${end}`,
    NATIVE_LINUX,
    async (context) => {
      const library = await compileLibrary('test/native/linux/faults.cc', directory);
      if ('reason' in library) return context.skip(library.reason);
      mkdirSync(join(directory, end));
      const path = join(directory, end, 'log.json');
      const env = { LD_PRELOAD: library.path, DLLOGGER_FAULTS: `${PLAN} ${path}` };
      const result = await runScript(SCRIPT, { args: [path, end], env });
      assert.equal(result.stdout, '9,8,0,true,EIO', result.stderr);
      assert.equal(result.signal, end === 'kill' ? 'SIGKILL' : null);
      if (end === 'exit') assert.match(result.stderr, /8 records are not saved: .*kept beside it/);
      assert.equal(readRecords(path).length, 1);
      // A reader sees the records in the overflow.
      let count = 0;
      for await (const _ of readLog(path)) count++;
      assert.equal(count, 9);
      const [ring = ''] = readdirSync(join(directory, end)).filter((name) =>
        name.endsWith('.ring'),
      );
      assert.ok(statSync(join(directory, end, ring)).size > 4 << 20);
      assert.equal(recover(path).records, 8);
      assertAll(path);
      assert.equal(recover(path).records, 0);
      assertAll(path);
      assert.deepEqual(readdirSync(join(directory, end)), ['log.json']);
    },
  );
}
