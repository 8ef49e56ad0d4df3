// Bundled code finds the binary beside it, or says once that TypeScript serves.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unpack } from '../packed.mjs';
import { root, run, tool } from '../tools.mjs';

const home = join(root, 'out', 'bundled');

const APP = `
import { implementation, JSONStreamBackend, Logger } from 'dllogger';
new Logger([new JSONStreamBackend(1, process.argv[2])]).log([0], { loss: 0.5 });
console.log(implementation);
`;

async function withEsbuild(format, bundle) {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [join(home, 'app.mjs')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format,
    // The one warning is about import.meta, which CommonJS does not have and we can do without.
    logLevel: 'error',
  });
}

async function withVite(bundle) {
  const vite = join(tool('vite', '8.3.8'), 'dist', 'node', 'index.js');
  const { build } = await import(pathToFileURL(vite).href);
  await build({
    root: home,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: join(home, 'app.mjs'),
      outDir: join(bundle, '..'),
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: 'app.mjs' } },
    },
  });
}

const BUNDLERS = [
  { name: 'esbuild, ESM', file: 'app.mjs', bundle: (file) => withEsbuild('esm', file) },
  { name: 'esbuild, CommonJS', file: 'app.cjs', bundle: (file) => withEsbuild('cjs', file) },
  { name: 'Vite, SSR', file: 'app.mjs', bundle: (file) => withVite(file) },
];

function serves(folder, file) {
  const log = join(folder, 'log.json');
  const script = `${process.execPath} "${file}" "${log}" 2>&1`;
  const said = run('sh', ['-c', script], { cwd: folder });
  const line = readFileSync(log, 'utf8');
  if (!line.endsWith('"data": {"loss": 0.5}}\n')) throw new Error(line);
  return said;
}

export const tests = BUNDLERS.map(({ name, file, bundle }) => ({
  name: `bundled by ${name}`,
  async run(tarball) {
    unpack(tarball, home);
    writeFileSync(join(home, 'app.mjs'), APP);
    // Elsewhere, so that no package is found but what is in the bundle.
    const folder = join(root, 'out', 'bundle', name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await bundle(join(folder, file));
    const without = serves(folder, file);
    const notices = without.match(/DLLOGGER_NO_BINARY\] Warning/g)?.length;
    if (!without.includes('typescript\n') || notices !== 1) throw new Error(without);
    cpSync(join(home, 'node_modules', 'dllogger', 'prebuilds'), join(folder, 'prebuilds'), {
      recursive: true,
    });
    const beside = serves(folder, file);
    if (beside !== 'native\n') throw new Error(beside);
  },
}));
