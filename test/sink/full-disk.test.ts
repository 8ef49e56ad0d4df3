/** A real disk that is full, and has room again, during a run. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { DLLoggerError, implementation, JSONStreamBackend, Logger, recover } from 'dllogger';
import { readRecords, runScript } from '../support/run.js';
import { SmallDisk } from '../support/small-disk.js';

const directory = mkdtempSync(join(tmpdir(), 'dllogger-disk-'));
const mounted = SmallDisk.mount(directory, 16);
const disk = mounted instanceof SmallDisk ? mounted : undefined;
after(() => {
  disk?.unmount();
  rmSync(directory, { recursive: true });
});
const NEEDS_MOUNT = { skip: mounted instanceof SmallDisk ? false : mounted };
const NEEDS_RING = {
  skip:
    NEEDS_MOUNT.skip ||
    (implementation === 'native' ? false : 'only the native implementation has a ring'),
};

/** The disk is full while `action` runs. */
function whileFull(action: () => void): void {
  disk?.fill();
  try {
    action();
  } finally {
    disk?.free();
  }
}

function isFull(error: unknown): boolean {
  assert.ok(error instanceof DLLoggerError);
  assert.equal(error.code, 'ENOSPC');
  assert.equal(error.syscall, 'write');
  assert.match(error.message, /no space left on device/i);
  return true;
}

function stepsOf(path: string): number[] {
  return readRecords(path).map((record) => (record.step as number[])[0] ?? -1);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

test(
  'a run continues on a full disk, and no record that found room in memory is lost',
  NEEDS_MOUNT,
  () => {
    const path = join(directory, 'heals.json');
    const backend = new JSONStreamBackend(1, path);
    const logger = new Logger([backend]);
    for (let i = 0; i < 1000; i++) logger.log([i], { loss: i / 7 });
    whileFull(() => {
      for (let i = 1000; i < 4000; i++) logger.log([i], { loss: i / 7 });
      assert.throws(() => logger.flush(), isFull);
      assert.throws(() => backend.close(), isFull);
      assert.equal(backend.stats().lastError?.code, 'ENOSPC');
      assert.equal(backend.stats().dropped, 0);
    });
    logger.flush();
    logger.log([4000], {});
    backend.close();
    assert.deepEqual(stepsOf(path), upTo(4001));
  },
);

test(
  'a fault of a closed log is not reported for the log opened after it',
  NEEDS_MOUNT,
  async () => {
    const [healed, next] = ['healed.json', 'next.json'].map((name) => join(directory, name));
    assert.ok(healed !== undefined && next !== undefined);
    const warnings: string[] = [];
    const hear = (warning: Error) => warnings.push(warning.message);
    process.on('warning', hear);
    const first = new JSONStreamBackend(1, healed);
    const logger = new Logger([first]);
    // All of this happens before the event loop turns, and so before the writer's fault can be reported.
    whileFull(() => {
      for (let i = 0; i < 3000; i++) logger.log([i], { loss: i / 7 });
      assert.throws(() => logger.flush(), isFull);
    });
    first.close();
    const second = new JSONStreamBackend(1, next);
    await new Promise((resolve) => setTimeout(resolve, 50));
    second.close();
    process.off('warning', hear);
    assert.deepEqual(
      warnings.filter((message) => message.includes(next)),
      [],
    );
    assert.equal(stepsOf(healed).length, 3000);
  },
);

test('a full disk drops whole records once memory is full, and counts them', NEEDS_MOUNT, () => {
  const path = join(directory, 'drops.json');
  const backend = new JSONStreamBackend(1, path);
  const logger = new Logger([backend]);
  const records = 50_000;
  whileFull(() => {
    for (let i = 0; i < records; i++) logger.log([i], { loss: i / 7 });
  });
  const { dropped, waits } = backend.stats();
  assert.ok(dropped > 0 && dropped < records, `${dropped}`);
  // A record that is dropped at once does not wait.
  assert.ok(waits < dropped / 10, `${waits}`);
  backend.close();
  const steps = stepsOf(path);
  assert.equal(steps.length, records - dropped);
  assert.deepEqual(
    steps,
    [...new Set(steps)].sort((a, b) => a - b),
  );
});

test(
  'a run that is killed on a full disk is recovered when there is room',
  NEEDS_RING,
  async () => {
    const path = join(directory, 'killed.json');
    const script = `
    import { writeSync } from 'node:fs';
    import { JSONStreamBackend, Logger } from 'dllogger';
    import { SmallDisk } from './out/test/support/small-disk.js';
    const logger = new Logger([new JSONStreamBackend(1, process.argv[1])]);
    for (let i = 0; i < 500; i++) logger.log([i], { loss: i });
    logger.flush();
    SmallDisk.at(process.argv[2]).fill();
    for (let i = 500; i < 3000; i++) logger.log([i], { loss: i });
    try {
      logger.flush();
    } catch (error) {
      writeSync(1, error.code);
    }
    process.kill(process.pid, 'SIGKILL');
  `;
    const result = await runScript(script, { args: [path, directory] });
    assert.equal(result.stdout, 'ENOSPC', result.stderr);
    assert.equal(result.signal, 'SIGKILL');
    assert.ok(readRecords(path).length < 3000);
    // There is no room yet: records that cannot be recovered stay in the ring.
    assert.throws(() => recover(path), /ENOSPC/);
    assert.throws(() => recover(path), /ENOSPC/);
    disk?.free();
    assert.ok(recover(path).records > 0);
    assert.deepEqual(stepsOf(path), upTo(3000));
    assert.equal(recover(path).records, 0);
  },
);

test('where there is no room for a ring it lies in shared memory', NEEDS_RING, () => {
  const path = join(directory, 'no-ring.json');
  let backend: JSONStreamBackend | undefined;
  whileFull(() => {
    backend = new JSONStreamBackend(1, path);
    const { crashSafe, ring } = backend.stats();
    assert.deepEqual([crashSafe, dirname(dirname(ring ?? ''))], [true, '/dev/shm']);
    new Logger([backend]).log([0], {});
  });
  backend?.close();
  assert.deepEqual(stepsOf(path), [0]);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.endsWith('.ring')),
    [],
  );
});
