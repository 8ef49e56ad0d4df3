/** Command lines of what is run by hand: what is not known is refused, before anything is done. */
import { parseArgs } from 'node:util';

/**
 * The numbers that options give.
 *
 * @param defaults the options, and what they are when they are not given.
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
      if (!(number > 0)) throw new Error(`--${name} is a number above 0, not '${given[name]}'`);
      return [name, number];
    });
    return Object.fromEntries(numbers) as Record<Name, number>;
  } catch (error) {
    const usage = names.map((name) => `[--${name} ${defaults[name]}]`).join(' ');
    refuse(`${(error as Error).message}\nusage: ${usage}`);
  }
}

/** For a part of a harness: what it is told comes from there, not from a person. */
export function onlyFrom(parent: string, isIt: boolean): void {
  if (!isIt) refuse(`a part of ${parent}, which starts it`);
}

function refuse(words: string): never {
  console.error(words);
  process.exit(2);
}
