// Makes the package as it is published, and folders that have it installed. `node scripts/packed.mjs` packs the
// built files, without the checks of a release. Plain `npm pack` would pack the development tree, and is refused.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addressed, withAddresses } from './pack/address.mjs';
import { filesOf, npm, root, run } from './tools.mjs';

/** The scripts and dependencies of the development tree's package.json with which a user can build the binary. */
const FOR_BUILDING = /^(build:native|cmake-js|node-addon-api|node-api-headers)$/;

/**
 * Packs the built files, with modules joined. Returns the tarball.
 *
 * @param changes What package.json has otherwise.
 */
export function pack(destination = join(root, 'out', 'pack'), changes = {}) {
  return packFrom(stage(join(root, 'out', 'stage'), changes), destination);
}

/** What npm packs without being told, besides package.json. */
const ALWAYS = ['README.md', 'LICENSE'];

/** Makes a directory with what is packed, which is also the package as it is installed. Returns the directory. */
function stage(directory, changes = {}) {
  if (!existsSync(join(root, 'dist', 'index.js'))) throw new Error('first: npm run build:ts');
  rmSync(directory, { recursive: true, force: true });
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const part of ['package.json', ...ALWAYS, ...files]) {
    const from = join(root, part);
    if (existsSync(from)) cpSync(from, join(directory, part), { recursive: true });
  }
  run(process.execPath, [join(root, 'scripts', 'bundle.mjs'), directory], { cwd: root });
  dropMaps(join(directory, 'dist'));
  dropTypes(directory);
  const file = join(directory, 'package.json');
  const { imports, ...own } = JSON.parse(readFileSync(file, 'utf8'));
  const about = addressed({ ...own, ...changes });
  for (const part of ['scripts', 'devDependencies']) {
    const kept = Object.entries(about[part]).filter(([name]) => FOR_BUILDING.test(name));
    about[part] = Object.fromEntries(kept);
  }
  writeFileSync(file, `${JSON.stringify(about, null, 2)}\n`);
  const readme = join(directory, 'README.md');
  writeFileSync(readme, withAddresses(readFileSync(readme, 'utf8'), about));
  return directory;
}

/**
 * Removes the source maps of modules that are not joined: programs, whose users do not step through them. The maps are a
 * quarter of the package.
 */
function dropMaps(dist) {
  for (const map of filesOf(dist, '.js.map')) {
    const module = map.replace(/\.map$/, '');
    rmSync(map);
    const code = readFileSync(module, 'utf8');
    writeFileSync(module, code.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n'));
  }
}

/** Removes the types that those of the exported modules do not name, such as the types of commands. */
function dropTypes(directory) {
  const { exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const named = new Set();
  const visit = (file) => {
    if (named.has(file)) return;
    named.add(file);
    for (const [, name, kind] of readFileSync(file, 'utf8').matchAll(IMPORTED)) {
      visit(join(dirname(file), `${name}.d.${kind}ts`));
    }
  };
  for (const entry of Object.values(exports)) {
    for (const { types } of Object.values(entry)) if (types) visit(join(directory, types));
  }
  for (const ending of ['.d.ts', '.d.cts']) {
    for (const file of filesOf(join(directory, 'dist'), ending)) if (!named.has(file)) rmSync(file);
  }
}

/** A file of the package that types name, with the letter by which its kind of module differs. */
const IMPORTED = /(?:from |import |import\()["'](\.{1,2}\/[^"']+)\.(c?)js["']/g;

function packFrom(directory, destination) {
  mkdirSync(destination, { recursive: true });
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
  const packed = JSON.parse(npm(args, { cwd: directory }));
  // npm 12 prints an object, older versions print an array.
  const [{ filename }] = Object.values(packed);
  return join(destination, filename);
}

/** Makes a folder in which the tarball is unpacked where Node looks for packages. */
export function unpack(tarball, home) {
  rmSync(home, { recursive: true, force: true });
  const target = join(home, 'node_modules', 'dllogger');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true, "type": "module" }\n');
  run('tar', ['-xzf', tarball, '-C', target, '--strip-components', '1']);
  return home;
}

/** Builds TypeScript and the named binaries, and packs them with all other existing binaries. */
export function build(...targets) {
  npm(['run', 'build:ts'], { cwd: root });
  const prebuild = join(root, 'scripts', 'prebuild.mjs');
  if (targets.length > 0) run(process.execPath, [prebuild, ...targets], { cwd: root });
}

if (process.argv[2] === '--refuse') {
  // npm calls this before it packs the development tree, whose modules are not joined and whose binaries may be
  // outdated.
  console.error(
    'npm pack does not make this package: `npm run release 1.2.3` makes what is published, and ' +
      '`node scripts/packed.mjs` packs what is built, into out/pack/',
  );
  process.exitCode = 1;
} else if (process.argv[2] === '--stage') {
  // The package for a test that installs it where it stands: npm takes longer to pack it than all else takes.
  stage(resolve(process.argv[3]));
} else if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(pack(process.argv[2]));
}
