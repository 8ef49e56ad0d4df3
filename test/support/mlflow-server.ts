/** A real MLflow server with its own database. It can be ended and started again. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { freePort, PythonServer, serverDirectory } from './ecosystem.js';

export interface Metric {
  readonly key: string;
  readonly value: number | string;
  readonly step: number;
}

export interface MlflowRun {
  readonly info: { readonly run_id: string; readonly run_name: string; readonly status: string };
  readonly data: {
    readonly metrics?: readonly Metric[];
    readonly params?: readonly { readonly key: string; readonly value: string }[];
  };
}

export class MlflowServer {
  readonly url: string;
  readonly #port: number;
  readonly #directory = serverDirectory();
  #server: PythonServer | undefined;

  private constructor(port: number) {
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<MlflowServer> {
    const server = new MlflowServer(await freePort());
    await server.restart();
    return server;
  }

  /** Kills the server at once, starts it again, and resolves when it answers. */
  async restart(): Promise<void> {
    await this.end();
    const [port, directory] = [String(this.#port), this.#directory];
    this.#server = await PythonServer.start(
      this.#port,
      [
        ...['mlflow', 'server', '--workers', '1', '--host', '127.0.0.1', '--port', port],
        ...['--backend-store-uri', `sqlite:///${join(directory, 'mlflow.db')}`],
        ...['--artifacts-destination', join(directory, 'artifacts')],
      ],
      '/health',
    );
  }

  async end(): Promise<void> {
    await this.#server?.end();
  }

  async runsOf(experiment: string): Promise<readonly MlflowRun[]> {
    const found = await this.#ask<{ experiment: { experiment_id: string } }>(
      `experiments/get-by-name?experiment_name=${experiment}`,
    );
    const ids = [found.experiment.experiment_id];
    const body = { experiment_ids: ids, max_results: 1000 };
    return (await this.#ask<{ runs?: MlflowRun[] }>('runs/search', body)).runs ?? [];
  }

  async historyOf({ info }: MlflowRun, key: string): Promise<readonly Metric[]> {
    const query = new URLSearchParams({ run_id: info.run_id, metric_key: key });
    query.set('max_results', '25000');
    return (await this.#ask<{ metrics: Metric[] }>(`metrics/get-history?${query}`)).metrics;
  }

  async #ask<T>(path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.url}/api/2.0/mlflow/${path}`, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(response.status, 200, path);
    return (await response.json()) as T;
  }
}
