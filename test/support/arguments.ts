/** Parses command lines of programs that are run by hand. Unknown options are refused before anything is done. */
import { parseArgs } from 'node:util';

/**
 * The numbers given by options.
 *
 * @param defaults the options with their default values.
 */
export function numbersOf<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const names = Object.keys(defaults) as Name[];
  try {
    const { values } = parseArgs({
      options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    });
    const given: Partial<Record<string, unknown>> = values;
    const numbers = names.map((name): [Name, number] => {
      const number = given[name] === undefined ? defaults[name] : Number(given[name]);
      if (!(number > 0))
        throw new Error(`--${name} must be a number above 0, not '${given[name]}'`);
      return [name, number];
    });
    return Object.fromEntries(numbers) as Record<Name, number>;
  } catch (error) {
    const usage = names.map((name) => `[--${name} ${defaults[name]}]`).join(' ');
    refuse(`${(error as Error).message}\nusage: ${usage}`);
  }
}

/** Refuses to run a part of a harness by hand: its arguments come from the harness. */
export function onlyFrom(parent: string, isStartedByIt: boolean): void {
  if (!isStartedByIt) refuse(`this program is a part of ${parent}, which starts it`);
}

function refuse(words: string): never {
  console.error(words);
  process.exit(2);
}
