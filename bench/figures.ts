/** A case of a benchmark in a process of its own, and its figures. */
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Figures {
  /** Wall time in milliseconds. */
  readonly wall: number;
  /** Processor time of all threads, in milliseconds. */
  readonly cpu: number;
  /** Largest memory, in bytes. */
  readonly memory: number;
}

/** Figures go to this file descriptor. */
const FIGURES = 3;

/** Runs a case of a program that calls `reportCase`. */
export function runCase(program: URL, ...args: readonly (string | number)[]): Promise<Figures> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(program), ...args.map(String)], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    });
    let text = '';
    child.stdio[FIGURES]?.on('data', (data) => {
      text += String(data);
    });
    child.on('error', reject).on('close', (code) => {
      if (text === '') reject(new Error(`${args[0]} gave no figures (exit code ${code})`));
      else resolve(JSON.parse(text) as Figures);
    });
  });
}

/** Measures wall and processor time since its last start. */
export class Stopwatch {
  #start = performance.now();
  #before = process.cpuUsage();

  restart(): void {
    this.#start = performance.now();
    this.#before = process.cpuUsage();
  }

  get figures(): Figures {
    const { user, system } = process.cpuUsage(this.#before);
    return {
      wall: performance.now() - this.#start,
      cpu: (user + system) / 1000,
      memory: process.resourceUsage().maxRSS * 1024,
    };
  }
}

export type Case = (path: string, ...amounts: number[]) => Promise<unknown> | unknown;

/** Runs the case that the first argument names, with the other arguments, and reports its figures. */
export async function reportCase(
  cases: Readonly<Record<string, Case>>,
  watch = new Stopwatch(),
): Promise<void> {
  const [name = '', path = '', ...amounts] = process.argv.slice(2);
  watch.restart();
  await cases[name]?.(path, ...amounts.map(Number));
  writeSync(FIGURES, JSON.stringify(watch.figures));
}
