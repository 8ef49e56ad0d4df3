/** Runs cases on drivers. Each pair of case and driver has its own process, and the pairs take turns. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figures } from './cases.js';
import type { DriverSpec } from './driver.js';

/** One case on one driver. */
export interface Trial {
  /** Label of the row: what varies besides the driver. */
  readonly row?: string;
  readonly driver: DriverSpec;
  /** URL of the module that exports the case, and its name there. */
  readonly module: string;
  readonly case: string;
  readonly options: Readonly<Record<string, number>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Path of the Node that runs the case; by default, the Node that runs the benchmark. */
  readonly node?: string;
  /** Options of Node itself. */
  readonly execArgv?: readonly string[];
}

export interface Result {
  readonly trial: Trial;
  /** The figures of each round. */
  readonly rounds: Figures[];
  /** Why a round failed. The trial then has no figures in tables, and no further rounds. */
  error?: string;
}

export const CASES = new URL('cases.js', import.meta.url).href;
const CHILD = fileURLToPath(new URL('child.js', import.meta.url));

interface Plan {
  readonly trials: readonly Trial[];
  readonly rounds: number;
  /** Time budget in milliseconds: no round starts that would exceed it. */
  readonly limit?: number;
  /** Directories from which packages are resolved. */
  readonly roots: readonly string[];
  /** Called before each trial. */
  readonly report?: (done: number, all: number, trial: Trial) => void;
}

/** Runs all trials in each round. Each round begins with another trial. */
export async function runAll(plan: Plan): Promise<Result[]> {
  const { trials, rounds, limit = Number.POSITIVE_INFINITY, roots, report } = plan;
  const results: Result[] = trials.map((trial) => ({ trial, rounds: [] }));
  const start = performance.now();
  for (let round = 0; round < rounds; round++) {
    const elapsed = performance.now() - start;
    if (round > 0 && elapsed * (1 + 1 / round) > limit) break;
    for (let i = 0; i < trials.length; i++) {
      const result = results[(i + round) % trials.length];
      if (result === undefined || result.error !== undefined) continue;
      report?.(round * trials.length + i, rounds * trials.length, result.trial);
      try {
        result.rounds.push(await run(result.trial, roots));
      } catch (error) {
        const why = error instanceof Error ? reason(error.message) : String(error);
        result.error = `round ${round + 1} failed: ${why}`;
      }
    }
  }
  return results;
}

async function run(trial: Trial, roots: readonly string[]): Promise<Figures> {
  const directory = mkdtempSync(join(tmpdir(), 'dllogger-bench-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const interrupted = (): never => process.exit(130);
  process.once('exit', remove).once('SIGINT', interrupted);
  const path = join(directory, 'log.json');
  const stdout = trial.driver.usesStdout === true ? openSync(path, 'a') : 'ignore';
  try {
    const [command = '', ...args] = commandOf(trial, path, roots);
    const child = spawn(command, args, {
      env: { ...process.env, ...trial.driver.env, ...trial.env },
      stdio: ['ignore', stdout, 'pipe', 'pipe'],
    });
    const [, , errors, output] = child.stdio;
    const texts = Promise.all([textOf(errors), textOf(output)]);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    });
    const [error, text] = await texts;
    // A case that ends its process suddenly reports its figures before.
    if (text === '') throw new Error(error.trim() || `exit code ${code}`);
    const figures = JSON.parse(text) as Figures;
    if (figures.records === undefined || trial.driver.isYardstick === true) return figures;
    await trial.driver.recover?.(path);
    return { ...figures, lost: figures.records - countLines(path) };
  } finally {
    if (typeof stdout === 'number') closeSync(stdout);
    remove();
    process.off('exit', remove).off('SIGINT', interrupted);
  }
}

function commandOf(trial: Trial, path: string, roots: readonly string[]): readonly string[] {
  const { driver, options, node = process.execPath } = trial;
  if (driver.program !== undefined) {
    return [...driver.program, trial.case, path, `${options.bursts ?? options.records}`];
  }
  const job = JSON.stringify({ driver: driver.name, path, roots, options });
  return [node, ...(trial.execArgv ?? []), CHILD, trial.module, trial.case, job];
}

/** The error message of a process that died of an error. */
function reason(text: string): string {
  return /^\w*Error(?: \[\w+\])?: .*$/m.exec(text)?.[0] ?? text;
}

async function textOf(stream: unknown): Promise<string> {
  let text = '';
  for await (const chunk of stream as NodeJS.ReadableStream) text += String(chunk);
  return text;
}

/** Number of lines in a file, which may be large. */
function countLines(path: string): number {
  if (!existsSync(path)) return 0;
  const file = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(2 ** 20);
  let lines = 0;
  for (let size = 1; size > 0; ) {
    size = readSync(file, buffer, 0, buffer.length, null);
    const part = buffer.subarray(0, size);
    for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) lines++;
  }
  closeSync(file);
  return lines;
}
