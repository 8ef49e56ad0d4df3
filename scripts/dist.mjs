// Adds to dist/, beside the compiler's output, the bundled page of the dashboard, and doors by which `require()` loads
// the ES modules, with types in the form for CommonJS (in module mode node16 TypeScript refuses to require a module
// with types of an ES module).
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

// The bundle includes uPlot, and so its MIT licence.
const licence = readFileSync(`${root}/node_modules/uplot/LICENSE`, 'utf8');

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
  copyFileSync(`${root}/lib/page/${name}`, `${root}/dist/page/${name}`);
}

const entries = Object.values(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports);

for (const { require: door } of entries) {
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
