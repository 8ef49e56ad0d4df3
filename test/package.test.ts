/** The package as npm would pack it, in a folder of its own; `npm run test:pack` does it thoroughly. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementation } from 'dllogger';
import { version } from '#dist/version.js';
import { ROOT, readRecords, run, runScript, temporaryDirectory } from './support/run.js';

const folder = temporaryDirectory();
const installed = join(folder, 'node_modules', 'dllogger');
mkdirSync(installed, { recursive: true });
writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');

const built = join('build', 'Release', 'dllogger.node');

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
const packed = await run(npm, args);
assert.equal(packed.code, 0, packed.stderr);
const [manifest] = Object.values(
  JSON.parse(packed.stdout) as Record<string, { filename: string; files: { path: string }[] }>,
);
assert.ok(manifest !== undefined);
const unpacked = await run('tar', [
  ...['-xzf', join(folder, manifest.filename), '-C', installed, '--strip-components', '1'],
]);
assert.equal(unpacked.code, 0, unpacked.stderr);
// Binaries for all systems come with a release; the one of this system is good enough here.
if (implementation === 'native' && existsSync(join(ROOT, built))) {
  cpSync(join(ROOT, built), join(installed, built));
}

test('it has what is needed to run and to build, and neither install script nor binding.gyp', () => {
  const files = manifest.files.map((file) => file.path);
  for (const file of [
    ...['dist/index.js', 'dist/index.d.ts', 'dist/index.js.map', 'dist/index.cjs'],
    ...['CMakeLists.txt', 'native/addon.cc', 'LICENSE', 'README.md', 'CHANGELOG.md'],
  ]) {
    assert.ok(files.includes(file), file);
  }
  assert.deepEqual(
    files.filter((file) => /binding\.gyp|^(test|scripts|out|build)\//.test(file)),
    [],
  );
  const about = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    gypfile: boolean;
    version: string;
    scripts: Record<string, string>;
  };
  assert.equal(about.gypfile, false);
  assert.equal(about.version, version);
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.equal(about.scripts[script], undefined);
  }
});

test('source maps bring their sources', () => {
  const map = JSON.parse(readFileSync(join(installed, 'dist', 'index.js.map'), 'utf8')) as {
    sourcesContent?: string[];
  };
  assert.equal(map.sourcesContent?.length, 1);
});

test('import and require give the same module, and a record gets into the file', async () => {
  const path = join(folder, 'log.json');
  const script = `
    import { createRequire } from 'node:module';
    import * as imported from 'dllogger';
    const required = createRequire(process.cwd() + '/')('dllogger');
    const { implementation, JSONStreamBackend, Logger } = required;
    new Logger([new JSONStreamBackend(1, process.argv[1])]).log([0], { loss: 0.5 });
    console.log(implementation, imported.Logger === Logger);
  `;
  const result = await runScript(script, { cwd: folder, args: [path] });
  assert.equal(result.stdout, `${implementation} true\n`, result.stderr);
  assert.deepEqual(
    readRecords(path).map((record) => record.data),
    [{ loss: 0.5 }],
  );
});

test('importing it loads none of its dependencies', async () => {
  // None is installed in this folder.
  assert.equal(existsSync(join(folder, 'node_modules', 'string-width')), false);
  const script = "import('dllogger').then(() => console.log('loaded'));";
  const result = await runScript(script, { cwd: folder });
  assert.equal(result.stdout, 'loaded\n', result.stderr);
});
