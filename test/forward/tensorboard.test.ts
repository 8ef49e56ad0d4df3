/** Event files of logs: what is in them, and that they are the same however often the forwarding was ended. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BIN, dllogger } from '../support/cli.js';
import { contentOf, eventFiles, eventsOf } from '../support/event-files.js';
import { BEGIN, forwardAll, line, logOf, longLog, metadataLine } from '../support/forward.js';
import { newPath } from '../support/log.js';
import { times } from '../support/long.js';
import { ROOT } from '../support/run.js';

// Which targets a command has depends on its arguments alone.
delete process.env.MLFLOW_TRACKING_URI;

/** Every value in a run's directory as `tag@step`, with what it holds. */
function valuesOf(directory: string): Record<string, unknown> {
  const files = eventFiles(directory).filter((path) => dirname(path) === directory);
  assert.equal(files.length, 1, directory);
  return Object.fromEntries(
    eventsOf(files[0] ?? '').flatMap(({ step, values }) =>
      values.map(({ tag, number, texts }) => [`${tag}@${step}`, number ?? texts]),
    ),
  );
}

test('each kind of record has its place; values that no event can hold are counted', async () => {
  const log = logOf(
    line(0, 'PARAMETER', { lr: 0.1, deep: { a: [1, 2] } }),
    line(0, 'ENVIRONMENT', { gpu: 'A|B' }),
    metadataLine(0, 'loss', { unit: 'nat', GOAL: 'MINIMIZE' }),
    line(1, [0, 0], { loss: 0.5, ok: true, inner: { x: 1, y: { z: 2 } }, word: 'high' }),
    line(2, [0, 1], { loss: Number.MAX_VALUE, none: null }),
    line(3, [0], { loss: 0.25 }),
    line(4, [0, 1, 0], { top1: 1 }),
    line(5, [1, 0], { loss: 0.125 }),
    line(6, 'a name', { loss: 1 }),
    line(7, [], { loss: 0.0625 }),
  );
  const directory = newPath();
  const { code, stdout } = await dllogger(['forward', '--json', log, '--tensorboard', directory]);
  assert.equal(code, 0);
  const [{ sent, skipped, target }] = JSON.parse(stdout);
  assert.equal(target, 'tensorboard');
  assert.equal(sent, 2 + 1 + 5 + 1 + 1 + 1 + 1 + 1);
  assert.deepEqual(skipped, {
    'values that are null': 1,
    'records whose step is text or an object': 1,
  });
  const run = join(directory, basename(log, '.json'));
  const { parameters, environment, ...iterations } = Object.fromEntries(
    Object.entries(valuesOf(run)).map(([name, value]) => [
      name.replace(/^(parameters|environment)@0$/, '$1'),
      value,
    ]),
  );
  assert.deepEqual(iterations, {
    '_hparams_/session_start_info@0': [],
    '_hparams_/session_end_info@0': [],
    ...{ 'loss@0': 0.5, 'ok@0': 1, 'inner.x@0': 1, 'inner.y.z@0': 2, 'word@0': ['high'] },
    ...{ 'loss@1': Number.POSITIVE_INFINITY, 'loss@2': 0.125 },
  });
  assert.match(String(parameters), /^\| name \| value \|\n\| --- \| --- \|\n\| lr \| 0\.1 \|\n/);
  assert.match(String(environment), /\| gpu \| A\\\|B \|$/);
  assert.deepEqual(valuesOf(join(run, 'epoch')), { 'loss@1': 0.25 });
  assert.deepEqual(valuesOf(join(run, 'validation')), { 'top1@0': 1 });
  assert.deepEqual(valuesOf(join(run, 'summary')), { 'loss@2': 0.0625 });
  const events = eventsOf(eventFiles(run).find((path) => dirname(path) === run) ?? '');
  assert.deepEqual(
    events.slice(0, 2).map(({ version, isSessionStart, time }) => [version, isSessionStart, time]),
    [
      ['brain.Event:2', false, BEGIN],
      [undefined, true, BEGIN],
    ],
  );
  const [loss] = events.flatMap(({ values }) => values.filter(({ tag }) => tag === 'loss'));
  assert.equal(loss?.description, 'unit: nat  \nGOAL: MINIMIZE');
  assert.equal(loss?.plugin, 'scalars');
});

