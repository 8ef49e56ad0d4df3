/** Real tools for Python, which `npm run test:ecosystem` installs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './run.js';

export const python = process.env.DLLOGGER_ECOSYSTEM_PYTHON ?? '';

/** Why the tools are missing; false when they are installed. */
export const noTools: false | string =
  python === '' && 'the Python tools are not installed: npm run test:ecosystem';

/** Logs of real runs, beside the project. */
export const realLogs = join(ROOT, '..', 'shared', 'logs');
export const noRealLogs = existsSync(realLogs) ? false : 'the real logs are not here';

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A Python module that serves HTTP. It ends with the tests, as do the processes that it starts. */
export class PythonServer {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
    after(() => this.end());
  }

  /** Resolves when the server answers. */
  static async start(port: number, args: readonly string[], ready: string): Promise<PythonServer> {
    const env = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', DO_NOT_TRACK: 'true' };
    // A separate process group, so that the server's workers end with it.
    const child = spawn(python, ['-m', ...args], { detached: true, env, stdio: 'pipe' });
    let said = '';
    child.stdout?.on('data', (text) => (said += text));
    child.stderr?.on('data', (text) => (said += text));
    const server = new PythonServer(`http://127.0.0.1:${port}`, child);
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${args[0]} ended: ${said}`);
      const answer = await fetch(server.url + ready).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.ok === true) return server;
      await sleep(100);
    }
  }

  async end(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    process.kill(-pid, 'SIGKILL');
    await ended;
  }
}

/** A directory for the data of a server, removed when all servers have ended. */
export function serverDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'dllogger-ecosystem-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
