// The package as npm would publish it, and folders that have it installed.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root, run } from './tools.mjs';

/** Packs what is built, its modules joined; returns the tarball. */
export function pack(destination = join(root, 'out', 'pack')) {
  if (!existsSync(join(root, 'dist', 'index.js'))) throw new Error('first: npm run build:ts');
  const stage = join(root, 'out', 'stage');
  const home = unpack(packFrom(root, stage), join(stage, 'home'));
  const directory = join(home, 'node_modules', 'dllogger');
  run(process.execPath, [join(root, 'scripts', 'bundle.mjs'), directory], { cwd: root });
  return packFrom(directory, destination);
}

function packFrom(directory, destination) {
  mkdirSync(destination, { recursive: true });
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
  const packed = JSON.parse(npm(args, { cwd: directory }));
  // npm 12 answers with an object, older ones with an array.
  const [{ filename }] = Object.values(packed);
  return join(destination, filename);
}

/** An empty folder with the tarball unpacked where Node looks for packages. */
export function unpack(tarball, home) {
  rmSync(home, { recursive: true, force: true });
  const target = join(home, 'node_modules', 'dllogger');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true, "type": "module" }\n');
  run('tar', ['-xzf', tarball, '-C', target, '--strip-components', '1']);
  return home;
}

/** Builds TypeScript and the binaries that are named, and packs them with whatever else is there. */
export function build(...targets) {
  npm(['run', 'build:ts'], { cwd: root });
  const prebuild = join(root, 'scripts', 'prebuild.mjs');
  if (targets.length > 0) run(process.execPath, [prebuild, ...targets], { cwd: root });
}
