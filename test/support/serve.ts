/** Runs `dllogger serve` in a child process, and sends it requests as a browser would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { decodeCharts, type RunInfo, type Update } from '#dist/plot/protocol.js';
import type { ChartAnswer, Query } from '#dist/runs/query.js';
import { Dashboard } from '#dist/serve/dashboard.js';
import { createDashboardServer } from '#dist/serve/http-server.js';
import { BIN } from './cli.js';

export interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** What a browser could ask of a server. */
export interface Client {
  readonly url: string;
  /** Sends a request with headers that a browser would not let a page set. */
  readonly ask: (
    path: string,
    options?: { method?: string; headers?: Record<string, string>; body?: string },
  ) => Promise<Reply>;
  readonly charts: (query: Partial<Query>) => Promise<ChartAnswer[]>;
  /** Waits until the function returns true for the runs by name. */
  readonly until: (isSo: (runs: ReadonlyMap<string, RunInfo>) => boolean) => Promise<RunInfo[]>;
}

export interface Served extends Client {
  readonly child: ChildProcess;
  /** Standard error so far. */
  readonly stderr: () => string;
  /** Ends the server as Ctrl+C does. Resolves to the exit code. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
}

const children = new Set<ChildProcess>();
const dashboards = new Set<AbortController>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
  for (const dashboard of dashboards) dashboard.abort();
});

/**
 * Watches logs and folders as a server does, in this process: what the dashboard finds out does not depend on the
 * server, whose start takes longer than most tests. Ends when the test file ends.
 */
export function watch(
  paths: ConstructorParameters<typeof Dashboard>[0],
): Pick<Served, 'until'> & { readonly end: () => Promise<void> } {
  const dashboard = new Dashboard(paths);
  const stop = new AbortController();
  dashboards.add(stop);
  const watching = dashboard.watch(stop.signal);
  const until: Served['until'] = (isSo) =>
    new Promise((resolve) => {
      const look = () => {
        const { runs } = JSON.parse(dashboard.snapshot()) as Update;
        if (!isSo(new Map(runs.map((run) => [run.name, run])))) return;
        forget();
        resolve([...runs]);
      };
      const forget = dashboard.onUpdate(look);
      look();
    });
  const end = () => {
    stop.abort();
    return watching;
  };
  return { until, end };
}

/**
 * Serves the dashboard from this process, for tests of what a page gets: a process of its own takes longer than most
 * tests. Ends when the test file ends.
 */
export async function serveHere(
  paths: ConstructorParameters<typeof Dashboard>[0],
): Promise<Client> {
  const dashboard = new Dashboard(paths);
  const host = '127.0.0.1';
  const server = createDashboardServer(dashboard, { host, allowed: [], prefix: '/' });
  const stop = new AbortController();
  stop.signal.addEventListener('abort', () => {
    server.close();
    server.closeAllConnections();
  });
  dashboards.add(stop);
  server.listen(0, host);
  await once(server, 'listening');
  void dashboard.watch(stop.signal);
  return clientOf(`http://${host}:${(server.address() as AddressInfo).port}/`);
}

/**
 * Starts the dashboard at any free port. It ends when the test file ends, at the latest.
 *
 * @param launcher a command that starts the server, such as a shell that sets limits and executes it.
 */
export async function serve(
  args: readonly string[],
  cwd?: string,
  launcher: readonly string[] = [],
): Promise<Served> {
  const command = [process.execPath, BIN, 'serve', '--port', '0', '--json', ...args];
  const [program = '', ...rest] = [...launcher, ...command];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], cwd });
  children.add(child);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()).url));
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${stderr}`)));
  });
  const end: Served['end'] = (signal = 'SIGINT') =>
    new Promise((resolve) => {
      child.once('exit', (code) => resolve(code));
      child.kill(signal);
    });
  const client = clientOf(url);
  const until: Served['until'] = (isSo) =>
    client.until(isSo).catch((cause: unknown) => {
      const how = child.signalCode ?? child.exitCode ?? 'no end';
      throw new Error(`the server, ${how}: ${cause} ${stderr}`, { cause });
    });
  return { ...client, until, child, stderr: () => stderr, end };
}

function clientOf(url: string): Client {
  const ask: Client['ask'] = (path, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      // The path is sent unchanged: a URL object would normalise it.
      const sent = request(url, { method, headers, path: `/${path}` }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          resolve({ status, headers: response.headers, body: Buffer.concat(chunks) });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  const charts: Client['charts'] = async (query) => {
    const body = JSON.stringify({ axis: 'step', smoothing: 0, buckets: 1000, ...query });
    const headers = { 'Content-Type': 'application/json' };
    const reply = await ask('series', { method: 'POST', headers, body });
    if (reply.status !== 200) throw new Error(`${reply.status}: ${reply.body}`);
    const { buffer, byteOffset, length } = reply.body;
    return decodeCharts(buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer);
  };
  return { url, ask, charts, until: (isSo) => until(url, isSo) };
}

/** Listens to the server's events until the runs are as wanted. */
function until(
  url: string,
  isSo: (runs: ReadonlyMap<string, RunInfo>) => boolean,
): Promise<RunInfo[]> {
  const runs = new Map<number, RunInfo>();
  let text = '';
  const take = (event: string): boolean => {
    const data = /^data: (.*)$/m.exec(event)?.[1];
    if (data === undefined) return false;
    const update = JSON.parse(data) as Update;
    for (const id of update.removed) runs.delete(id);
    for (const run of update.runs) runs.set(run.id, run);
    return isSo(new Map([...runs.values()].map((run) => [run.name, run])));
  };
  return new Promise((resolve, reject) => {
    get(new URL('events', url), (response) => {
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const events = (text + chunk).split('\n\n');
        text = events.pop() ?? '';
        if (!events.some(take)) return;
        response.destroy();
        resolve([...runs.values()]);
      });
      response.on('close', () => reject(new Error('the events ended')));
    }).on('error', reject);
  });
}
