// Bundles the dashboard's page into dist/page: one script, one style sheet, uPlot in them.
import { copyFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

// The MIT licence goes where the code goes.
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
