/** A real MLflow server has of a log each metric once, whatever was killed on the way. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BIN } from '../support/cli.js';
import { freePort, noTools, PythonServer, serverDirectory } from '../support/ecosystem.js';
import { forwardAll, line, logOf, longLog } from '../support/forward.js';
import { ROOT } from '../support/run.js';

interface Metric {
  readonly key: string;
  readonly value: number | string;
  readonly step: number;
}

interface Run {
  readonly info: { readonly run_id: string; readonly status: string };
  readonly data: {
    readonly metrics?: readonly Metric[];
    readonly params?: readonly { readonly key: string; readonly value: string }[];
  };
}

describe('MLflow', { skip: noTools }, () => {
  test('a history is complete and without doubles after kills and a restart of the server', async () => {
    const [port, directory] = [await freePort(), serverDirectory()];
    const start = () =>
      PythonServer.start(
        port,
        [
          ...['mlflow', 'server', '--workers', '1', '--host', '127.0.0.1', '--port', String(port)],
          ...['--backend-store-uri', `sqlite:///${join(directory, 'mlflow.db')}`],
          ...['--artifacts-destination', join(directory, 'artifacts')],
        ],
        '/health',
      );
    let server = await start();
    const api = async <T>(path: string, body?: object): Promise<T> => {
      const response = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
        headers: { 'content-type': 'application/json' },
      });
      assert.equal(response.status, 200, path);
      return (await response.json()) as T;
    };
    const runsOf = async (experiment: string): Promise<readonly Run[]> => {
      const found = await api<{ experiment: { experiment_id: string } }>(
        `experiments/get-by-name?experiment_name=${experiment}`,
      );
      const ids = [found.experiment.experiment_id];
      return (await api<{ runs?: Run[] }>('runs/search', { experiment_ids: ids })).runs ?? [];
    };
    const historyOf = async (run: Run, key: string): Promise<readonly Metric[]> => {
      const query = new URLSearchParams({ run_id: run.info.run_id, metric_key: key });
      query.set('max_results', '25000');
      return (await api<{ metrics: Metric[] }>(`metrics/get-history?${query}`)).metrics;
    };

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
    await server.end();
    server = await start();
    const mlflow = { url: server.url, experiment: 'killed', depth: 'all' } as const;
    for (let again = 0; again < 2; again++) {
      const [state] = await forwardAll([log], { mlflow });
      assert.equal(state?.error, undefined);
      assert.equal(state?.sent, 2 + 2 * 400 * 3 + 2 + 2 + 1);
    }
    const [run, ...others] = await runsOf('killed');
    assert.ok(run);
    assert.equal(others.length, 0);
    assert.equal(run.info.status, 'FINISHED');
    assert.deepEqual(Object.fromEntries((run.data.params ?? []).map((p) => [p.key, p.value])), {
      ...{ lr: '0.1', model: 'mlp' },
    });
    for (const key of ['loss', 'speed']) {
      const steps = (await historyOf(run, key)).map(({ step }) => step).sort((a, b) => a - b);
      assert.deepEqual(
        steps,
        // A validation lies at the 400th iteration of each epoch.
        Array.from({ length: 800 }, (_, i) => (i < 400 ? i : i + 1)),
      );
    }
    assert.equal((await historyOf(run, 'epoch/loss')).length, 2);

    const odd = logOf(
      line(0, [0], { 'a//b': 1, 'a/b': 2, ü: 3, '.': 4, [`${'x'.repeat(300)}`]: 5 }),
      line(1, [1], { x: 'NAN' }).replace('"NAN"', 'NaN'),
      line(2, [2], { x: 'INF' }).replace('"INF"', '-Infinity'),
    );
    const [state] = await forwardAll([odd], { mlflow: { url: server.url, experiment: 'odd' } });
    assert.equal(state?.error, undefined);
    const [strange] = await runsOf('odd');
    assert.equal(strange?.info.status, 'RUNNING');
    assert.equal(strange?.data.metrics?.length, 6);

    const many = Array.from({ length: 8 }, (_, i) => longLog(3, 2, 1000 * i));
    const states = await forwardAll(many, { mlflow: { url: server.url, experiment: 'many' } });
    assert.deepEqual(
      states.map(({ error }) => error),
      many.map(() => undefined),
    );
    assert.equal((await runsOf('many')).length, 8);
    await server.end();
  });
});
