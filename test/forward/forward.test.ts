/** `forward()` in the process that logs, from both kinds of modules; `forward -f` beside it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forward } from 'dllogger/forward';
import { BIN } from '../support/cli.js';
import { eventFiles, eventsOf } from '../support/event-files.js';
import { line, logOf } from '../support/forward.js';
import { newPath } from '../support/log.js';
import { ROOT, runScript } from '../support/run.js';

/** Numbers in the event files below a directory. */
function numbersIn(directory: string): (number | undefined)[] {
  if (!existsSync(directory)) return [];
  return eventFiles(directory).flatMap((path) =>
    eventsOf(path).flatMap(({ values }) => values.map(({ number }) => number)),
  );
}

test('close() resolves when the target has what was logged before', async () => {
  const [log, tensorboard] = [newPath(), newPath()];
  // The log does not exist yet.
  const forwarding = forward(log, { tensorboard });
  appendFileSync(log, line(0, [0], { loss: 1 }) + line(1, [1], { loss: 2 }));
  const [state] = await forwarding.close();
  assert.equal(state?.error, undefined);
  assert.equal(state?.path, log);
  assert.deepEqual(numbersIn(tensorboard), [1, 2]);
  assert.deepEqual(await forwarding.close(), [state]);
});

test('a forwarding that ends with its block, by `await using`, has caught up', async () => {
  const [log, tensorboard] = [logOf(line(0, [0], { loss: 1 })), newPath()];
  {
    await using forwarding = forward(log, { tensorboard });
    assert.ok(forwarding);
    appendFileSync(log, line(1, [1], { loss: 2 }));
  }
  assert.deepEqual(numbersIn(tensorboard), [1, 2]);
});

test('a process that is done is not kept alive, and require() gives the same', async () => {
  const [log, tensorboard] = [logOf(line(0, [0], { loss: 1 })), newPath()];
  const { code, stderr } = await runScript(
    `import { createRequire } from 'node:module';
     import { forward } from 'dllogger/forward';
     const required = createRequire(process.argv[3] + '/')('dllogger/forward');
     if (required.forward !== forward) throw new Error('two instances');
     const [log, tensorboard] = process.argv.slice(1);
     forward(log, { tensorboard });`,
    { args: [log, tensorboard, ROOT] },
  );
  assert.equal(stderr, '');
  assert.equal(code, 0);
});

test('close() reports a log that cannot be read', async () => {
  const [state] = await forward(`${newPath()}.none`, { tensorboard: newPath() }).close();
  assert.match(state?.error ?? '', /ENOENT/);
  // The thread of forward() has a standard input of its own, which is empty.
  const [input] = await forward('-', { tensorboard: newPath() }).close();
  assert.equal(input?.error, 'standard input (-) can be read only once: it cannot be forwarded');
});

test('wrong options are refused at once', () => {
  const bad = forward as (log: string, targets: unknown) => unknown;
  assert.throws(() => bad('log.json', {}), /needs a target/);
  assert.throws(() => bad('log.json', { tensorbord: 'tb' }), /there is no option "tensorbord"/);
  assert.throws(() => bad('log.json', { mlflow: { uri: 'x' } }), /there is no option "uri"/);
  assert.throws(
    () => bad('log.json', { mlflow: { url: 'nowhere' } }),
    /"nowhere" is not an address/,
  );
  assert.throws(() => bad('log.json', { mlflow: { url: 'ftp://a' } }), /begins with http/);
});

test('forward -f forwards what is logged while it runs, and ends at Ctrl+C', async () => {
  const [log, tensorboard] = [logOf(line(0, [0], { loss: 1 })), newPath()];
  const args = [BIN, 'forward', '-f', log, '--tensorboard', tensorboard];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for (let i = 1; i < 5; i++) {
    while (numbersIn(tensorboard).length < i) await sleep(5);
    appendFileSync(log, line(i, [i], { loss: i + 1 }));
  }
  while (numbersIn(tensorboard).length < 5) await sleep(5);
  child.kill('SIGINT');
  assert.equal(await ended, 0);
  assert.deepEqual(numbersIn(tensorboard), [1, 2, 3, 4, 5]);
});
