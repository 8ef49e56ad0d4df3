/** What a command is: a file of its own that exports `command`, loaded when it is called. */
import type { Output } from './output.js';

/** 0 found and fine, 1 problems in a log, 2 bad usage or nothing that can be read. */
export type ExitCode = 0 | 1 | 2;

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** Name of its value in the help, for instance `FILE`. */
  readonly value?: string;
  /** All values that it takes, for the Tab key. */
  readonly choices?: readonly string[];
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** The options that need no command. */
export const GENERAL: Options = {
  'no-color': { type: 'boolean', help: 'without colours' },
  version: { type: 'boolean', short: 'V', help: 'the version' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
};

/** The options of every command. */
export const SHARED: Options = {
  json: { type: 'boolean', help: 'the answer as JSON, for scripts' },
  ...GENERAL,
};

/** The option of every command to which the rule about sessions applies. */
export const ALL_SESSIONS = {
  'all-sessions': {
    type: 'boolean',
    help: 'also what later sessions of a log replaced: a run of its own for each',
  },
} as const satisfies Options;

type Value<O extends Option> = O extends { readonly type: 'boolean' }
  ? boolean
  : O extends { readonly multiple: true }
    ? readonly string[]
    : string | undefined;

/** A command's arguments, parsed. */
interface Invocation<O extends Options = Options> {
  readonly options: { readonly [K in keyof O]: Value<O[K]> };
  /** The arguments that are no options: the logs. `-` is standard input. */
  readonly operands: readonly string[];
  /** `--json`: the answer as JSON for scripts. */
  readonly json: boolean;
  readonly output: Output;
}

export interface Command<O extends Options = Options> {
  /** After the command's name: `LOG...`. */
  readonly usage: string;
  /** One sentence or two for `--help`. */
  readonly about: string;
  /** Beyond `SHARED`, which all have. */
  readonly options: O;
  /** The least and the most operands that it takes. */
  readonly operands: readonly [least: number, most: number];
  /** All operands that it takes, for the Tab key; undefined: logs. */
  readonly choices?: readonly string[];
  run(invocation: Invocation<O>): Promise<ExitCode>;
}

/** Types a command's options by what it declares. */
export function defineCommand<const O extends Options>(command: Command<O>): Command {
  return command as unknown as Command;
}

/** Wrong use of the command line; its message is all that is printed. Exit code 2. */
export class UsageError extends Error {}

/**
 * The number that an option was given.
 *
 * @throws UsageError when the text is not a number, or the number is not within `least` and `most`.
 */
export function numberOption(
  name: string,
  text: string | undefined,
  fallback: number,
  { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY, integer = false } = {},
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  const fits = text.trim() !== '' && value >= least && value <= most;
  if (fits && (!integer || Number.isInteger(value))) return value;
  const kind = integer ? 'a whole number' : 'a number';
  const range =
    Number.isFinite(least) && Number.isFinite(most)
      ? ` from ${least} to ${most}`
      : Number.isFinite(least)
        ? ` of at least ${least}`
        : '';
  throw new UsageError(`${name} takes ${kind}${range}, not "${text}"`);
}

/**
 * The choice that an option was given.
 *
 * @throws UsageError when the text is none of the choices.
 */
export function choiceOption<T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly [T, ...T[]],
): T {
  const choice = choices.find((one) => one === (text ?? choices[0]));
  if (choice !== undefined) return choice;
  throw new UsageError(`${name} takes ${choices.join(', ')}, not "${text}"`);
}

/** The names in an option such as `-m loss,val.loss -m lr`. */
export function listOption(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',')).filter((name) => name !== '');
}
