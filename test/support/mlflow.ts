/** A server with the part of MLflow's REST interface that the package uses. Tests can make it fail. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';

interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface SentMetric {
  readonly key: string;
  readonly value: number | string;
  readonly timestamp: number;
  readonly step: number;
}

export interface SentRun {
  readonly id: string;
  readonly name: string;
  status: string;
  readonly metrics: SentMetric[];
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
}

interface Body {
  readonly filter: string;
  readonly run_name: string;
  readonly run_id: string;
  readonly status: string;
  readonly metrics: readonly SentMetric[];
  readonly params: readonly Pair[];
  readonly tags: readonly Pair[];
}

/** May answer in place of the server. Returns true when it has answered. */
export type Fault = (response: ServerResponse, path: string, request: IncomingMessage) => boolean;

export class FakeMlflow {
  readonly runs: SentRun[] = [];
  /** Size of each `log-batch`, in metrics. */
  readonly batches: number[] = [];
  requests = 0;
  fault: Fault = () => false;
  url = '';

  static async start(): Promise<FakeMlflow> {
    const fake = new FakeMlflow();
    const server = createServer((request, response) => void fake.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    after(() => {
      server.close();
      server.closeAllConnections();
    });
    return fake;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const path = (request.url ?? '').replace('/api/2.0/mlflow/', '').replace(/\?.*/, '');
    if (this.fault(response, path, request)) return;
    response.end(JSON.stringify(this.#reply(path, JSON.parse(text || '{}') as Body)));
  }

  #reply(path: string, body: Body): object {
    if (path === 'experiments/get-by-name') {
      return { experiment: { experiment_id: '0', lifecycle_stage: 'active' } };
    }
    if (path === 'runs/search') {
      const digest = /'(.*)'/.exec(body.filter)?.[1];
      return {
        runs: this.runs.filter(({ tags }) => tags.get('dllogger.log') === digest).map(shown),
      };
    }
    if (path === 'runs/create') {
      const run: SentRun = {
        ...{ id: `run${this.runs.length}`, name: body.run_name, status: 'RUNNING' },
        ...{ metrics: [], params: new Map(), tags: new Map(body.tags.map(entry)) },
      };
      this.runs.push(run);
      return { run: shown(run) };
    }
    const run = this.runs.find(({ id }) => id === body.run_id);
    if (run === undefined) throw new Error(`no run ${body.run_id} for ${path}`);
    if (path === 'runs/update') run.status = body.status;
    if (path === 'runs/log-batch') {
      this.batches.push(body.metrics.length);
      run.metrics.push(...body.metrics);
      for (const { key, value } of body.params) run.params.set(key, value);
      for (const { key, value } of body.tags) run.tags.set(key, value);
    }
    return {};
  }
}

function entry({ key, value }: Pair): [string, string] {
  return [key, value];
}

function shown({ id, status, params, tags }: SentRun): object {
  const pairs = (map: Map<string, string>): Pair[] =>
    [...map].map(([key, value]) => ({ key, value }));
  return {
    info: { run_id: id, status },
    data: { params: pairs(params), tags: pairs(tags) },
  };
}
