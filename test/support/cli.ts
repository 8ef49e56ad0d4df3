/** Runs the command line in real child processes. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ENDS_SURELY, ROOT, type Run, type RunOptions, run } from './run.js';

export const BIN = join(ROOT, 'dist', 'cli', 'bin.js');
const COMMAND = [...ENDS_SURELY, BIN];

/** Runs a command with its output in pipes. */
export function dllogger(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const env = { NO_COLOR: undefined, FORCE_COLOR: undefined, COLUMNS: undefined, ...options.env };
  return run(process.execPath, [BIN, ...args], { ...options, env });
}

/** Runs a command with bytes on its standard input. */
export function dlloggerWithInput(args: readonly string[], input: Buffer | string): Run {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...COMMAND, ...args], {
    ...{ input, encoding: 'utf8', maxBuffer: 2 ** 28, cwd: ROOT },
  });
  return { code: status, signal, stdout, stderr };
}

/** Runs a command until the reader of its output has seen enough. */
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

/** Why there is no pseudo-terminal to test in; false where there is one. */
export const noTerminal: false | string =
  process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty']).status === 0
    ? false
    : 'a pseudo-terminal is made with Python, which is not here';

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
  return run('python3', ['-c', PTY, String(columns), process.execPath, ...COMMAND, ...args], {
    env: { ...plain, ...env },
  });
}
