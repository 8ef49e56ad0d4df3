// Joins the modules behind each entry of the package into one CommonJS module: Node takes half a millisecond for
// each file, and importing a logger should not cost a script twenty times that. CommonJS, because some callers of
// require() can load nothing else (Jest, node --no-experimental-require-module). `import` and `require()` each get
// a door, a file of a few lines, to the joined module, so that there is only one instance. Modules that the entries
// share are in one file, so that an error of one entry is an instance of the other's class. Only the package is
// joined: in the development tree, tests load the modules as the compiler wrote them.
import { readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
// Not esbuild, which turns every const of a module into a var: the engine then cannot assume its value, and a
// record of strings took a fifth longer.
import { rollup } from 'rollup';
import { root } from './tools.mjs';

/** The compiler's source maps, for the maps of the joined modules. */
const sourceMaps = {
  name: 'source-maps',
  load: (id) => ({
    code: readFileSync(id, 'utf8'),
    map: JSON.parse(readFileSync(`${id}.map`, 'utf8')),
  }),
};

/** The names of an import, as a pattern. */
const pattern = (names) => names.replaceAll(/(\S+) as (\S+)/g, '$1: $2');

/**
 * Loads Node's own modules without require(), which an ES module made by a bundler does not have, and without
 * import, which evaluates all that a module exports, some of it costly.
 */
const builtins = {
  name: 'builtins',
  transform: (code) => ({
    code: code.replace(
      /^import (\{[^}]*\}|\w+) from '(node:[\w/]+)';$/gm,
      (_, names, module) => `const ${pattern(names)} = process.getBuiltinModule('${module}');`,
    ),
    map: null,
  }),
};

/** The module that finds the binaries. */
const WHERE_IT_IS = /[\\/]dist[\\/]binary\.js$/;

/** Path of a module's directory, relative to the joined modules: files that the module finds there are not joined. */
const directoryOf = (dist) => ({
  name: 'directory-of',
  resolveImportMeta(property, { moduleId }) {
    if (property !== 'dirname') return null;
    const below = relative(dist, dirname(moduleId)).replaceAll('\\', '/');
    return below === '' ? '__dirname' : `(__dirname + '/${below}')`;
  },
});

/**
 * Removes comments, which the engine reads at each start, and whose text it keeps in memory. Only without whitespace
 * does esbuild leave out all of them; `ascii` puts the whitespace back.
 */
const comments = {
  name: 'comments',
  transform: (code) =>
    transform(code, { target: 'es2022', sourcemap: 'external', minifyWhitespace: true }),
};

/** Makes all characters ASCII: the engine takes twice the memory for the text of a module that has others. */
const ascii = {
  name: 'ascii',
  renderChunk: (code) => transform(code, { target: 'es2022', sourcemap: 'external' }),
};

/**
 * Turns an ES module without cycles into CommonJS. Each imported name stays a `const` of the module: Rollup and
 * esbuild would turn each use into a property of the other module, which is slower.
 */
