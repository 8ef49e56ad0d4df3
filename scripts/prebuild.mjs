// Builds the binaries for all systems, or the named ones: `npm run prebuilds linux-x64-musl`.
// prebuildify puts them under prebuilds/. In place of node-gyp it calls this script with the argument `rebuild`.
import { copyFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkSymbols } from './symbols.mjs';
import { fileOf, MAX_BINARY, nameOf, TARGETS } from './targets.mjs';
import { crossBuild, root } from './tools.mjs';

const prebuildify = promisify(createRequire(import.meta.url)('prebuildify'));

async function prebuild(target) {
  const cwd = join(root, 'out', 'prebuild', nameOf(target));
  rmSync(join(cwd, 'build'), { recursive: true, force: true });
  mkdirSync(cwd, { recursive: true });
  process.env.PREBUILD_ZIG_TARGET = target.zig;
  await prebuildify({
    ...target,
    name: 'dllogger',
    napi: true,
    tagLibc: target.libc,
    targets: [process.versions.node],
    cwd,
    out: root,
    nodeGyp: `"${process.execPath}" "${fileURLToPath(import.meta.url)}"`,
    shell: true,
  });
  const { size } = statSync(join(root, fileOf(target)));
  console.log(`${fileOf(target)}: ${Math.round(size / 1000)} kB`);
  if (target.libc !== undefined) checkSymbols(join(root, fileOf(target)), target.libc);
  if (size > MAX_BINARY[target.platform])
    throw new Error(`over ${MAX_BINARY[target.platform]} bytes`);
}

/**
 * Builds for prebuildify, which expects the addon of PREBUILD_ZIG_TARGET in build/Release/ of the working directory.
 */
async function rebuild() {
  const directory = await crossBuild(process.env.PREBUILD_ZIG_TARGET, 'dllogger');
  mkdirSync(join('build', 'Release'), { recursive: true });
  copyFileSync(join(directory, 'dllogger.node'), join('build', 'Release', 'dllogger.node'));
}

async function prebuildAll(names) {
  for (const name of names) {
    if (TARGETS.some((target) => nameOf(target) === name)) continue;
    console.error(`no target ${name}: there are ${TARGETS.map(nameOf).join(', ')}`);
    process.exit(2);
  }
  for (const target of TARGETS) {
    if (names.length === 0 || names.includes(nameOf(target))) await prebuild(target);
  }
}

const args = process.argv.slice(2);
await (args[0] === 'rebuild' ? rebuild() : prebuildAll(args));
