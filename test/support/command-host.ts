/**
 * Runs command lines one after the other, each with its own input and output: the process behind `dllogger` of cli.ts
 * and, in a pseudo-terminal, behind `dlloggerInTerminal` of terminal.ts.
 */
import { spawnSync } from 'node:child_process';
import { Readable, Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import { main } from '#dist/cli/main.js';
import { type Answer, type Call, END_OF_OUTPUT, PER_CALL } from './command-call.js';

/** Bytes that a pipe passes on at once. */
const PIPE_SIZE = 2 ** 16;

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

/** Standard input with the bytes of a call. */
function inputOf(bytes: Uint8Array | string = ''): Readable {
  const rest = Buffer.from(bytes);
  const count = Math.ceil(rest.length / PIPE_SIZE);
  return Readable.from(
    Array.from({ length: count }, (_, i) => rest.subarray(i * PIPE_SIZE, (i + 1) * PIPE_SIZE)),
    { objectMode: false },
  );
}

function setStreams(streams: Readonly<Record<string, Readable | Writable>>): void {
  for (const [name, value] of Object.entries(streams)) {
    Object.defineProperty(process, name, { value, configurable: true });
  }
}

/** The outputs of a command in the terminal of this process, which gets its number of columns. */
function terminal(columns: number): WriteStream {
  spawnSync('stty', ['rows', '40', 'columns', `${columns}`], { stdio: 'inherit' });
  // A new stream reads the size of the terminal.
  return new WriteStream(1);
}

async function answer({ args, env = {}, input, columns }: Call): Promise<Answer> {
  const before = Object.fromEntries(PER_CALL.map((name) => [name, process.env[name]]));
  Object.assign(process.env, env);
  const pipes = { stdout: new Pipe(), stderr: new Pipe() };
  const screen = columns === undefined ? undefined : terminal(columns);
  setStreams(screen === undefined ? pipes : { stdout: screen, stderr: screen });
  setStreams({ stdin: inputOf(input) });
  try {
    const code = await main(args);
    screen?.write(END_OF_OUTPUT);
    return { code, signal: null, stdout: pipes.stdout.text, stderr: pipes.stderr.text };
  } catch (error) {
    return { error: String(error instanceof Error ? error.stack : error) };
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

let last: Promise<unknown> = Promise.resolve();
process.on('message', (call: Call) => {
  last = last.then(async () => process.send?.(await answer(call)));
});
// Whatever a command has left running.
process.on('disconnect', () => process.exit());
