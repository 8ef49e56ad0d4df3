/** Libraries between a program and the system, compiled by the test that uses them. */
import { join } from 'node:path';
import { implementation } from 'dllogger';
import { ROOT, run } from './run.js';

/** For tests that preload one. */
export const NATIVE_LINUX = {
  skip:
    implementation === 'native' && process.platform === 'linux'
      ? false
      : 'the library between the program and the system is for the native one, on Linux',
};

/**
 * Compiles a source of test/native/linux into a library.
 *
 * @returns its path, or why there is none.
 */
export async function compileLibrary(
  name: string,
  directory: string,
): Promise<{ readonly path: string } | { readonly reason: string }> {
  const source = join(ROOT, 'test/native/linux', `${name}.cc`);
  const path = join(directory, `${name}.so`);
  const compiler = process.env.CXX ?? 'c++';
  const args = ['-std=c++17', '-shared', '-fPIC', source, '-o', path, '-ldl'];
  const compiled = await run(compiler, args).catch(() => undefined);
  return compiled?.code === 0 ? { path } : { reason: `${compiler} does not compile ${source}` };
}
