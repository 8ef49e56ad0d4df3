/** Libraries that are preloaded between a program and the system, compiled by the test that uses them. */
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
 * Compiles a source into a library.
 *
 * @param source path relative to the package's root.
 * @returns the path of the library, or the reason why there is none.
 */
export async function compileLibrary(
  source: string,
  directory: string,
): Promise<{ readonly path: string } | { readonly reason: string }> {
  const path = join(directory, `${basename(source, '.cc')}.so`);
  const compiler = process.env.CXX ?? 'c++';
  const includes = ['native', 'test/native'].map((room) => `-I${join(ROOT, room)}`);
  const args = [
    '-std=c++17',
    '-shared',
    '-fPIC',
    ...includes,
    join(ROOT, source),
    '-o',
    path,
    '-ldl',
  ];
  const compiled = await run(compiler, args).catch(() => undefined);
  return compiled?.code === 0 ? { path } : { reason: `${compiler} does not compile ${source}` };
}
