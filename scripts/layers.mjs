// Checks that imports between folders point one way: a file may name only files of its own folder and of folders
// that come before it in the lists below. Prints every line that breaks this rule. Also checks the length of files.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** Folders in the order in which they may be used; `.` is the shelf: modules that a user imports or subclasses. */
const HOUSES = {
  native: ['platform', 'text', 'record', 'ring', 'log', 'writer', 'node'],
  lib: [
    ...['base', 'record', 'python', 'sink', '.', 'reader', 'runs', 'merge', 'export', 'forward'],
    ...['plot', 'page', 'serve', 'bench', 'fit', 'cli', 'cli/commands'],
  ],
};

/** Files that count for another folder than their own. */
const PLACES = {
  // Lies beside the joined modules of the package, so that it finds the binaries by the same path in both.
  'lib/binary': 'base',
  // The table of commands imports each command when it is called.
  'lib/cli/commands': 'cli/commands',
  'lib/cli/main': 'cli/commands',
  'lib/cli/bin': 'cli/commands',
};

const MAX_LINES = 400;

/** The files that a line names, relative to the root of the project. */
const NAMED = {
  native: (line) => {
    const name = /^#include "([^"]+)"/.exec(line)?.[1];
    return name?.includes('/') ? [join('native', name)] : [];
  },
  lib: (line, file) =>
    [...line.matchAll(/(?:\bfrom |\bimport |\bimport\()'(\.[^']+)'/g)].map(([, name]) =>
      normalize(join(dirname(file), name)),
    ),
};

const SOURCE = new Set(['.ts', '.mjs', '.cc', '.h', '.css']);

/** The source files below a folder, with `/` in their paths. */
function sources(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => SOURCE.has(extname(name)))
    .map((name) => join(folder, name).replaceAll(sep, '/'));
}

let problems = 0;
function report(text) {
  problems++;
  console.error(text);
}

for (const [house, folders] of Object.entries(HOUSES)) {
  const rank = (file) => {
    const folder =
      PLACES[file.replace(/\.\w+$/, '')] ?? (dirname(file).slice(house.length + 1) || '.');
    const index = folders.indexOf(folder);
    return index >= 0 ? index : folders.indexOf(folder.split('/')[0]);
  };
  for (const file of sources(house)) {
    if (rank(file) < 0) report(`${file}: its folder is not listed in scripts/layers.mjs`);
    readFileSync(file, 'utf8')
      .split('\n')
      .forEach((line, index) => {
        for (const named of NAMED[house](line, file)) {
          if (rank(named) > rank(file)) report(`${file}:${index + 1}: points back: ${line}`);
        }
      });
  }
}

for (const file of ['native', 'lib', 'test', 'bench', 'examples', 'scripts'].flatMap(sources)) {
  const lines = readFileSync(file, 'utf8').split('\n').length - 1;
  if (lines > MAX_LINES) report(`${file}: ${lines} lines, more than ${MAX_LINES}`);
}

process.exit(problems === 0 ? 0 : 1);
