/** Where the binary may lie, and which one loads. */
import { existsSync } from 'node:fs';
import { dirname, join, toNamespacedPath } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from '../version.js';

/** This module's directory: `dist/sink/`, or wherever a bundler has put the code. */
function directory(): string {
  // Bundled to CommonJS, a module has no URL.
  const url: string | undefined = import.meta.url;
  return url === undefined ? __dirname : dirname(fileURLToPath(url));
}

const here = directory();

/** The package's root: from `dist/` when its modules are joined, else from `dist/sink/`. */
export const root =
  [join(here, '..'), join(here, '../..')].find((path) => existsSync(join(path, 'package.json'))) ??
  join(here, '../..');

/** In the layout of prebuildify. */
const prebuilds = join('prebuilds', `${process.platform}-${process.arch}`);

/**
 * What was built here counts before what came with the package. A Linux binary for another C library
 * does not load, which tells more surely than any name which one a system has.
 */
const NAMES = [
  join('build', 'Release', 'dllogger.node'),
  join(prebuilds, 'dllogger.musl.node'),
  join(prebuilds, 'dllogger.glibc.node'),
  join(prebuilds, 'dllogger.node'),
];

/**
 * Loads the first binary that the runtime takes: the package's, or one beside a bundle.
 *
 * @throws Error that says why none loads.
 */
export function loadBinary(): unknown {
  const reasons: string[] = [];
  for (const path of [root, here].flatMap((base) => NAMES.map((name) => join(base, name)))) {
    if (!existsSync(path)) continue;
    try {
      const binary = open(path);
      if (binary.version === version) return binary;
      throw new Error(`is of version ${binary.version}, this is ${version}`);
    } catch (error) {
      const [reason] = (error instanceof Error ? error.message : String(error)).trim().split('\n');
      reasons.push(reason?.includes(path) ? reason : `${path}: ${reason}`);
    }
  }
  if (reasons.length > 0) throw new Error(reasons.join('; '));
  throw new Error(`there is none for ${process.platform}-${process.arch} in "${root}"`);
}

/** As require() does it in the end; the rest of that takes longer than the binary. */
function open(path: string): { readonly version: string } {
  const module = { exports: { version: '' } };
  process.dlopen(module, toNamespacedPath(path));
  return module.exports;
}