const commonjs = {
  name: 'commonjs',
  renderChunk(code) {
    const exports = [];
    const body = code
      .replace(
        /^import (\{[^}]*\}) from ("\.[^"]*");$/gm,
        (_, names, path) => `const ${pattern(names)} = require(${path});`,
      )
      .replace(/\bimport\(("\.[^"]*")\)/g, 'Promise.resolve().then(() => require($1))')
      .replace(/^export \{([^}]*)\}(?: from ("\.[^"]*"))?;$/gm, (_, names, path) => {
        const from = path === undefined ? '' : `require(${path}).`;
        for (const name of names.split(',')) {
          const [own, exported = own] = name.trim().split(' as ');
          exports.push(`  ${exported}: ${from}${own},\n`);
        }
        return '';
      });
    if (/^(import|export)\b|\bimport[.(]/m.test(body)) throw new Error(`an ES module:\n${body}`);
    return { code: `'use strict';${body}module.exports = {\n${exports.join('')}};\n`, map: null };
  },
};

/**
 * From this, tools that trace which files a program needs (Next.js, @vercel/nft) see that it needs the binaries. The
 * function is never called: an ES module made by a bundler has neither `require` nor `__dirname`.
 */
const TRACED = "() => require('node:path').join(__dirname, '../prebuilds');\n";

/**
 * The doors. `import` goes through two: Node searches an imported CommonJS module for its exports, which would take
 * as long for the joined module as all the rest of the import.
 */
const doors = {
  name: 'doors',
  generateBundle({ dir }, bundle) {
    for (const { isEntry, facadeModuleId, fileName, moduleIds } of Object.values(bundle)) {
      if (!isEntry) continue;
      const traced = moduleIds.some((id) => WHERE_IT_IS.test(id)) ? TRACED : '';
      const door = relative(dir, facadeModuleId).replace(/\.js$/, '');
      const names = `{ ${this.getModuleInfo(facadeModuleId).exports.toSorted().join(', ')} }`;
      const path = relative(dirname(facadeModuleId), join(dir, fileName));
      const joined = path.startsWith('.') ? path : `./${path}`;
      const write = (name, source) => this.emitFile({ type: 'asset', fileName: name, source });
      write(
        `${door}.cjs`,
        `'use strict';\n${traced}const ${names} = require('${joined}');\nmodule.exports = ${names};\n`,
      );
      write(
        `${door}.js`,
        `import door from './${basename(door)}.cjs';\nexport const ${names} = door;\n`,
      );
      rmSync(`${facadeModuleId}.map`);
    }
  },
};

/** The modules that an entry imports, including itself, without those that it loads dynamically. */
function reach(entry, getModuleInfo, found = new Set()) {
  if (!found.has(entry)) {
    found.add(entry);
    for (const id of getModuleInfo(entry).importedIds) reach(id, getModuleInfo, found);
  }
  return found;
}

/**
 * Bundles the code of hyparquet-writer for the command that loads it, so that users of the logger need not install
 * it. The bundle includes its MIT licence.
 */
async function bundleLibrary(directory) {
  const file = join(directory, 'dist', 'export', 'parquet-library.js');
  const licences = ['hyparquet-writer', 'hyparquet'].map((name) => {
    const text = readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8');
    return `${name}\n\n${text}`;
  });
  await build({
    absWorkingDir: root,
    stdin: {
      contents: readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*/, ''),
      resolveDir: root,
    },
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    banner: { js: `/*! This file contains:\n\n${licences.join('\n')}*/` },
    logLevel: 'warning',
  });
  rmSync(`${file}.map`);
}

/** Joins the modules of a package in its directory, in place. */
export async function bundle(directory) {
  await bundleLibrary(directory);
  const { exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const entries = Object.entries(exports).flatMap(([name, { import: door }]) =>
    door === undefined
      ? []
      : [[`joined-${name === '.' ? 'dllogger' : basename(name)}`, join(directory, door.default)]],
  );
  const joined = await rollup({
    input: Object.fromEntries(entries),
    plugins: [
      ...[sourceMaps, builtins, comments, directoryOf(join(directory, 'dist'))],
      ...[ascii, commonjs, doors],
    ],
    preserveEntrySignatures: 'allow-extension',
    onwarn({ message }) {
      throw new Error(message);
    },
  });
  await joined.write({
    dir: join(directory, 'dist'),
    format: 'es',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    manualChunks(id, { getModuleInfo }) {
      const users = entries
        .filter(([, entry]) => reach(entry, getModuleInfo).has(id))
        .map(([name]) => name);
      // The reader must not load the binary, nor the logger what the reader needs for itself. Other entries get what
      // they share with one of the two from its file.
      const hasReader = users.includes('joined-reader');
      if (hasReader && users.includes('joined-dllogger')) return 'joined-shared';
      return hasReader ? 'joined-reader' : users[0];
    },
    minifyInternalExports: false,
    hoistTransitiveImports: false,
    sourcemap: true,
  });
  await joined.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(process.argv[2]);
