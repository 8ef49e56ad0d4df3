/** Runs the command line in real child processes. */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Answer, type Call, PER_CALL } from './command-host.js';
import { ENDS_SURELY, ROOT, type Run, type RunOptions, run } from './run.js';

export const BIN = join(ROOT, 'dist', 'cli', 'bin.js');
export const COMMAND: readonly string[] = [...ENDS_SURELY, BIN];

/** Runs a command in a process of its own, with its output in pipes. */
export function dlloggerProcess(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const env = { NO_COLOR: undefined, FORCE_COLOR: undefined, COLUMNS: undefined, ...options.env };
  return run(process.execPath, [BIN, ...args], { ...options, env });
}

let host: ChildProcess | undefined;
const waiting: { resolve: (run: Run) => void; reject: (error: Error) => void }[] = [];

/** The process in which the commands of this test file run. It is started at the first command. */
function startedHost(): ChildProcess {
  const started = fork(fileURLToPath(new URL('command-host.js', import.meta.url)), [], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '' },
    execArgv: [...ENDS_SURELY],
    serialization: 'advanced',
  });
  started.on('message', (answer: Answer) => {
    const call = waiting.shift();
    if (waiting.length === 0) setReferenced(started, false);
    if ('error' in answer) call?.reject(new Error(answer.error));
    else call?.resolve(answer);
  });
  started.on('exit', (code, signal) => {
    host = undefined;
    const error = new Error(`a command ended its process: ${code ?? signal}`);
    for (const call of waiting.splice(0)) call.reject(error);
  });
  return started;
}

/** Sets whether this process stays alive for the child. */
function setReferenced(child: ChildProcess, isReferenced: boolean): void {
  for (const handle of [child, child.channel]) {
    if (isReferenced) handle?.ref();
    else handle?.unref();
  }
}

/**
 * Runs a command with its output in pipes. The commands of a test file share one process, since starting Node and
 * loading the package take most of a command's time. A command that needs more than the variables of `PER_CALL`
 * gets a process of its own.
 */
export function dllogger(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { env = {}, ...others } = options;
  const isShared =
    Object.keys(others).length === 0 && Object.keys(env).every((name) => PER_CALL.includes(name));
  if (!isShared) return dlloggerProcess(args, options);
  host ??= startedHost();
  setReferenced(host, true);
  host.send({ args, env } satisfies Call);
  return new Promise((resolve, reject) => {
    waiting.push({ resolve, reject });
  });
}

/** Runs a command with bytes on its standard input. */
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