test('-m: only these metrics, at the steps that they have among all; parameters stay', async () => {
  const log = logOf(
    line(0, 'PARAMETER', { lr: 0.1 }),
    metadataLine(0, 'speed', { unit: 'img/s' }),
    ...[0, 1, 2].map((i) => line(i, [0, i], { speed: i, loss: i / 2, 'val.loss': i / 4 })),
    line(3, [0, 3], { speed: 3 }),
    line(4, [1, 0], { speed: 4, loss: 4, inner: { a: 1 }, word: 'high' }),
    line(5, [0], { loss: 5, speed: null }),
    line(6, [], { loss: 6 }),
  );
  const [all, some] = [newPath(), newPath()];
  const run = basename(log, '.json');
  await dllogger(['forward', log, '--tensorboard', all]);
  const args = ['forward', '--json', log, '--tensorboard', some];
  const { code, stdout } = await dllogger([...args, '-m', '*loss,inner', '-m', '-val*']);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), [
    { path: log, run, target: 'tensorboard', sent: 8, skipped: {}, problems: 0 },
  ]);
  for (const directory of ['', 'epoch', 'summary']) {
    const wanted = Object.entries(valuesOf(join(all, run, directory))).filter(
      ([name]) => !/^(speed|val\.loss|word)@/.test(name),
    );
    assert.deepEqual(valuesOf(join(some, run, directory)), Object.fromEntries(wanted));
  }
  // A further run continues; another choice is another file.
  const again = await dllogger([...args, '-m', 'inner,-val*,*loss']);
  assert.deepEqual([again.code, again.stdout, again.stderr], [0, stdout, '']);
  assert.match((await dllogger(args)).stderr, /was begun beside a file with other content\n/);
  const none = newPath();
  const wrong = await dllogger(['forward', log, '--tensorboard', none, '-m', 'los,lr']);
  assert.deepEqual([wrong.code, wrong.stdout, existsSync(none)], [2, '', false]);
  assert.match(wrong.stderr, /^dllogger: -m: no metric is "los"; did you mean "loss",/);
});

/** Epochs of the log whose forwarding is killed. */
const EPOCHS = times(3, 8);

test('a forwarding that is killed at random, and begun again, makes the bytes of one undisturbed run', async () => {
  const log = longLog(EPOCHS, 5_000);
  const whole = newPath();
  const [state] = await forwardAll([log], { tensorboard: whole });
  assert.equal(state?.sent, 2 + EPOCHS * 5_000 * 3 + 2 * EPOCHS + 1);
  const sizeOf = (place: string) =>
    existsSync(place) ? eventFiles(place).reduce((sum, path) => sum + statSync(path).size, 0) : 0;
  const size = sizeOf(whole);
  const directory = newPath();
  const KILLS = times(3, 6);
  for (let kill = 0; kill < KILLS; kill++) {
    // Each forwarding gets further than the one before.
    const least = (size * (kill + Math.random())) / KILLS;
    const args = [BIN, 'forward', log, '--tensorboard', directory];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    while (child.exitCode === null && sizeOf(directory) < least) await sleep(2);
    child.kill('SIGKILL');
    await ended;
  }
  await forwardAll([log], { tensorboard: directory });
  assert.deepEqual(contentOf(directory), contentOf(whole));
});

/** Bytes of the frame with the version. */
const FIRST_FRAME = 12 + 24 + 4;

test('a file that is cut anywhere is completed', async () => {
  const log = longLog(2, 100);
  const directory = newPath();
  await forwardAll([log], { tensorboard: directory });
  const whole = contentOf(directory);
  for (let i = 0; i < times(16, 40); i++) {
    for (const path of eventFiles(directory)) {
      const { size } = statSync(path);
      // Behind the first frame zeros may follow, as a power cut leaves them.
      const [least, zeros] = i % 2 === 0 ? [FIRST_FRAME, Math.floor(Math.random() * 50)] : [0, 0];
      truncateSync(path, least + Math.floor(Math.random() * (size - least)));
      appendFileSync(path, Buffer.alloc(zeros));
    }
    await forwardAll([log], { tensorboard: directory });
    assert.deepEqual(contentOf(directory), whole);
  }
});

test('a log that grows continues its file, also with a session that was resumed', async () => {
  const log = logOf(line(100, [0, 0], { loss: 1 }), line(101, [0, 1], { loss: 2 }));
  const directory = newPath();
  await forwardAll([log], { tensorboard: directory });
  const [path = ''] = eventFiles(directory);
  const before = readFileSync(path);
  // The elapsed time starts again.
  appendFileSync(
    log,
    line(200, [0, 1], { loss: 3 }).replace('"elapsedtime":"200"', '"elapsedtime":"0"'),
  );
  await forwardAll([log], { tensorboard: directory });
  assert.deepEqual(eventFiles(directory), [path]);
  assert.deepEqual(readFileSync(path).subarray(0, before.length), before);
  assert.deepEqual(
    eventsOf(path)
      .filter(({ isSessionStart }) => isSessionStart)
      .map(({ step, time }) => [step, time - BEGIN]),
    [
      [0, 100],
      [1, 200],
    ],
  );
});

