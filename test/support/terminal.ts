/** Runs the command line in a pseudo-terminal, which Python makes. */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { CommandHost, HOST, PLAIN, useHost } from './cli.js';
import { END_OF_OUTPUT } from './command-call.js';
import { ENDS_SURELY, ROOT, type Run } from './run.js';

const hasPython = (process.env.PATH ?? '')
  .split(delimiter)
  .some((folder) => existsSync(join(folder, 'python3')));

/** Why there is no pseudo-terminal to test in; false where there is one. */
export const noTerminal: false | string =
  process.platform !== 'win32' && hasPython
    ? false
    : 'a pseudo-terminal needs Python, which is not installed';

/** Runs a program in a pseudo-terminal. The program keeps the channel to its parent. */
const PTY = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    try: data = os.read(fd, 65536)
    except OSError: break
    if not data: break
    while data: data = data[os.write(1, data):]
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** The process in the pseudo-terminal, and what it has shown since the last command. */
const host = new CommandHost(() => {
  const program = [process.execPath, ...ENDS_SURELY, HOST];
  const child = spawn('python3', ['-c', PTY, ...program], {
    cwd: ROOT,
    env: { ...process.env, ...PLAIN, TERM: 'xterm-256color' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    events.emit('shown');
  });
  (child.stdout as Socket).unref();
  return child;
});
if (noTerminal === false) useHost(host);
let screen = '';
const events = new EventEmitter();

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command in a pseudo-terminal with a number of columns. Both outputs of the command go to the terminal. The
 * commands of a test file share one terminal and one process, also those of `dllogger`.
 *
 * @param env Some of the variables of `PER_CALL`.
 */
export function dlloggerInTerminal(
  args: readonly string[],
  columns: number,
  env: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const run = last.then(async () => {
    screen = '';
    const shown = host.process.stdout as Socket;
    shown.ref();
    try {
      const answer = await host.run({ args, env, columns });
      while (!screen.endsWith(END_OF_OUTPUT)) await once(events, 'shown');
      return { ...answer, stdout: screen.slice(0, -END_OF_OUTPUT.length) };
    } finally {
      shown.unref();
    }
  });
  last = run.catch(() => {});
  return run;
}
