/** What the process of a host of commands is told, and what it answers. */
import type { Run } from './run.js';

/** A command line, the variables that are set for it, and its standard input, which is empty by default. */
export interface Call {
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: Uint8Array | string;
  /** Width of the pseudo-terminal that takes both outputs. Without one, pipes take them. */
  readonly columns?: number;
}

export type Answer = Run | { readonly error: string };

/** The environment variables that a call may set. A command reads them when it runs, not when its process starts. */
export const PER_CALL: readonly string[] = ['NO_COLOR', 'FORCE_COLOR', 'COLUMNS', 'TZ'];

/** What the host writes to its terminal behind the output of a command. */
export const END_OF_OUTPUT = '\0the end of the output\0';
