/** The command line: finds the command, parses its arguments, words its errors. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Command, type ExitCode, type Option, type Options, UsageError } from './command.js';
import { COMMANDS } from './commands.js';
import { Output } from './output.js';

const SHARED: Options = {
  json: { type: 'boolean', help: 'the answer as JSON, for scripts' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
};

/** Runs a command line without the program's name; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const output = new Output();
  const [name, ...rest] = args;
  try {
    if (name === '--version' || name === '-v') return await say(output, version());
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      const about = rest[0] !== undefined && COMMANDS.has(rest[0]) ? rest[0] : undefined;
      if (about !== undefined) return await runCommand(about, ['--help'], output);
      await say(output, overview(output));
      return name === undefined ? 2 : 0;
    }
    return await runCommand(name, rest, output);
  } catch (error) {
    output.fail(error);
    return 2;
  }
}

async function say(output: Output, text: string): Promise<0> {
  await output.print(text);
  return 0;
}

async function runCommand(name: string, args: string[], output: Output): Promise<ExitCode> {
  const entry = COMMANDS.get(name);
  if (entry === undefined) {
    throw new UsageError(`there is no command "${name}"; dllogger --help lists them all`);
  }
  const { command } = await entry.load();
  const { options, operands } = parse(name, command, args);
  const { json, help, ...own } = options;
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
    const parsed = parseArgs({ args, options: config, allowPositionals: true });
    const options: Record<string, unknown> = {};
    for (const [key, { type, multiple }] of Object.entries(table)) {
      options[key] = parsed.values[key] ?? (type === 'boolean' ? false : multiple ? [] : undefined);
    }
    return { options, operands: parsed.positionals };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // The first sentence says what is wrong; the rest is about argument lists in general.
    const reason = error.message.split('. ')[0];
    throw new UsageError(`${reason}; dllogger ${name} --help lists the options`);
  }
}

function overview(output: Output): string {
  const bold = (text: string) => output.style('bold', text);
  const names = [...COMMANDS].map(([name, { gives }]) => `  ${bold(name.padEnd(10))} ${gives}`);
  return [
    `${bold('dllogger')} COMMAND, for DLLL logs from Python or Node`,
    '',
    ...names,
    '',
    'dllogger COMMAND --help tells more. "-" reads standard input; --json gives every answer as JSON.',
    'Exit code: 0 found and fine, 1 problems in the log, 2 bad usage or unreadable.',
  ].join('\n');
}

function commandHelp(output: Output, name: string, command: Command): string {
  const rows = Object.entries({ ...command.options, ...SHARED }).map(
    ([key, option]) => [flags(key, option), option.help] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    `${output.style('bold', `dllogger ${name}`)} ${command.usage}`,
    '',
    command.about,
    '',
    ...rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`),
  ].join('\n');
}

function flags(key: string, { short, type, value = 'VALUE' }: Option): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${key}${type === 'string' ? ` ${value}` : ''}`;
}

function version(): string {
  const path = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return version;
}
