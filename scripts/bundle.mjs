// Joins the modules behind each entry of the package into one: Node reads a file in half a millisecond,
// and a logger should not cost a script twenty of these. What the entries share is in one piece, so
// that an error of one is an instance of the other's class. Only in the package: here, tests load the
// modules as the compiler left them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Node's own modules without the view that an import makes of all they export, some of it costly. */
const builtins = {
  name: 'builtins',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /^import \{([^}]*)\} from '(node:[\w/]+)';$/gm,
        (_, names, module) =>
          `const {${names.replaceAll(' as ', ': ')}} = process.getBuiltinModule('${module}');`,
      ),
    }));
  },
};

/** Bundles in place, in a directory that holds the package. */
export async function bundle(directory) {
  const { exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  await build({
    absWorkingDir: directory,
    entryPoints: Object.values(exports).flatMap((entry) => entry.import?.default ?? []),
    outdir: 'dist',
    outbase: 'dist',
    allowOverwrite: true,
    chunkNames: 'shared-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    plugins: [builtins],
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(process.argv[2]);
