/** `dllogger completion`: what the Tab key of a shell knows, from the table of commands. */
import { type Command, choiceOption, defineCommand, type ExitCode, SHARED } from '../command.js';
import { COMMANDS } from '../commands.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const command = defineCommand({
  usage: 'bash|zsh|fish',
  about:
    'A script for the Tab key. bash, in ~/.bashrc: eval "$(dllogger completion bash)"; zsh, in ~/.zshrc, after\n' +
    'compinit: eval "$(dllogger completion zsh)"; fish: dllogger completion fish | source.',
  options: {},
  operands: [1, 1],

  async run({ operands: [shell], json, output }): Promise<ExitCode> {
    const choice = choiceOption('completion', shell, SHELLS);
    const commands = await completed();
    const text = { bash, zsh, fish }[choice](commands);
    if (json) await output.json({ shell: choice, script: text });
    else await output.write(text);
    return 0;
  },
});

interface Completed {
  readonly name: string;
  readonly gives: string;
  /** The options with their dashes, and their help. */
  readonly flags: readonly (readonly [flag: string, help: string])[];
}

async function completed(): Promise<Completed[]> {
  return Promise.all(
    [...COMMANDS].map(async ([name, { gives, load }]) => {
      const { command } = (await load()) as { command: Command };
      const options = Object.entries({ ...command.options, ...SHARED });
      return { name, gives, flags: options.map(([key, { help }]) => [`--${key}`, help] as const) };
    }),
  );
}

function words(list: readonly { readonly name: string }[]): string {
  return list.map(({ name }) => name).join(' ');
}

function flagsOf({ flags }: Completed): string {
  return flags.map(([flag]) => flag).join(' ');
}

function bash(commands: readonly Completed[]): string {
  return `_dllogger() {
  local word="\${COMP_WORDS[COMP_CWORD]}" flags=""
  if [ "$COMP_CWORD" -eq 1 ] || { [ "$COMP_CWORD" -eq 2 ] && [ "\${COMP_WORDS[1]}" = help ]; }; then
    COMPREPLY=($(compgen -W "${words(commands)} help" -- "$word") $(compgen -f -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map((one) => `    ${one.name}) flags="${flagsOf(one)}" ;;`).join('\n')}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -o filenames -F _dllogger dllogger
`;
}

function zsh(commands: readonly Completed[]): string {
  return `_dllogger() {
  local -a commands flags
  commands=(${commands.map(({ name, gives }) => quoted(`${name}:${gives}`)).join(' ')})
  if (( CURRENT == 2 )) || [[ CURRENT -eq 3 && $words[2] == help ]]; then
    _describe command commands
    _files
    return
  fi
  case $words[2] in
${commands.map(zshCase).join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then _describe option flags; else _files; fi
}
compdef _dllogger dllogger
`;
}

function zshCase({ name, flags }: Completed): string {
  const list = flags.map(([flag, help]) => quoted(`${flag}:${help}`));
  return `    ${name}) flags=(${list.join(' ')}) ;;`;
}

function fish(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ name, gives, flags }) => [
    `complete -c dllogger -n __fish_use_subcommand -a ${name} -d ${quoted(gives)}`,
    ...flags.map(
      ([flag, help]) =>
        `complete -c dllogger -n "__fish_seen_subcommand_from ${name}" -l ${flag.slice(2)} -d ${quoted(help)}`,
    ),
  ]);
  return `${lines.join('\n')}\n`;
}

/** A text quoted for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
