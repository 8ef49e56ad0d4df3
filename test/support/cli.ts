/** Runs the command line in real child processes. */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Answer, type Call, PER_CALL } from './command-call.js';
import { ENDS_SURELY, ROOT, type Run, type RunOptions, run } from './run.js';

export const BIN = join(ROOT, 'dist', 'cli', 'bin.js');
const COMMAND: readonly string[] = [...ENDS_SURELY, BIN];

/** Takes away what the environment of the tests says about the terminal. */
export const PLAIN: NodeJS.ProcessEnv = {
  ...{ NODE_OPTIONS: '', NO_COLOR: undefined, FORCE_COLOR: undefined, COLUMNS: undefined },
};

/** Runs a command in a process of its own, with its output in pipes. */
export function dlloggerProcess(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const env = { ...PLAIN, ...options.env };
  return run(process.execPath, [BIN, ...args], { ...options, env });
}

/** A process in which commands run one after the other. It starts at the first command, and ends with this process. */
export class CommandHost {
  readonly #start: () => ChildProcess;
  #process: ChildProcess | undefined;
  readonly #waiting: { resolve: (run: Run) => void; reject: (error: Error) => void }[] = [];

  constructor(start: () => ChildProcess) {
    this.#start = start;
  }

  /** The process, once it has started. */
  get process(): ChildProcess {
    this.#process ??= this.#started();
    return this.#process;
  }

  run(call: Call): Promise<Run> {
    setReferenced(this.process, true);
    this.process.send(call);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  #started(): ChildProcess {
    const started = this.#start();
    started.on('message', (answer: Answer) => {
      const call = this.#waiting.shift();
      if (this.#waiting.length === 0) setReferenced(started, false);
      if ('error' in answer) call?.reject(new Error(answer.error));
      else call?.resolve(answer);
    });
    started.on('exit', (code, signal) => {
      this.#process = undefined;
      const error = new Error(`a command ended its process: ${code ?? signal}`);
      for (const call of this.#waiting.splice(0)) call.reject(error);
    });
    return started;
  }
}

/** Sets whether this process stays alive for the child. */
function setReferenced(child: ChildProcess, isReferenced: boolean): void {
  for (const handle of [child, child.channel]) {
    if (isReferenced) handle?.ref();
    else handle?.unref();
  }
}

/** The program of a host. */
export const HOST = fileURLToPath(new URL('command-host.js', import.meta.url));

let host = new CommandHost(() =>
  fork(HOST, [], {
    cwd: ROOT,
    env: { ...process.env, ...PLAIN },
    execArgv: [...ENDS_SURELY],
    serialization: 'advanced',
  }),
);

/** Takes the process of a terminal for all commands, so that there is one process where a file needs a terminal. */
export function useHost(other: CommandHost): void {
  host = other;
}

/**
 * Runs a command with its output in pipes. The commands of a test file share one process, since starting Node and
 * loading the package take most of a command's time. A command that needs more than the variables of `PER_CALL`
 * gets a process of its own.
 *
 * @param options.input What the command finds on its standard input.
 */
export function dllogger(
  args: readonly string[],
  options: RunOptions & { readonly input?: Uint8Array | string } = {},
): Promise<Run> {
  const { env = {}, input = '', ...others } = options;
  const isShared =
    Object.keys(others).length === 0 && Object.keys(env).every((name) => PER_CALL.includes(name));
  return isShared ? host.run({ args, env, input }) : dlloggerProcess(args, options);
}

/** Runs a command in a process of its own with bytes on its standard input. */
export function dlloggerWithInput(args: readonly string[], input: Buffer | string): Run {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...COMMAND, ...args], {
    ...{ input, encoding: 'utf8', maxBuffer: 2 ** 28, cwd: ROOT },
  });
  return { code: status, signal, stdout, stderr };
}

/** Runs a command whose output is closed after a number of lines, as `head` does. */
export function dlloggerPipedTo(args: readonly string[], lines: number): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...COMMAND, ...args], { cwd: ROOT });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.split('\n').length > lines) child.stdout.destroy();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
