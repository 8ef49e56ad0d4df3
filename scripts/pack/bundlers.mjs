// Tests that bundled code which is moved elsewhere finds the binary beside it, or prints once how to put it there.
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unpack } from '../packed.mjs';
import { root, run, tool } from '../tools.mjs';

const home = join(root, 'out', 'bundled');
const entry = join(home, 'app.mjs');

const APP = `
import { implementation, JSONStreamBackend, Logger } from 'dllogger';
import { readLog } from 'dllogger/reader';
async function main(path) {
  const logger = new Logger([new JSONStreamBackend(1, path)]);
  logger.log([0], { loss: 0.5 });
  logger.close();
  for await (const { data } of readLog(path)) console.log(data.loss, implementation);
}
main(process.argv[2]);
`;

const load = (file) => import(pathToFileURL(file).href);
const installed = (name, version) => tool(name, version, []);

async function withEsbuild(format, bundle) {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [entry],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format,
    logLevel: 'error',
  });
}

async function withRollup(bundle) {
  const { rollup } = await import('rollup');
  const plugin = async (name, version) =>
    (await load(join(installed(name, version), 'dist', 'es', 'index.js'))).default();
  const built = await rollup({
    input: entry,
    external: /^node:/,
    plugins: [
      await plugin('@rollup/plugin-node-resolve', '16.0.3'),
      await plugin('@rollup/plugin-commonjs', '29.0.3'),
    ],
  });
  await built.write({ file: bundle, format: 'es' });
}

async function withVite(bundle) {
  const { build } = await load(join(tool('vite', '8.3.8'), 'dist', 'node', 'index.js'));
  await build({
    root: home,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: entry,
      outDir: dirname(bundle),
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: basename(bundle) } },
    },
  });
}

/** For webpack, and for rspack, which has the same interface. */
async function withWebpack(webpack, mode, bundle) {
  const isModule = bundle.endsWith('.mjs');
  const compiler = webpack({
    ...{ context: home, entry, mode, target: 'node20' },
    output: {
      path: dirname(bundle),
      filename: basename(bundle),
      ...(isModule && { module: true, chunkFormat: 'module', library: { type: 'module' } }),
    },
    experiments: { outputModule: isModule },
  });
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => (error ? reject(error) : resolve(result)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  if (stats.hasErrors()) throw new Error(stats.toString());
}

const require = createRequire(import.meta.url);
const webpack = () => require(installed('webpack', '5.113.0'));
const rspack = async () =>
  (await load(join(installed('@rspack/core', '2.3.4'), 'dist', 'index.js'))).rspack;

async function withNcc(bundle) {
  const cli = join(installed('@vercel/ncc', '0.45.0'), 'dist', 'ncc', 'cli.js');
  run(process.execPath, [cli, 'build', entry, '--out', dirname(bundle), '--quiet']);
}

/** Copies the files that a program needs, as Next.js and others do. */
async function withNft(bundle) {
  const { nodeFileTrace } = await load(join(installed('@vercel/nft', '1.11.5'), 'out', 'index.js'));
  const { fileList } = await nodeFileTrace([entry], { base: home });
  for (const file of fileList) cpSync(join(home, file), join(dirname(bundle), file));
}

const BUNDLERS = [
  { name: 'esbuild, ESM', file: 'app.mjs', bundle: (file) => withEsbuild('esm', file) },
  { name: 'esbuild, CommonJS', file: 'app.cjs', bundle: (file) => withEsbuild('cjs', file) },
  { name: 'rollup', file: 'app.mjs', bundle: withRollup },
  { name: 'Vite, SSR', file: 'app.mjs', bundle: withVite },
  {
    name: 'webpack, development',
    file: 'app.cjs',
    bundle: (file) => withWebpack(webpack(), 'development', file),
  },
  {
    name: 'webpack, production',
    file: 'app.cjs',
    bundle: (file) => withWebpack(webpack(), 'production', file),
  },
  {
    name: 'webpack, ESM',
    file: 'app.mjs',
    bundle: (file) => withWebpack(webpack(), 'production', file),
  },
  {
    name: 'rspack',
    file: 'app.cjs',
    bundle: async (file) => withWebpack(await rspack(), 'production', file),
  },
  {
    name: 'rspack, ESM',
    file: 'app.mjs',
    bundle: async (file) => withWebpack(await rspack(), 'production', file),
  },
  { name: 'ncc', file: 'index.mjs', bundle: withNcc },
  { name: '@vercel/nft', file: 'app.mjs', bundle: withNft, bringsBinary: true },
];

function serves(folder, file) {
  const script = `${process.execPath} "${file}" log.json 2>&1`;
  return run('sh', ['-c', script], { cwd: folder });
}

function test({ name, file, bundle, bringsBinary = false }) {
  return {
    name: `bundled by ${name}`,
    async run(tarball) {
      unpack(tarball, home);
      writeFileSync(entry, APP);
      const built = join(root, 'out', 'bundle', name);
      const folder = join(root, 'out', 'bundle-moved', name);
      for (const path of [built, folder]) rmSync(path, { recursive: true, force: true });
      mkdirSync(built, { recursive: true });
      mkdirSync(dirname(folder), { recursive: true });
      await bundle(join(built, file));
      // As on another machine: no file lies where it was built.
      renameSync(built, folder);
      const aside = `${home}-elsewhere`;
      rmSync(aside, { recursive: true, force: true });
      renameSync(home, aside);
      for (const path of readdirSync(folder, { recursive: true })) {
        if (/\.[cm]?js$/.test(path) && readFileSync(join(folder, path), 'utf8').includes(home)) {
          throw new Error(`${path} names the directory that it was built in`);
        }
      }
      if (!bringsBinary) {
        const without = serves(folder, file);
        const notices = without.match(/DLLOGGER_NO_BINARY\] Warning/g)?.length;
        if (!without.includes('0.5 typescript\n') || notices !== 1) throw new Error(without);
        const place = /copy the folder prebuilds\/ .* to "([^"]*)"/.exec(without)?.[1];
        if (place !== join(folder, 'prebuilds')) throw new Error(without);
        cpSync(join(aside, 'node_modules', 'dllogger', 'prebuilds'), place, { recursive: true });
      }
      const said = serves(folder, file);
      if (said !== '0.5 native\n') throw new Error(said);
    },
  };
}

export const tests = BUNDLERS.map(test);
