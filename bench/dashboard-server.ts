/** A dashboard's server in a process of its own, for the benchmark. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Query } from '#dist/runs/query.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

export class DashboardServer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #started = performance.now();

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(directory: string): Promise<DashboardServer> {
    const args = [BIN, 'serve', '--port', '0', '--json', directory];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    process.once('exit', () => child.kill('SIGKILL'));
    const [line] = await once(child.stdout, 'data');
    return new DashboardServer(child, JSON.parse(String(line)).url);
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  /** Waits until all logs are read. Resolves to the milliseconds since the start. */
  async untilRead(runs: number, records: number): Promise<number> {
    for (;;) {
      await sleep(50);
      const counts = await this.#records();
      const isRead = counts.length === runs && counts.every((count) => count === records);
      if (isRead) return performance.now() - this.#started;
    }
  }

  async charts(query: Query): Promise<ArrayBuffer> {
    const response = await fetch(`${this.url}series`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(query),
    });
    return response.arrayBuffer();
  }

  /** Resident bytes of the server; NaN where the system does not report them. */
  memory(): number {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
    } catch {
      return Number.NaN;
    }
  }

  end(): void {
    this.#child.kill('SIGINT');
  }

  /** The number of records of each run, from the first event. */
  async #records(): Promise<number[]> {
    const abort = new AbortController();
    const { body } = await fetch(`${this.url}events`, { signal: abort.signal });
    let text = '';
    const reader = body?.getReader();
    while (reader !== undefined && !text.includes('\n\n')) {
      const { value, done } = await reader.read();
      if (done) break;
      text += Buffer.from(value).toString();
    }
    abort.abort();
    const data = /^data: (.*)$/m.exec(text)?.[1] ?? '{"runs":[]}';
    return JSON.parse(data).runs.map(({ records }: { records: number }) => records);
  }
}