test('files of others are left alone: of other tools, and of another log with the same name', async () => {
  const log = longLog(1, 10);
  const directory = newPath();
  const run = join(directory, basename(log, '.json'));
  mkdirSync(run, { recursive: true });
  const foreign = join(run, 'events.out.tfevents.1.other');
  writeFileSync(foreign, 'not ours');
  await forwardAll([log], { tensorboard: directory });
  const ours = () => eventFiles(run).filter((path) => path !== foreign);
  const [own = ''] = ours().filter((path) => dirname(path) === run);
  const before = readFileSync(own);
  // Another log takes its name, and begins in the same second.
  copyFileSync(longLog(2, 20), log);
  await forwardAll([log], { tensorboard: directory });
  assert.equal(readFileSync(foreign, 'utf8'), 'not ours');
  assert.deepEqual(readFileSync(own).subarray(0, before.length), before);
  const all = ours().flatMap((path) => eventsOf(path));
  const losses = all.flatMap(({ values }) => values.filter(({ tag }) => tag === 'loss'));
  assert.ok(losses.length >= 1 + 40 + 2, `${losses.length}`);
});

test('no directory of one log lies outside of the target, nor is it another log’s', async () => {
  const log = logOf(line(0, [0], { loss: 1 }));
  const other = join(newPath(), 'deep', 'a.json');
  mkdirSync(dirname(other), { recursive: true });
  copyFileSync(log, other);
  copyFileSync(log, other.replace(/\.json$/, '.log'));
  const directory = join(newPath(), 'tb');
  const logs = [other, other, other.replace(/\.json$/, '.log')];
  await forwardAll(logs, { tensorboard: directory });
  assert.deepEqual(
    eventFiles(directory).map((path) => dirname(path).slice(directory.length)),
    ['/a.json/epoch', '/a.log/epoch'],
  );
});

test('a target that cannot be written gives one line and exit code 1, a log that cannot be read 2', async () => {
  const log = logOf(line(0, [0], { loss: 1 }));
  const file = logOf('');
  const [random, fifo] = [logOf(''), `${newPath()}.fifo`];
  writeFileSync(random, Buffer.from(Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 256)));
  if (process.platform !== 'win32') execFileSync('mkfifo', [fifo]);
  for (const [logs, directory, expected] of [
    [[log], join(file, 'tb'), /is behind: cannot write ".*": .*\((ENOTDIR|EEXIST)\)/],
    [[random], newPath(), /is behind: ".*" is not a DLLL log: none of its \d+ lines is a record/],
    ...(process.platform === 'win32'
      ? []
      : [
          [[fifo], newPath(), /is behind: ".*" is a FIFO, not a regular file/] as const,
          [['/dev/zero'], newPath(), /is behind: "\/dev\/zero" is a device/] as const,
        ]),
    [[`${log}.none`], newPath(), /is behind: .*ENOENT/],
    ...(process.platform === 'linux' ? [[[log], '/proc/x', /is behind: .*ENOENT/] as const] : []),
  ] as const) {
    const { code, stderr } = await dllogger(['forward', ...logs, '--tensorboard', directory]);
    assert.match(stderr, expected);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.equal(code, logs[0] === log ? 1 : 2, stderr);
  }
});

test('wrong arguments give one line and exit code 2', async () => {
  const log = logOf(line(0, [0], { loss: 1 }));
  const folder = newPath();
  mkdirSync(folder);
  for (const [args, expected] of [
    [[log], /--tensorboard DIR or --mlflow URL/],
    [[log, '--tensorboard', ''], /--tensorboard is empty: leave it out, or give it DIR/],
    [
      [log, '--tensorboard', newPath(), '--experiment', 'a'],
      /--experiment is for MLflow: add --ml/,
    ],
    [
      [log, '--tensorboard', newPath(), '--depth', 'all'],
      /--depth is for MLflow: add --mlflow URL/,
    ],
    [[log, '--mlflow', 'http://127.0.0.1:1', '--depth', 'x'], /--depth takes epoch, all, not "x"/],
    [[log, '--mlflow', 'nowhere'], /"nowhere" is not an address/],
    [[folder, '--tensorboard', newPath()], /there is no log in the folder/],
    [['-', '--tensorboard', newPath()], /forward reads files/],
  ] as const) {
    const { code, stdout, stderr } = await dllogger(['forward', ...args]);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, expected);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
});

test('of a log with holes the records are forwarded, the rest is counted, the exit code is 1', async () => {
  const holes = logOf(
    line(0, [0], { loss: 1 }),
    '\0'.repeat(5000),
    line(1, [1], { loss: 2 }),
    'no record\n',
    line(2, [2], { loss: 3 }),
  );
  const whole = logOf(line(0, [0], { loss: 4 }));
  const directory = newPath();
  const { code, stdout, stderr } = await dllogger([
    ...['forward', holes, whole, '--tensorboard', directory],
  ]);
  assert.equal(code, 1);
  assert.equal(stdout, 'tensorboard: 4 values of 2 logs\n');
  assert.match(stderr, /^dllogger: .*: 2 problems \(see summary\)\n$/);
  assert.deepEqual(
    eventFiles(directory).flatMap((path) =>
      eventsOf(path).flatMap(({ values }) => values.map(({ number }) => number)),
    ),
    [1, 2, 3, 4],
  );
});
