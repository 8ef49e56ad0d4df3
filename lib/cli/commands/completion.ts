/** `dllogger completion`: what the Tab key of a shell knows, from the table of commands. */
import {
  choiceOption,
  defineCommand,
  type ExitCode,
  GENERAL,
  type Option,
  type Options,
  SHARED,
} from '../command.js';
import { COMMANDS } from '../commands.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const command = defineCommand({
  usage: SHELLS.join('|'),
  about:
    'A script for the Tab key. bash, in ~/.bashrc: eval "$(dllogger completion bash)"; zsh, in ~/.zshrc, after\n' +
    'compinit: eval "$(dllogger completion zsh)"; fish: dllogger completion fish | source.',
  options: {},
  operands: [1, 1],
  choices: SHELLS,

  async run({ operands: [shell], json, output }): Promise<ExitCode> {
    const choice = choiceOption('completion', shell, SHELLS);
    const text = SCRIPTS[choice](await completed());
    if (json) await output.json({ shell: choice, script: text });
    else await output.write(text);
    return 0;
  },
});

interface Completed {
  readonly name: string;
  readonly gives: string;
  readonly flags: readonly Flag[];
  /** What its operands may be; undefined: files. */
  readonly choices: readonly string[] | undefined;
}

interface Flag extends Option {
  readonly name: string;
}

async function completed(): Promise<Completed[]> {
  const commands = await Promise.all(
    [...COMMANDS].map(async ([name, { gives, load }]) => {
      const { options, choices } = (await load()).command;
      return { name, gives, flags: flagsOf({ ...options, ...SHARED }), choices };
    }),
  );
  const help = { name: 'help', gives: 'what a command does', flags: [], choices: names(commands) };
  return [...commands, help];
}

function flagsOf(options: Options): Flag[] {
  return Object.entries(options).map(([name, option]) => ({ name, ...option }));
}

function names(list: readonly { readonly name: string }[]): string[] {
  return list.map(({ name }) => name);
}

/** The flag as typed: long, and short if it has a short form. */
function spellings({ name, short }: Flag): string[] {
  return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
}

/** Whether a flag's value is the name of a file or folder. */
function takesFile({ value }: Flag): boolean {
  return value !== undefined && ['FILE', 'OUT', 'DIR'].includes(value);
}

/** Lists are separated by newlines, so that names of files may hold spaces. */
function bash(commands: readonly Completed[]): string {
  const list = (words: readonly string[]) => `$'${words.join('\\n')}'`;
  const flags = (all: readonly Flag[]) => list(all.map(({ name }) => `--${name}`));
  const values = commands.flatMap(({ name, flags, choices }) => [
    ...(choices === undefined ? [] : [[`'${name} ${name}'`, choices] as const]),
    ...flags.flatMap((flag) => {
      const typed = spellings(flag).map((one) => `'${name} ${one}'`);
      return flag.choices === undefined ? [] : [[typed.join('|'), flag.choices] as const];
    }),
  ]);
  return `_dllogger() {
  local IFS=$'\\n' word="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" flags="" values=""
  if [ "$COMP_CWORD" -eq 1 ]; then command=""; fi
  case "$command" in
    '') flags=${flags(flagsOf({ ...GENERAL }))} ;;
${commands.map((one) => `    ${one.name}) flags=${flags(one.flags)} ;;`).join('\n')}
  esac
  case "$command \${COMP_WORDS[COMP_CWORD-1]}" in
${values.map(([typed, words]) => `    ${typed}) values=${list(words)} ;;`).join('\n')}
  esac
  if [ "$command" = "" ]; then values=${list(names(commands))}; fi
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "$values" -- "$word")) ;;
  esac
  if [ "$values" = "" ] || [ "$command" = "" ]; then COMPREPLY+=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _dllogger dllogger
`;
}

function zsh(commands: readonly Completed[]): string {
  const described = commands.map(({ name, gives }) => quoted(`${name}:${gives}`));
  return `_dllogger() {
  local -a commands general
  commands=(${described.join(' ')})
  general=(${flagsOf({ ...GENERAL })
    .map(({ name, help }) => quoted(`--${name}:${help}`))
    .join(' ')})
  if (( CURRENT == 2 )); then
    if [[ $PREFIX == -* ]]; then _describe option general; return; fi
    _describe command commands
    _files
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(zshCase).join('\n')}
    *) _files ;;
  esac
}
compdef _dllogger dllogger
`;
}

function zshCase({ name, flags, choices }: Completed): string {
  const operands = choices === undefined ? '*:log:_files' : `1:${name}:(${choices.join(' ')})`;
  const specs = [...flags.flatMap(zshSpecs), operands].map(quoted);
  return `    ${name}) _arguments -s ${specs.join(' ')} ;;`;
}

/** The flag for _arguments, once for each spelling. */
function zshSpecs(flag: Flag): string[] {
  const { help, value, multiple = false, choices } = flag;
  const all = spellings(flag);
  const others = multiple ? '*' : `(${all.join(' ')})`;
  const about = help.replace(/[[\]:\\]/g, '\\$&');
  const values =
    choices === undefined ? (takesFile(flag) ? '_files' : ' ') : `(${choices.join(' ')})`;
  return all.map((one) => {
    if (flag.type === 'boolean') return `${others}${one}[${about}]`;
    return `${others}${one}${one.startsWith('--') ? '=' : '+'}[${about}]:${value ?? 'VALUE'}:${values}`;
  });
}

function fish(commands: readonly Completed[]): string {
  const first = 'complete -c dllogger -n __fish_use_subcommand';
  const lines = [
    ...flagsOf({ ...GENERAL }).map((flag) => `${first} ${fishFlag(flag)}`),
    ...commands.flatMap(({ name, gives, flags, choices }) => {
      const after = `complete -c dllogger -n '__fish_seen_subcommand_from ${name}'`;
      return [
        `${first} -a ${name} -d ${quoted(gives)}`,
        ...(choices === undefined ? [] : [`${after} -f -a ${quoted(choices.join(' '))}`]),
        ...flags.map((flag) => `${after} ${fishFlag(flag)}`),
      ];
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function fishFlag(flag: Flag): string {
  const { name, short, type, help, choices = [] } = flag;
  const takesValue = takesFile(flag) ? ' -r -F' : ` -x -a ${quoted(choices.join(' '))}`;
  const shortForm = short === undefined ? '' : ` -s ${short}`;
  return `-l ${name}${shortForm}${type === 'string' ? takesValue : ''} -d ${quoted(help)}`;
}

const SCRIPTS = { bash, zsh, fish };

/** A text quoted for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
