// Runtimes and tools that are too large for everybody's `npm ci`: what needs one installs it, in exactly
// the version it names, under out/tools/.
import { execFile, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The versions of Node on which the package is tested, the oldest that it supports first. */
export const NODES = ['20.19.0', '22.23.3', '24.21.0', '26.10.0'];

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a program to its end; throws all it said when that is not a good one. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28, ...options });
  if (result.status === 0) return result.stdout ?? '';
  const said = result.error?.message ?? `${result.stdout ?? ''}${result.stderr ?? ''}`;
  throw new Error(`${command} ${args.join(' ')} failed with ${result.status}\n${said}`);
}

/** npm, as a program that can be started without a shell on every system. */
export function npm(args, options = {}) {
  const cli = process.env.npm_execpath ?? '';
  if (cli.endsWith('.js')) return run(process.execPath, [cli, ...args], options);
  return run('npm', args, { shell: process.platform === 'win32', ...options });
}

/**
 * The directory of an npm package, installed with its dependencies when it is not there yet.
 *
 * @param options npm's; with `--force` packages for other systems than this one install too.
 */
export function tool(name, version, options = ['--force']) {
  const home = join(root, 'out', 'tools', `${name.replace('/', '+')}@${version}`);
  if (!existsSync(home)) {
    console.log(`installing ${name}@${version}`);
    const unfinished = `${home}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n');
    try {
      const quiet = ['--ignore-scripts', '--no-audit', '--no-fund'];
      npm(['install', ...options, ...quiet, `${name}@${version}`], { cwd: unfinished });
      renameSync(unfinished, home);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return join(home, 'node_modules', name);
}

/** The files of a directory, and of those in it, whose names end in `ending`, as absolute paths. */
export function filesOf(directory, ending) {
  return readdirSync(directory, { recursive: true })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => resolve(join(directory, name)));
}

/** Whether a program is there, and does that. */
export function exists(command, ...args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** CMake refuses a directory that another generator, or a tree in another place, has set up. */
function isStale(directory, generator) {
  const cache = join(directory, 'CMakeCache.txt');
  if (!existsSync(cache)) return false;
  const lines = readFileSync(cache, 'utf8').split('\n');
  return (
    !lines.includes(`CMAKE_GENERATOR:INTERNAL=${generator}`) ||
    !lines.includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${root}`)
  );
}

/** Sets up a directory for CMake and builds a target in it; throws all that was said when that fails. */
export async function cmake(directory, target, options, env = {}) {
  const generator = exists('ninja', '--version') ? 'Ninja' : 'Unix Makefiles';
  if (isStale(directory, generator)) rmSync(directory, { recursive: true });
  for (const args of [
    ['-S', root, '-B', directory, '-G', generator, ...options],
    ['--build', directory, '--target', target, '--parallel', `${availableParallelism()}`],
  ]) {
    try {
      await promisify(execFile)('cmake', args, {
        env: { ...process.env, ...env },
        maxBuffer: 2 ** 28,
      });
    } catch (error) {
      throw new Error(`${error.stdout ?? ''}${error.stderr ?? error.message}`);
    }
  }
}
