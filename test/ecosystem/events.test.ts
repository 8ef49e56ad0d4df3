/** TensorBoard's own loader finds in the event files what the log says, whatever happened while they were written. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JsonValue, readLog } from 'dllogger/reader';
import { GlobalStep } from '#dist/forward/global-step.js';
import { BIN } from '../support/cli.js';
import { freePort, noRealLogs, noTools, PythonServer, realLogs } from '../support/ecosystem.js';
import { type Point, scalarsOf } from '../support/event-accumulator.js';
import { contentOf, eventFiles } from '../support/event-files.js';
import { BEGIN, forwardAll, line, logOf, longLog } from '../support/forward.js';
import { newPath } from '../support/log.js';
import { ROOT } from '../support/run.js';

/** As Python prints a number of 32 bits. */
function pythonText(value: number): string {
  const single = Math.fround(value);
  if (Number.isNaN(single)) return 'nan';
  if (!Number.isFinite(single)) return single > 0 ? 'inf' : '-inf';
  return String(single);
}

/** The values of a log, read record by record: by directory and tag. */
async function pointsIn(log: string): Promise<Map<string, Map<string, Point[]>>> {
  const runs = new Map<string, Map<string, Point[]>>();
  const steps = new GlobalStep();
  for await (const entry of readLog(log)) {
    if (entry.kind !== 'LOG' || typeof entry.step === 'string') continue;
    const { step, data, timestamp } = entry;
    if (step === null || (typeof step === 'object' && !Array.isArray(step))) continue;
    const components = (Array.isArray(step) ? step : [step]) as number[];
    if (components.some((component) => typeof component !== 'number')) continue;
    steps.add(components, components.length);
    const directory = steps.level === 'iteration' ? '' : `/${steps.level}`;
    const add = (name: string, value: JsonValue): void => {
      if (typeof value === 'number' || typeof value === 'boolean') {
        const tags = runs.get(directory) ?? new Map<string, Point[]>();
        const points = tags.get(name) ?? [];
        points.push([timestamp, steps.step, pythonText(Number(value))]);
        runs.set(directory, tags.set(name, points));
      } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        for (const [key, inner] of Object.entries(value)) add(`${name}.${key}`, inner);
      }
    };
    for (const [name, value] of Object.entries(data)) add(name, value);
  }
  return runs;
}

/** Checks that the loader has every point of the log, in order. */
async function agrees(log: string, directory: string): Promise<void> {
  const found = await scalarsOf(directory);
  const name = basename(log).replace(/\.(json|jsonl|log)$/, '');
  const expected = await pointsIn(log);
  for (const [below, tags] of expected) {
    for (const [tag, points] of tags) {
      const there = found[`${name}${below}`]?.[tag] ?? [];
      assert.deepEqual(
        there.map(([time, step, value]) => [time, step, Number(value.replace('inf', 'Infinity'))]),
        points.map(([time, step, value]) => [time, step, Number(value.replace('inf', 'Infinity'))]),
        `${log} ${below} ${tag}`,
      );
    }
  }
  const tags = Object.values(found).flatMap((run) => Object.keys(run));
  const wanted = [...expected.values()].flatMap((run) => [...run.keys()]);
  assert.deepEqual(tags.sort(), wanted.sort());
}

describe('event files', { skip: noTools }, () => {
  test('are complete after kills at random, while TensorBoard reads them', async () => {
    const log = longLog(4, 10_000);
    const whole = newPath();
    await forwardAll([log], { tensorboard: whole });
    const size = statSync(eventFiles(whole).at(-1) ?? '').size;
    const directory = newPath();
    const port = await freePort();
    const server = await PythonServer.start(
      port,
      [
        ...['tensorboard.main', '--logdir', directory, '--port', String(port)],
        ...['--host', '127.0.0.1', '--reload_interval', '1'],
      ],
      '/data/environment',
    );
    const last = () => (existsSync(directory) ? eventFiles(directory).at(-1) : undefined);
    let atWork = 0;
    for (let kills = 0; kills < 30; kills++) {
      const path = last();
      const before = path === undefined ? 0 : statSync(path).size;
      const args = [BIN, 'forward', log, '--tensorboard', directory];
      const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      // The first processes are killed before they write, the others while they write.
      if (kills < 3) await sleep(200 * Math.random());
      else {
        const least = before + ((size - before) / (34 - kills)) * Math.random();
        while (child.exitCode === null && statSync(last() ?? log).size < least) await sleep(1);
      }
      child.kill('SIGKILL');
      await ended;
      if (child.signalCode === 'SIGKILL') atWork++;
      // A torn end, as a power cut leaves it.
      const torn = last();
      if (kills % 10 === 9 && torn !== undefined) appendFileSync(torn, Buffer.alloc(30));
    }
    assert.ok(atWork >= 15, `${atWork} of them were killed before they were done`);
    await forwardAll([log], { tensorboard: directory });
    assert.deepEqual(contentOf(directory), contentOf(whole));
    await agrees(log, directory);
    for (;;) {
      const answer = await fetch(`${server.url}/data/plugin/scalars/tags`);
      const tags = (await answer.json()) as Record<string, unknown>;
      if (Object.keys(tags).some((name) => name.endsWith('/summary'))) break;
      await sleep(100);
    }
    await server.end();
  });

  test('are right for a log of two sessions, and for a log that another log replaces', async () => {
    const log = logOf(...Array.from({ length: 20 }, (_, i) => line(100 + i, [0, i], { loss: i })));
    const directory = newPath();
    await forwardAll([log], { tensorboard: directory });
    for (let i = 10; i < 30; i++) {
      const again = line(200 + i, [0, i], { loss: -i });
      const elapsed = `"elapsedtime":"${200 + i}"`;
      appendFileSync(log, again.replace(elapsed, `"elapsedtime":"${i}"`));
    }
    await forwardAll([log], { tensorboard: directory });
    // The loader drops the points of the first session from the step on at which the second session begins.
    const name = basename(log, '.json');
    const shown = (await scalarsOf(directory, 'purge'))[name]?.loss ?? [];
    assert.deepEqual(
      shown.map(([, step, value]) => [step, Number(value)]),
      Array.from({ length: 30 }, (_, i) => [i, i < 10 ? i : -i]),
    );
    const [path = ''] = eventFiles(directory);
    const before = readFileSync(path);
    copyFileSync(longLog(2, 30, 1000), log);
    await forwardAll([log], { tensorboard: directory });
    assert.deepEqual(readFileSync(path), before);
    const second = newPath();
    await forwardAll([log], { tensorboard: second });
    await agrees(log, second);
    const all = (await scalarsOf(directory))[name]?.loss ?? [];
    assert.deepEqual(
      all.filter(([time]) => time >= BEGIN + 1000),
      (await scalarsOf(second))[name]?.loss,
    );
  });

  test('of real logs have every point', { skip: noRealLogs }, async () => {
    for (const name of readdirSync(realLogs).filter((entry) => /\.jsonl?(\.1)?$/.test(entry))) {
      const directory = newPath();
      const log = join(realLogs, name);
      await forwardAll([log], { tensorboard: directory });
      if (existsSync(directory)) await agrees(log, directory);
      else assert.equal((await pointsIn(log)).size, 0, name);
    }
  });
});
