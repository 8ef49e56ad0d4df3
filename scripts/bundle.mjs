// Joins the modules behind each entry of the package into one: Node reads a file in half a millisecond,
// and a logger should not cost a script twenty of these. What the entries share is in one piece, so
// that an error of one is an instance of the other's class. Only in the package: here, tests load the
// modules as the compiler left them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
// Not esbuild, which makes a var of every const of a module: the engine then cannot know what it holds,
// and a record of strings took a fifth longer.
import { rollup } from 'rollup';

/** Node's own modules without the view that an import makes of all they export, some of it costly. */
const builtins = {
  name: 'builtins',
  transform: (code) => ({
    code: code.replace(
      /^import \{([^}]*)\} from '(node:[\w/]+)';$/gm,
      (_, names, module) =>
        `const {${names.replaceAll(' as ', ': ')}} = process.getBuiltinModule('${module}');`,
    ),
    map: null,
  }),
};

/** The engine keeps a module's text: without what it does not need. */
const comments = {
  name: 'comments',
  renderChunk: async (code) => ({
    code: (await transform(code, { target: 'es2022' })).code,
    map: null,
  }),
};

/** Bundles in place, in a directory that holds the package. */
export async function bundle(directory) {
  const { exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const entries = Object.values(exports).flatMap((entry) => entry.import?.default ?? []);
  const dist = join(directory, 'dist');
  const bundled = await rollup({
    input: Object.fromEntries(
      entries.map((entry) => [entry.replace(/^\.\/dist\/|\.js$/g, ''), join(directory, entry)]),
    ),
    external: /^node:/,
    plugins: [builtins, comments],
  });
  await bundled.write({ dir: dist, format: 'es', chunkFileNames: 'shared-[hash].js' });
  await bundled.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(process.argv[2]);
