/**
 * Where the binary may lie, and which one loads. The package joins its modules into one of dist/
 * (scripts/bundle.mjs), so a module that uses its own directory must lie in lib/ itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, toNamespacedPath } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from './base/version.js';

/** In the layout of prebuildify. */
const SYSTEM = `${process.platform}-${process.arch}`;

/**
 * File names of binaries. Linux has one for each C library; trying to load each is a surer test than the system's
 * name.
 */
const NAMES = ['dllogger.musl.node', 'dllogger.glibc.node', 'dllogger.node'];

const hasDirectory = typeof import.meta.dirname === 'string';

/** The package's root, unless a bundler has taken the code out of the package. */
const root = hasDirectory ? join(import.meta.dirname, '..') : undefined;

/** The file that this code runs from, as the engine knows it. */
function runningFile(): string | undefined {
  const { prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = (_, sites) => sites[0]?.getFileName();
    const file: unknown = new Error().stack;
    if (typeof file !== 'string') return undefined;
    return file.startsWith('file:') ? fileURLToPath(file) : file;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}

/**
 * Where a bundle may have its binary: beside the file that this code is in now, and beside the script that the
 * process runs. Some bundlers replace a module's own directory by its directory on the build machine.
 */
function directoriesOfBundle(): string[] {
  const own = hasDirectory ? [import.meta.dirname] : [];
  const files = [runningFile(), process.argv[1]].filter((file) => file !== undefined);
  return [...own, ...files.map((file) => dirname(file))];
}

/** Paths to try in order: a locally built binary comes before those of the package. */
function* candidates(): Generator<string> {
  if (root !== undefined) yield join(root, 'build', 'Release', 'dllogger.node');
  for (const directory of new Set([
    ...(root === undefined ? [] : [root]),
    ...directoriesOfBundle(),
  ])) {
    for (const name of NAMES) yield join(directory, 'prebuilds', SYSTEM, name);
  }
}

/**
 * Loads the first binary that the runtime takes: the package's, or one beside a bundle.
 *
 * @throws Error that says why none loads, and what helps.
 */
export function loadBinary(): unknown {
  const reasons: string[] = [];
  let isForbidden = false;
  for (const path of candidates()) {
    if (!existsSync(path)) continue;
    try {
      const binary = open(path);
      if (binary.version !== version)
        throw new Error(`is of version ${binary.version}, this is ${version}`);
      if (!binary.hasExternalBuffers) throw new Error(NO_EXTERNAL_BUFFERS);
      return binary;
    } catch (error) {
      const { message, code, name } = error as NodeJS.ErrnoException;
      if (message === NO_EXTERNAL_BUFFERS) throw error;
      if (code === 'ERR_DLOPEN_DISABLED' || name === 'NotCapable') isForbidden = true;
      const [reason] = message.trim().split('\n');
      reasons.push(reason?.includes(path) ? reason : `${path}: ${reason}`);
    }
  }
  const reason = reasons.length > 0 ? reasons.join('; ') : `there is none for ${SYSTEM}`;
  throw new Error(`the native binary did not load (${reason}). ${advice(isForbidden)}`);
}

/** Why the binary does not serve in Electron: the ring would not survive a kill there. */
const NO_EXTERNAL_BUFFERS =
  "the native binary is not used: this runtime does not let JavaScript see the addon's memory, as Electron does not";

interface Binary {
  readonly version: string;
  /** Whether a JavaScript buffer may lie over the addon's memory. */
  readonly hasExternalBuffers: boolean;
}

/** Loads a binary as require() does, without the search, which takes longer than loading. */
function open(path: string): Binary {
  const module = { exports: { version: '', hasExternalBuffers: false } };
  process.dlopen(module, toNamespacedPath(path));
  return module.exports;
}

function advice(isForbidden: boolean): string {
  if (isForbidden) {
    return 'deno' in process.versions
      ? 'To allow it, start Deno with --allow-ffi'
      : 'To allow it, start Node with --allow-addons if it has --permission, and without --no-addons';
  }
  if (root !== undefined && isPackage(root)) {
    return (
      `To build it, with a C++17 compiler and CMake at hand: cd "${root}" && npm install && ` +
      'npm run build:native'
    );
  }
  const [directory] = directoriesOfBundle();
  return (
    `In a bundle, copy the folder prebuilds/ of the package dllogger ${version} beside the code: to ` +
    `"${join(directory ?? '.', 'prebuilds')}"; or leave the package out of the bundle (esbuild ` +
    '--external:dllogger, webpack externals, Vite ssr.external, Next.js serverExternalPackages)'
  );
}

function isPackage(directory: string): boolean {
  try {
    const about: { name?: unknown } = JSON.parse(
      readFileSync(join(directory, 'package.json'), 'utf8'),
    );
    return about.name === 'dllogger';
  } catch {
    return false;
  }
}
