/** Runs command lines one after the other, each with its own output: the process behind `dllogger` of cli.ts. */
import { Writable } from 'node:stream';
import { main } from '#dist/cli/main.js';
import type { Run } from './run.js';

/** A command line, and the variables of `PER_CALL` that are set for it. */
export interface Call {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export type Answer = Run | { readonly error: string };

/** The environment variables that a call may set. A command reads them when it runs, not when its process starts. */
export const PER_CALL: readonly string[] = ['NO_COLOR', 'FORCE_COLOR', 'COLUMNS'];

/** Collects what a command writes, as a pipe does. */
class Pipe extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

async function answer({ args, env }: Call): Promise<Answer> {
  for (const name of PER_CALL) delete process.env[name];
  Object.assign(process.env, env);
  const [stdout, stderr] = [new Pipe(), new Pipe()];
  Object.defineProperty(process, 'stdout', { value: stdout, configurable: true });
  Object.defineProperty(process, 'stderr', { value: stderr, configurable: true });
  try {
    const code = await main(args);
    return { code, signal: null, stdout: stdout.text, stderr: stderr.text };
  } catch (error) {
    return { error: String(error instanceof Error ? error.stack : error) };
  }
}

if (process.send !== undefined) {
  let last: Promise<unknown> = Promise.resolve();
  process.on('message', (call: Call) => {
    last = last.then(async () => process.send?.(await answer(call)));
  });
}
