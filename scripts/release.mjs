// Makes a release: `npm run release 1.2.3`. Checks everything, sets the version, builds and packs. Then prints the
// steps that are left to a person: inspect the package, commit, tag, publish.
//
// A binary goes into the package only when this very file has passed a run on its system: here, or in the
// continuous integration of a public forge. In the latter case --prebuilds=DIR names the binaries that CI has
// built, and --passed=FILE, once for each system, the out/passed.json that CI has written.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { addressOf } from './pack/address.mjs';
import { pack } from './packed.mjs';
import { fileOf, nameOf, TARGETS } from './targets.mjs';
import { npm, root, run } from './tools.mjs';

const args = process.argv.slice(2);
const version = args.find((word) => !word.startsWith('--'));
const named = (option) =>
  args.flatMap((word) =>
    word.startsWith(`--${option}=`) ? [resolve(word.slice(option.length + 3))] : [],
  );
const reports = named('passed');
const [prebuilt] = named('prebuilds');
const path = (name) => join(root, name);
const read = (name) => readFileSync(path(name), 'utf8');

function fail(message) {
  console.error(message);
  process.exit(1);
}

function step(name) {
  console.log(`\n== ${name}`);
}

function passing(command, ...more) {
  npm(['run', command, ...more], { cwd: root, stdio: 'inherit' });
}

/** The binaries that have passed, by file and hash, from the reports. */
function passed() {
  const known = new Map();
  for (const report of [path('out/passed.json'), ...reports]) {
    if (!existsSync(report)) continue;
    for (const [file, hash] of Object.entries(JSON.parse(readFileSync(report, 'utf8')))) {
      known.set(`${file} ${hash}`, report);
    }
  }
  return known;
}

/** Moves binaries that have not passed out of the package. Returns the names of those that have and have not. */
function sortOut() {
  const known = passed();
  const kept = [];
  const left = [];
  for (const target of TARGETS) {
    const file = path(fileOf(target));
    if (!existsSync(file)) {
      left.push(nameOf(target));
      continue;
    }
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
    if (known.has(`${fileOf(target)} ${hash}`)) {
      kept.push(nameOf(target));
      continue;
    }
    const aside = path(join('out', 'not-run', fileOf(target)));
    mkdirSync(dirname(aside), { recursive: true });
    copyFileSync(file, aside);
    rmSync(file);
    left.push(nameOf(target));
  }
  return { kept, left };
}

if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version ?? '')) fail('usage: npm run release 1.2.3');
if (addressOf(JSON.parse(read('package.json'))) === undefined) {
  fail(
    'package.json does not say where the repository is, to which the links of README.md lead on npm. Set it, and commit:\n' +
      '  npm pkg set repository.type=git repository.url=git+https://github.com/OWNER/NAME.git',
  );
}

step('clean tree');
const changes = run('git', ['status', '--porcelain'], { cwd: root });
if (changes !== '') fail(`commit first:\n${changes}`);

step('changelog entry');
const heading = new RegExp(`^## ${version.replaceAll('.', '\\.')}( .*)?$`, 'm').exec(
  read('CHANGELOG.md'),
);
if (heading === null) fail(`CHANGELOG.md has no "## ${version}"`);
if (heading[1]?.includes('unreleased')) fail(`CHANGELOG.md says that ${version} is unreleased`);

step(`version ${version}`);
npm(['version', version, '--no-git-tag-version', '--allow-same-version'], { cwd: root });
writeFileSync(
  path('lib/base/version.ts'),
  read('lib/base/version.ts').replace(/version = '[^']*'/, `version = '${version}'`),
);

step('build, from nothing');
for (const name of ['dist', 'out/lib.tsbuildinfo', 'prebuilds', 'out/passed.json']) {
  rmSync(path(name), { recursive: true, force: true });
}
passing('build');
passing('lint');

step('all tests');
npm(['test'], { cwd: root, stdio: 'inherit' });
if (prebuilt === undefined) passing('prebuilds');
else cpSync(prebuilt, path('prebuilds'), { recursive: true });
passing('test:prebuilds');
passing('test:runtimes');
passing('docs');

step('what goes into the package');
const { kept, left } = sortOut();
passing('test:pack', '--', '--as-is');
passing('budget');
const tarball = pack();
console.log(`\n${tarball}`);
console.log(`with binaries that have run on their systems: ${kept.join(', ') || 'none'}`);
console.log(`without, so that TypeScript serves there: ${left.join(', ') || 'none'}`);
console.log(
  `\ngit commit -am "Release ${version}" && git tag v${version} && npm publish ${tarball}`,
);
