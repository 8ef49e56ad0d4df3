/** The command line: finds the command, parses its arguments, words its errors. */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { nearNames } from '../base/near.js';
import {
  type Command,
  type ExitCode,
  type Option,
  type Options,
  SHARED,
  UsageError,
} from './command.js';
import { COMMANDS } from './commands.js';
import { errorJson, Output } from './output.js';
import { filled } from './table.js';

/** Runs a command line without the program's name; resolves to the exit code. */
export async function main(typed: readonly string[]): Promise<ExitCode> {
  const args = typed.filter((arg) => arg !== NO_COLOR);
  const output = new Output({ hasColors: args.length === typed.length });
  try {
    const exitCode = await dispatch(args, output);
    return output.hasFailed ? 2 : exitCode;
  } catch (error) {
    if (args.includes('--json') && !output.hasBegun) await output.json({ error: errorJson(error) });
    output.fail(error);
    return 2;
  }
}

const NO_COLOR = '--no-color';

async function dispatch([name, ...rest]: readonly string[], output: Output): Promise<ExitCode> {
  if (name === '--version' || name === '-v' || name === '-V') return say(output, version());
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const about = name === 'help' ? rest[0] : undefined;
    if (about !== undefined) return runCommand(about, ['--help'], output);
    await say(output, overview(output));
    return name === undefined ? 2 : 0;
  }
  // A log alone asks for its summary.
  if (!COMMANDS.has(name) && isLog(name)) return runCommand('summary', [name, ...rest], output);
  return runCommand(name, rest, output);
}

function isLog(name: string): boolean {
  return !name.startsWith('-') && (existsSync(name) || /[/\\*]|\.\w+$/.test(name));
}

async function say(output: Output, text: string): Promise<0> {
  await output.print(text);
  return 0;
}

async function runCommand(name: string, args: string[], output: Output): Promise<ExitCode> {
  const entry = COMMANDS.get(name);
  if (entry === undefined) {
    const near = nearNames(name, COMMANDS.keys()).slice(0, 2);
    const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
    throw new UsageError(`there is no command "${name}"${hint} (dllogger --help lists them all)`);
  }
  const { command } = await entry.load();
  const { options, operands } = parse(name, command, args);
  const { json, help, version: wantsVersion, ...own } = options;
  if (wantsVersion === true) return say(output, version());
  if (help === true) return say(output, commandHelp(output, name, command));
  const [least, most] = command.operands;
  if (operands.length < least || operands.length > most) {
    const fault = operands.length < least ? 'too few' : 'too many';
    throw new UsageError(
      `${fault} arguments; usage: dllogger ${name} ${command.usage} (see dllogger ${name} --help)`,
    );
  }
  if (operands.filter((path) => path === '-').length > 1) {
    throw new UsageError('standard input (-) can be read only once');
  }
  return command.run({ options: own, operands, json: json === true, output } as never);
}

function parse(name: string, command: Command, args: string[]) {
  const table = { ...command.options, ...SHARED };
  const config = Object.fromEntries(
    Object.entries(table).map(([key, { type, short, multiple = false }]) => [
      key,
      { type, multiple, ...(short === undefined ? {} : { short }) },
    ]),
  );
  try {
    const joined = withDashes(args, table);
    const parsed = parseArgs({ args: joined, options: config, allowPositionals: true });
    const options: Record<string, unknown> = {};
    for (const [key, { type, multiple, value = 'VALUE' }] of Object.entries(table)) {
      if ([parsed.values[key]].flat().includes('')) {
        // In a script, most often a variable that is not set.
        throw new UsageError(`--${key} is empty: leave it out, or give it ${value}`);
      }
      options[key] = parsed.values[key] ?? (type === 'boolean' ? false : multiple ? [] : undefined);
    }
    return { options, operands: parsed.positionals };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // The first sentence of Node's message says what is wrong; the rest is about argument lists in general.
    const reason = error.message.split(/\. |\n/)[0] ?? '';
    const bare = flagWithoutValue(reason, table);
    if (bare !== undefined)
      throw new UsageError(`${bare}; dllogger ${name} --help lists the options`);
    const unknown = /^Unknown option '--(.+)'$/.exec(reason)?.[1];
    const near = unknown === undefined ? [] : nearNames(unknown, Object.keys(table));
    const hint = near[0] === undefined ? '' : `, did you mean --${near[0]}?`;
    throw new UsageError(`${reason}${hint}; dllogger ${name} --help lists the options`);
  }
}

/** An error about an option that lacks its value; undefined where Node's message says something else. */
function flagWithoutValue(reason: string, table: Options): string | undefined {
  const typed =
    /^Option '(?:-(\w))?(?:, )?(?:--([\w-]+))?.* argument (?:missing|is ambiguous)/.exec(reason);
  const [, letter, word] = typed ?? [];
  const found = Object.entries(table).find(
    ([key, { short }]) =>
      typed !== null && (key === word || (letter !== undefined && short === letter)),
  );
  return found === undefined ? undefined : `--${found[0]} lacks its ${found[1].value ?? 'VALUE'}`;
}

/** Options with the values that begin with a dash, as patterns that exclude do: `-m -grad`. */
function withDashes(args: readonly string[], table: Options): string[] {
  const flags = Object.entries(table).map(([key, option]) => [key, option] as const);
  const shorts = new Set(flags.map(([, { short }]) => `-${short}`));
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [arg = '', next = ''] = [args[i], args[i + 1]];
    const isValue = /^-[^-]/.test(next) && !shorts.has(next);
    const flag = flags.find(([key, { short }]) => arg === `--${key}` || arg === `-${short}`);
    if (flag?.[1].type === 'string' && isValue) joined.push(`--${flag[0]}=${args[++i]}`);
    else joined.push(arg);
  }
  return joined;
}

function overview(output: Output): string {
  const bold = (text: string) => output.style('bold', text);
  const names = [...COMMANDS].map(([name, { gives }]) => `  ${bold(name.padEnd(10))} ${gives}`);
  return [
    `${bold('dllogger')} COMMAND, for DLLL logs from Python or Node`,
    '',
    ...names,
    '',
    'dllogger COMMAND --help tells more; dllogger LOG is its summary. "-" reads standard input.',
    '--json gives every answer as JSON, --no-color no colours, -V the version.',
    'Exit code: 0 found and fine, 1 problems in the log, 2 bad usage or unreadable.',
  ].join('\n');
}

function commandHelp(output: Output, name: string, command: Command): string {
  const rows = Object.entries({ ...command.options, ...SHARED }).map(
    ([key, option]) => [flags(key, option), option.help] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  const columns = Math.min(output.columns, MAX_HELP);
  // In a narrow terminal the texts stand below their options.
  const indent = columns < width + 4 + LEAST_HELP ? 6 : width + 4;
  return [
    `${output.style('bold', `dllogger ${name}`)} ${command.usage}`,
    '',
    ...filled(command.about, columns),
    '',
    ...rows.flatMap(([left, help]) => {
      const lines = filled(help, columns - indent).map((line) => ' '.repeat(indent) + line);
      const [first = '', ...rest] = lines;
      if (indent === 6) return [`  ${left}`, ...lines];
      return [`  ${left.padEnd(width)}  ${first.trimStart()}`, ...rest];
    }),
  ].join('\n');
}

/** Widest line of a help, and the least width of the column with the texts. */
const MAX_HELP = 100;
const LEAST_HELP = 30;

function flags(key: string, { short, type, value = 'VALUE' }: Option): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${key}${type === 'string' ? ` ${value}` : ''}`;
}

function version(): string {
  const path = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return version;
}
