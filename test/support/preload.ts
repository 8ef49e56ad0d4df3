/** Libraries that are preloaded between a program and the system, compiled by the test that uses them. */
import { existsSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { implementation } from 'dllogger';
import { ROOT, run } from './run.js';

/** Options for tests that preload a library. */
export const NATIVE_LINUX = {
  skip:
    implementation === 'native' && process.platform === 'linux'
      ? false
      : 'the preloaded library serves tests of the native implementation on Linux',
};

/**
 * Compiles a source into a library. `npm test` names a directory in DLLOGGER_LIBRARIES, in which the test files share
 * their libraries.
 *
 * @param source path relative to the package's root.
 * @returns the path of the library, or the reason why there is none.
 */
export async function compileLibrary(
  source: string,
  directory: string,
): Promise<{ readonly path: string } | { readonly reason: string }> {
  const home = process.env.DLLOGGER_LIBRARIES ?? directory;
  const path = join(home, `${basename(source, '.cc')}.so`);
  if (existsSync(path)) return { path };
  // Under another name until it is whole: another test file may compile it at the same time.
  const unfinished = `${path}.${process.pid}`;
  const compiler = process.env.CXX ?? 'c++';
  const includes = ['native', 'test/native'].map((room) => `-I${join(ROOT, room)}`);
  const args = [
    '-std=c++17',
    '-shared',
    '-fPIC',
    ...includes,
    join(ROOT, source),
    '-o',
    unfinished,
    '-ldl',
  ];
  const compiled = await run(compiler, args).catch(() => undefined);
  if (compiled?.code !== 0) return { reason: `${compiler} does not compile ${source}` };
  renameSync(unfinished, path);
  return { path };
}
