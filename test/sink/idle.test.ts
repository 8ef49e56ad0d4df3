/** A quiet logger writes a lone record soon, and then does nothing at all. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { implementation, JSONStreamBackend, Logger } from 'dllogger';
import { temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const NATIVE_LINUX = {
  skip:
    implementation === 'typescript'
      ? 'there is no writer thread'
      : existsSync('/proc/self/task')
        ? false
        : 'reads /proc',
};

test('a lone record reaches the file without a flush, also when the writer sleeps', async () => {
  const path = join(directory, 'lone.json');
  const logger = new Logger([new JSONStreamBackend(1, path)]);
  for (let i = 0; i < 3; i++) {
    // Past the writer's last nap: it sleeps now, and must be woken.
    await sleep(500);
    logger.log([i], { loss: i });
    while (readFileSync(path, 'latin1').split('\n').length < i + 2) await sleep(5);
  }
  logger.close();
});

/** How often the writer threads have given up the processor to wait for something. */
function waits(): number {
  let sum = 0;
  for (const task of readdirSync('/proc/self/task')) {
    const status = readFileSync(`/proc/self/task/${task}/status`, 'latin1');
    if (!status.startsWith('Name:\tdllogger\n')) continue;
    sum += Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1]);
  }
  return sum;
}

test('an idle logger makes no periodic wake-ups', NATIVE_LINUX, async () => {
  const logger = new Logger([new JSONStreamBackend(1, join(directory, 'idle.json'))]);
  logger.log([0], {});
  logger.flush();
  await sleep(1000);
  const before = waits();
  assert.ok(before > 0);
  await sleep(1500);
  assert.equal(waits(), before);
  logger.close();
});
