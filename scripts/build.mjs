// Builds everything: TypeScript with the dashboard's page, then the native binary; with --ts only the first. Without
// a compiler or CMake it prints that the TypeScript implementation will serve; errors of the compiler are errors.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { exists, root } from './tools.mjs';

const dist = join(root, 'dist');
const quiet = { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' };

function run(command, args) {
  const result = spawnSync(command, args, { ...quiet, stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout}${result.stderr}`);
  console.error(`${command} ${args.join(' ')} failed`);
  process.exit(1);
}

/** Runs the program of a package, without the second that npx takes. */
const tool = (program, args) =>
  run(process.execPath, [join(root, 'node_modules', program), ...args]);

/** Bundles the page of the dashboard, with uPlot and so its MIT licence. */
async function bundlePage() {
  const licence = readFileSync(join(root, 'node_modules', 'uplot', 'LICENSE'), 'utf8');
  await build({
    absWorkingDir: root,
    entryPoints: { dashboard: 'lib/page/main.ts', style: 'lib/page/dashboard.css' },
    outdir: 'dist/page',
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    banner: { js: `/*! This file contains uPlot.\n\n${licence}*/` },
    logLevel: 'warning',
  });
  for (const name of ['index.html', 'icon.svg']) {
    copyFileSync(join(root, 'lib', 'page', name), join(dist, 'page', name));
  }
}

/**
 * Writes doors by which `require()` loads the ES modules, and types in the form for CommonJS: in module mode node16
 * TypeScript refuses to require a module with types of an ES module.
 */
function writeDoors() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const { require: door } of Object.values(exports)) {
    if (door === undefined) continue;
    writeFileSync(
      join(root, door.default),
      "'use strict';\nmodule.exports = require('./index.js');\n",
    );
  }
  for (const name of readdirSync(dist, { recursive: true })) {
    // Programs and pages are not imported, so they need no such types.
    if (!name.endsWith('.d.ts') || /^(cli|page|bench)\b/.test(name)) continue;
    const types = readFileSync(join(dist, name), 'utf8').replace(/\n\/\/# sourceMappingURL=.*/, '');
    const own = types.replace(/(from '|import\(["'])(\.{1,2}\/[^'"]*)\.js(["'])/g, '$1$2.cjs$3');
    writeFileSync(join(dist, name.replace(/\.d\.ts$/, '.d.cts')), own);
  }
}

function buildNative() {
  const compilers = [process.env.CXX, 'c++', 'g++', 'clang++', 'cl'].filter(Boolean);
  if (
    process.platform === 'win32' ||
    (exists('cmake', '--version') && compilers.some((compiler) => exists(compiler, '--version')))
  ) {
    tool('cmake-js/bin/cmake-js', ['build', '--log-level', 'error']);
    return;
  }
  rmSync(join(root, 'build'), { recursive: true, force: true });
  console.error(
    'The native binary was not built: it needs CMake and a C++17 compiler. ' +
      'The TypeScript implementation serves; it prints the same.',
  );
}

const started = performance.now();
tool('typescript/bin/tsc', ['-b']);
await bundlePage();
writeDoors();
if (!process.argv.includes('--ts')) buildNative();
console.log(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
