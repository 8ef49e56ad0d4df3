/** Runs pieces of JavaScript in real child processes, with the implementation that is under test. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

/** The package's root, from where 'dllogger' resolves. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly flags?: readonly string[];
  readonly cwd?: string;
  /** The descriptor that the process gets as its standard input, which else is empty. */
  readonly stdin?: number;
}

/**
 * Flag for Node processes that must end by themselves. Now and then Node hangs at its end: a function that is being
 * compiled in the background waits for the collector, and the collector waits for the end
 * (https://github.com/nodejs/node/issues/54918).
 */
export const ENDS_SURELY: readonly string[] = ['--no-concurrent-recompilation'];

/** Runs a program and collects its output. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Run> {
  const flags = command === process.execPath ? ENDS_SURELY : [];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...flags, ...args], {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, NODE_OPTIONS: '', ...options.env },
      stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Runs the text of an ES module in Node. `process.argv[1]` is its first argument. */
export function runScript(script: string, options: RunOptions = {}): Promise<Run> {
  const flags = ['--input-type=module', ...(options.flags ?? []), '-e', script, '--'];
  return run(process.execPath, [...flags, ...(options.args ?? [])], options);
}

/**
 * Defines `fullAt(bytes)` for scripts: from that call on, a write beyond this size of a file fails. Does nothing on
 * systems other than Linux.
 */
export const FULL_AT = `
  import { execFileSync as runNow } from 'node:child_process';
  process.on('SIGXFSZ', () => {});
  const fullAt = (bytes) => {
    const limit = ['--pid', String(process.pid), '--fsize=' + bytes + ':unlimited'];
    if (process.platform === 'linux') runNow('prlimit', limit);
  };
`;

/** A directory for this test file alone, removed at its end. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'dllogger-test-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Defines `told(action)` for scripts with a log at `path`: the error that the action throws, in words, or `none`. */
export const TOLD = `const told = (action) => {
  try {
    action();
    return 'none';
  } catch (error) {
    return [error.name, error.code, error.syscall, error.path === path].join(' ');
  }
};`;

export interface LogRecord {
  readonly timestamp: string;
  readonly datetime: string;
  readonly elapsedtime: string;
  readonly type: 'LOG' | 'METADATA';
  readonly step: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metric: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Reads a log of strict JSON lines. Throws at any line that is not a whole record. */
export function readRecords(path: string): LogRecord[] {
  const text = readFileSync(path, 'utf8');
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error(`the last line of ${path} is unfinished`);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line, index) => {
      if (!line.startsWith('DLLL ')) throw new Error(`line ${index + 1} of ${path}: ${line}`);
      return JSON.parse(line.slice('DLLL '.length)) as LogRecord;
    });
}
