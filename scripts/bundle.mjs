// Joins the modules behind each entry of the package into one CommonJS module: Node reads a file in half
// a millisecond, and importing a logger should not cost a script twenty of these. CommonJS, because what
// calls require() may know nothing else (Jest, node --no-experimental-require-module). `import` and
// `require()` get a door of a few lines each to that one module, so that there is one instance. What the
// entries share is in one piece, so that an error of one is an instance of the other's class. Only in the
// package: in the development tree, tests load the modules as the compiler left them.
import { readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
// Not esbuild, which makes a var of every const of a module: the engine then cannot know what it holds,
// and a record of strings took a fifth longer.
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
 * Node's own modules without require(), which a bundler's ES module does not have, and without the view
 * that an import makes of all they export, some of it costly.
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

/** The module that looks for the binaries. */
const WHERE_IT_IS = /[\\/]dist[\\/]binary\.js$/;

/** A module's directory, below the one in which the joined modules lie: what it finds there is not joined. */
const directoryOf = (dist) => ({
  name: 'directory-of',
  resolveImportMeta(property, { moduleId }) {
    if (property !== 'dirname') return null;
    const below = relative(dist, dirname(moduleId)).replaceAll('\\', '/');
    return below === '' ? '__dirname' : `(__dirname + '/${below}')`;
  },
});

/** The engine keeps a module's text: without what it does not need. */
const comments = {
  name: 'comments',
  renderChunk: (code) => transform(code, { target: 'es2022', sourcemap: 'external' }),
};

/**
 * An ES module without cycles as CommonJS. What it imports stays a `const` of its own: Rollup and esbuild
 * would make each use a property of the other module, which is slower to get at.
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
 * By this, tools that trace which files a program needs (Next.js, @vercel/nft) take the binaries along. It is
 * never called, as a bundler's ES module has neither.
 */
const TRACED = "() => require('node:path').join(__dirname, '../prebuilds');\n";

/**
 * The doors. Two for `import`, as Node searches a CommonJS module that is imported for its exports: in the
 * joined one that would take as long as all the rest of an import.
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

/** The modules that an entry imports, itself among them; not those that it loads when they are needed. */
function reach(entry, getModuleInfo, found = new Set()) {
  if (!found.has(entry)) {
    found.add(entry);
    for (const id of getModuleInfo(entry).importedIds) reach(id, getModuleInfo, found);
  }
  return found;
}

/**
 * Puts the code of hyparquet-writer where the command that uses it loads it: nobody who logs should install it.
 * The MIT licence goes where the code goes.
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

/** Bundles in place, in a directory that holds the package. */
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
      ...[sourceMaps, builtins, directoryOf(join(directory, 'dist'))],
      ...[comments, commonjs, doors],
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
      // Whoever reads logs loads no binary. What else needs the logger has it from there.
      return users.length > 1 && users.includes('joined-reader') ? 'joined-shared' : users[0];
    },
    minifyInternalExports: false,
    hoistTransitiveImports: false,
    sourcemap: true,
  });
  await joined.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(process.argv[2]);
