/** Runs the command line in a pseudo-terminal, which Python makes. */
import { spawnSync } from 'node:child_process';
import { COMMAND } from './cli.js';
import { type Run, run } from './run.js';

// The path of the interpreter itself: `python3` may be a script that starts others until it has found it.
const found = spawnSync('python3', ['-c', 'import pty, sys; print(sys.executable)'], {
  encoding: 'utf8',
});

/** Why there is no pseudo-terminal to test in; false where there is one. */
export const noTerminal: false | string =
  process.platform !== 'win32' && found.status === 0
    ? false
    : 'a pseudo-terminal needs Python, which is not installed';

const PTY = `
import fcntl, os, pty, struct, sys, termios
columns, argv = int(sys.argv[1]), sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 40, columns, 0, 0))
    os.execv(argv[0], argv)
out = b''
while True:
    try: data = os.read(fd, 65536)
    except OSError: break
    if not data: break
    out += data
status = os.waitpid(pid, 0)[1]
sys.stdout.buffer.write(out)
sys.exit(os.waitstatus_to_exitcode(status))
`;

/** Runs a command in a pseudo-terminal with a number of columns. Both outputs of the command go to the terminal. */
export function dlloggerInTerminal(
  args: readonly string[],
  columns: number,
  env: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const plain = { NO_COLOR: undefined, FORCE_COLOR: undefined, TERM: 'xterm-256color' };
  const command = [String(columns), process.execPath, ...COMMAND, ...args];
  return run(found.stdout.trim(), ['-c', PTY, ...command], { env: { ...plain, ...env } });
}
