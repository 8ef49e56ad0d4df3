import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The files of a directory whose names end in `ending`, as absolute paths. */
export function globSync(directory, ending) {
  return readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => resolve(join(directory, name)));
}
