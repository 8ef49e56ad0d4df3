import type { Command } from './command.js';

interface Entry {
  /** What it gives, in a few words. */
  readonly gives: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

function entry(gives: string, load: Entry['load']): Entry {
  return { gives, load };
}

/** Every command, in the order of the help. Each is a file of its own, loaded when it is called. */
export const COMMANDS: ReadonlyMap<string, Entry> = new Map(
  Object.entries({
    summary: entry(
      'parameters, metrics, duration, problems',
      () => import('./commands/summary.js'),
    ),
    tail: entry('the latest records as lines for people', () => import('./commands/tail.js')),
    plot: entry('charts: in the terminal, as SVG, as a page', () => import('./commands/plot.js')),
    serve: entry('a live dashboard in the browser', () => import('./commands/serve.js')),
    compare: entry(
      'what differs between runs, and which is better',
      () => import('./commands/compare.js'),
    ),
    export: entry('a table as CSV, JSON or Parquet', () => import('./commands/export.js')),
    merge: entry('one log from the logs of many ranks', () => import('./commands/merge.js')),
    forward: entry(
      'TensorBoard and MLflow, fed from the log',
      () => import('./commands/forward.js'),
    ),
    repair: entry('a clean log from a damaged one', () => import('./commands/repair.js')),
    recover: entry('what killed runs had not yet written', () => import('./commands/recover.js')),
    completion: entry(
      'names and options for the Tab key of bash, zsh and fish',
      () => import('./commands/completion.js'),
    ),
    bench: entry('what logging costs on this machine', () => import('./commands/bench.js')),
  }),
);
