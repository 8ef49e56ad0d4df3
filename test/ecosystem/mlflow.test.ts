/** A real MLflow server has each metric of a log once, whatever was killed on the way. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BIN, dllogger } from '../support/cli.js';
import { noTools } from '../support/ecosystem.js';
import { forwardAll, line, logOf, longLog } from '../support/forward.js';
import { MlflowServer } from '../support/mlflow-server.js';
import { ROOT } from '../support/run.js';

describe('MLflow', { skip: noTools }, async () => {
  if (noTools !== false) return;
  const server = await MlflowServer.start();

  test('a history is complete and without doubles after kills', async () => {
    const log = longLog(2, 400);
    const args = [BIN, 'forward', log, '--mlflow', server.url, '--experiment', 'killed'];
    for (let kills = 0; kills < 2; kills++) {
      const child = spawn(process.execPath, [...args, '--depth', 'all'], {
        ...{ cwd: ROOT, stdio: 'ignore' },
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await Promise.race([ended, sleep(500 + 1500 * Math.random())]);
      child.kill('SIGKILL');
      await ended;
    }
    const mlflow = { url: server.url, experiment: 'killed', depth: 'all' } as const;
    for (let again = 0; again < 2; again++) {
      const [state] = await forwardAll([log], { mlflow });
      assert.equal(state?.error, undefined);
      assert.equal(state?.sent, 2 + 2 * 400 * 3 + 2 + 2 + 1);
    }
    const [run, ...others] = await server.runsOf('killed');
    assert.ok(run);
    assert.equal(others.length, 0);
    assert.equal(run.info.status, 'FINISHED');
    assert.deepEqual(Object.fromEntries((run.data.params ?? []).map((p) => [p.key, p.value])), {
      ...{ lr: '0.1', model: 'mlp' },
    });
    for (const key of ['loss', 'speed']) {
      const steps = (await server.historyOf(run, key))
        .map(({ step }) => step)
        .sort((a, b) => a - b);
      assert.deepEqual(
        steps,
        // A validation lies at the 400th iteration of each epoch.
        Array.from({ length: 800 }, (_, i) => (i < 400 ? i : i + 1)),
      );
    }
    assert.equal((await server.historyOf(run, 'epoch/loss')).length, 2);

    const odd = logOf(
      line(0, [0], { 'a//b': 1, 'a/b': 2, ü: 3, '.': 4, [`${'x'.repeat(300)}`]: 5 }),
      line(1, [1], { x: 'NAN' }).replace('"NAN"', 'NaN'),
      line(2, [2], { x: 'INF' }).replace('"INF"', '-Infinity'),
    );
    const [state] = await forwardAll([odd], { mlflow: { url: server.url, experiment: 'odd' } });
    assert.equal(state?.error, undefined);
    const [strange] = await server.runsOf('odd');
    assert.equal(strange?.info.status, 'RUNNING');
    assert.equal(strange?.data.metrics?.length, 6);
  });

  test('20 logs by 4 processes at once, the server ended in the middle', async () => {
    const logs = Array.from({ length: 20 }, (_, i) => longLog(2, 60, 1000 * i));
    const forwarded = Array.from({ length: 4 }, (_, part) => {
      const own = logs.slice(5 * part, 5 * part + 5);
      const to = ['--mlflow', server.url, '--experiment', 'many', '--depth', 'all', '--json'];
      return dllogger(['forward', ...own, ...to]);
    });
    await sleep(1500);
    await server.restart();
    const behind = (await Promise.all(forwarded)).filter(({ code }) => code !== 0);
    // Commands that gave up while the server was away say so. The next forwarding continues.
    for (const { stderr } of behind) assert.match(stderr, /behind/);
    const states = await forwardAll(logs, {
      mlflow: { url: server.url, experiment: 'many', depth: 'all' },
    });
    assert.deepEqual(
      states.map(({ error }) => error),
      logs.map(() => undefined),
    );
    const runs = await server.runsOf('many');
    assert.deepEqual(
      runs.map(({ info }) => info.run_name).sort(),
      logs.map((log) => basename(log, '.json')).sort(),
    );
    for (const run of runs) {
      assert.equal(run.info.status, 'FINISHED');
      const steps = (await server.historyOf(run, 'loss')).map(({ step }) => step);
      assert.deepEqual(
        steps.sort((a, b) => a - b),
        Array.from({ length: 120 }, (_, i) => (i < 60 ? i : i + 1)),
      );
    }
    await server.end();
  });
});
