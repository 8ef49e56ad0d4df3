/** Work that takes long or is ended in the middle: records of many megabytes, nested records that are refused, time limits. */
import assert from 'node:assert/strict';
import { createReadStream, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import vm from 'node:vm';
import { JSONStreamBackend, Logger } from 'dllogger';
import { openLog } from '../support/log.js';
import { times } from '../support/long.js';
import { readRecords, runScript, temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();

async function countLines(path: string): Promise<number> {
  let lines = 0;
  for await (const chunk of createReadStream(path)) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
  }
  return lines;
}

/** Megabytes of a large record: more than the allocator keeps of what was freed. */
const LARGE = times(50, 100);

test('a record of many megabytes beside others is written, and its memory is released', async (context) => {
  const path = join(directory, 'large.json');
  const script = `
    import { readFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { JSONStreamBackend, Logger } from 'dllogger';
    const path = process.argv[1];
    const logger = new Logger([new JSONStreamBackend(1, path)]);
    const resident = () => Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1]) / 1024;
    const small = () => { for (let i = 0; i < 1000; i++) logger.log([i], { i }); };
    small();
    logger.flush();
    const before = resident();
    logger.log([0], { text: 'x'.repeat(${LARGE} << 20) });
    small();
    logger.log([1], { numbers: new Float64Array(${LARGE} << 17) });
    small();
    logger.flush();
    for (let i = 0; i < 10; i++) { globalThis.gc(); await sleep(50); }
    console.log(before, resident());
    logger.close();
  `;
  if (process.platform !== 'linux') return context.skip('reads resident memory from /proc');
  const { stdout, stderr, code } = await runScript(script, {
    args: [path],
    flags: ['--expose-gc'],
  });
  assert.equal(code, 0, stderr);
  const [before = 0, after = 0] = stdout.split(' ').map(Number);
  context.diagnostic(`${before.toFixed(0)} MiB before, ${after.toFixed(0)} MiB after`);
  assert.ok(after < before + 0.6 * LARGE, stdout);
  assert.equal(await countLines(path), 3002);
  assert.ok(statSync(path).size > LARGE << 20);
  rmSync(path);
});

test('records that the getters of a refused record log stay, thousands of times', () => {
  const path = join(directory, 'nested.json');
  const count = times(2000, 10_000);
  const backend = openLog(path);
  const logger = new Logger([backend]);
  for (let i = 0; i < count; i++) {
    const data = {
      first: i,
      get inner() {
        logger.log([i], { inner: i });
        return i;
      },
      last: {
        toJSON() {
          logger.log([i], { last: i });
          throw new Error('refused');
        },
      },
    };
    assert.throws(() => logger.log([i], data), /refused/);
  }
  logger.log([count], { done: true });
  backend.close();
  const records = readRecords(path);
  assert.equal(records.length, 2 * count + 1);
  assert.deepEqual(records.at(-2)?.data, { last: count - 1 });
  assert.deepEqual(records.at(-1)?.data, { done: true });
});

test('a time limit at any moment of log(), flush(), reopen() or an open leaves the logger usable', () => {
  const path = join(directory, 'limited.json');
  const backend = openLog(path);
  const logger = new Logger([backend]);
  let opened = 0;
  Object.assign(globalThis, {
    limited: {
      log: (i: number) => logger.log([i], { loss: i / 3, text: 'x'.repeat(i % 300) }),
      flush: () => backend.flush(),
      reopen: () => backend.reopen(),
      open: () =>
        new JSONStreamBackend(1, `${path}.${opened++ % 5}.open`, { append: true }).close(),
    },
  });
  const ROUNDS = times(60, 150);
  let ended = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const what = ['flush()', 'reopen()', 'open()'][round % 3];
    try {
      vm.runInThisContext(`for (let i = 0; ; i++) { limited.log(i); limited.${what}; }`, {
        timeout: 1 + (round % 7),
      });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ERR_SCRIPT_EXECUTION_TIMEOUT');
      ended++;
    }
  }
  assert.equal(ended, ROUNDS);
  logger.log([-1], { alive: true });
  backend.reopen();
  backend.flush();
  backend.close();
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.equal(lines.pop(), '');
  for (const line of lines) assert.match(line, /^DLLL \{.*\}$/);
  assert.deepEqual(readRecords(path).at(-1)?.data, { alive: true });
  for (let i = 0; i < 5; i++) openLog(`${path}.${i}.open`, true).close();
});
