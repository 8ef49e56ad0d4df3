/**
 * `npm run test:ranks`: the ranks of a run start together in one directory and log, a third of them is killed; the
 * directory is recovered, the logs are merged, and the merged log is forwarded to the real MLflow and TensorBoard.
 * Every record that a rank has acknowledged is counted once, after each of these steps.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { numbersOf } from '../support/arguments.js';
import { dllogger } from '../support/cli.js';
import { noTools } from '../support/ecosystem.js';
import { scalarsOf } from '../support/event-accumulator.js';
import { MlflowServer } from '../support/mlflow-server.js';
import { readRecords } from '../support/run.js';
import { EPOCH, type Orders } from './protocol.js';

/** Further ranks start when those of a wave have ended: one machine does not hold a thousand processes. */
const { ranks, wave, records } = numbersOf({ ranks: 64, wave: 64, records: 200 });
const REST = 5;
const CHILD = fileURLToPath(new URL('child.js', import.meta.url));

/** Milliseconds to open a log among the others, of each rank that was not killed before. */
const opened: number[] = [];
const seconds = new Map<string, number>();

async function timed<T>(what: string, action: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await action();
  seconds.set(what, (performance.now() - begun) / 1000);
  return result;
}

const messageOf = (child: ChildProcess) =>
  new Promise<unknown>((resolve) => {
    child.once('message', resolve);
    child.once('exit', () => resolve(undefined));
  });

/** A wave of ranks from their start together to their end; every third is killed. */
async function runWave(directory: string, first: number, count: number): Promise<number> {
  const orders: Orders = { directory, records, rest: REST };
  const children = Array.from({ length: count }, (_, i) => {
    const env = { ...process.env, RANK: String(first + i), WORLD_SIZE: String(ranks) };
    return fork(CHILD, [JSON.stringify(orders)], {
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  });
  const ends = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  await Promise.all(children.map(messageOf));
  let killed = 0;
  const all = children.map(async (child, i) => {
    const isDone = messageOf(child);
    child.send('go');
    if (i % 3 === 0) {
      await sleep(REST * records * Math.random());
      child.kill('SIGKILL');
      killed++;
      return;
    }
    const said = (await isDone) as { opened: number } | undefined;
    if (said !== undefined) opened.push(said.opened);
    child.send('end');
  });
  await Promise.all([...all, ...ends]);
  return killed;
}

test(`${ranks} ranks in one directory lose no acknowledged record`, {
  skip: noTools,
}, async (context) => {
  const home = mkdtempSync(join(tmpdir(), 'dllogger-ranks-'));
  context.after(() => rmSync(home, { recursive: true, force: true }));
  const directory = join(home, 'run');
  mkdirSync(directory);
  let killed = 0;
  await timed('training', async () => {
    for (let first = 0; first < ranks; first += wave) {
      killed += await runWave(directory, first, Math.min(wave, ranks - first));
    }
  });
  const acknowledged = Array.from({ length: ranks }, (_, rank) => {
    const bytes = readFileSync(join(directory, `witness.${rank}`));
    return bytes.length === 4 ? bytes.readUInt32LE(0) : 0;
  });
  const rings = readdirSync(directory).filter((name) => name.endsWith('.ring'));
  const onDisk = rings.reduce((sum, name) => sum + statSync(join(directory, name)).blocks * 512, 0);
  context.diagnostic(
    `${killed} killed, ${rings.length} rings with ${Math.round(onDisk / 1e3)} kB on disk`,
  );

  const recovered = await timed('recover', () => dllogger(['recover', directory]));
  assert.equal(recovered.code, 0, recovered.stdout + recovered.stderr);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.endsWith('.ring')),
    [],
  );

  // The log of each rank has every acknowledged record, in order and once.
  const logs: string[] = [];
  const having = new Array<number>(records).fill(0);
  for (let rank = 0; rank < ranks; rank++) {
    const log = join(directory, `log.${rank}.json`);
    const isThere = readdirSync(directory).includes(`log.${rank}.json`);
    const steps = isThere ? readRecords(log).map(({ step }) => step as [number, number]) : [];
    if (steps.length > 0) logs.push(log);
    assert.deepEqual(
      steps,
      steps.map((_, i) => [Math.floor(i / EPOCH), i % EPOCH]),
    );
    const least = acknowledged[rank] ?? 0;
    // One record may have been logged when the kill came, and not acknowledged.
    assert.ok(steps.length === least || steps.length === least + 1, `${rank}: ${steps.length}`);
    for (let i = 0; i < steps.length; i++) having[i] = (having[i] ?? 0) + 1;
  }
  const length = having.filter((count) => count > 0).length;
  const expected = having.slice(0, length);

  const merged = join(home, 'merged.json');
  const answer = await timed('merge', () =>
    dllogger(['merge', ...logs, '-o', merged, '--reduce', 'sum', '--json']),
  );
  // 1: the ranks that were killed lack steps, which is a reported problem.
  assert.deepEqual([answer.code, answer.stderr], [1, '']);
  assert.deepEqual(
    readRecords(merged).map(({ data }) => (data as { ranks: number }).ranks),
    expected,
  );

  const server = await MlflowServer.start();
  const tensorboard = join(home, 'tb');
  const to = ['--tensorboard', tensorboard, '--mlflow', server.url, '--experiment', 'ranks'];
  const sent = await timed('forward', () => dllogger(['forward', merged, ...to, '--depth', 'all']));
  assert.equal(sent.code, 0, sent.stderr);
  const shown = (await scalarsOf(tensorboard)).merged?.ranks ?? [];
  assert.deepEqual(
    shown.map(([, , value]) => Number(value)),
    expected,
  );
  const [run, ...others] = await server.runsOf('ranks');
  assert.ok(run !== undefined && others.length === 0);
  const history = [...(await server.historyOf(run, 'ranks'))].sort((a, b) => a.step - b.step);
  assert.deepEqual(
    history.map(({ value }) => value),
    expected,
  );
  await server.end();

  opened.sort((a, b) => a - b);
  const at = (share: number) => (opened[Math.floor(share * (opened.length - 1))] ?? 0).toFixed(1);
  context.diagnostic(`opening a log: median ${at(0.5)} ms, most ${at(1)} ms`);
  for (const [what, time] of seconds) context.diagnostic(`${what}: ${time.toFixed(1)} s`);
  const total = acknowledged.reduce((sum, count) => sum + count, 0);
  const counted = expected.reduce((sum, count) => sum + count, 0);
  context.diagnostic(`${total} records acknowledged, ${counted} counted in MLflow and TensorBoard`);
});
