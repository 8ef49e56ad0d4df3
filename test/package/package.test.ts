/** The package as it is published, in a folder of its own; `npm run test:pack` tests it thoroughly. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementation } from 'dllogger';
import { version } from '#dist/base/version.js';
import { ROOT, readRecords, run, runScript, temporaryDirectory } from '../support/run.js';

const folder = temporaryDirectory();
const installed = join(folder, 'node_modules', 'dllogger');
mkdirSync(join(folder, 'node_modules'));
writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');

const built = join('build', 'Release', 'dllogger.node');

const staged = await run(process.execPath, [join('scripts', 'packed.mjs'), '--stage', installed]);
assert.equal(staged.code, 0, staged.stderr);
// A release has binaries for all systems. This package gets the one of this system.
if (implementation === 'native' && existsSync(join(ROOT, built))) {
  cpSync(join(ROOT, built), join(installed, built));
}

test('the package has the files to run and to build, and neither install script nor binding.gyp', () => {
  const files = readdirSync(installed, { recursive: true }).map(String);
  for (const file of [
    ...['dist/index.js', 'dist/index.cjs', 'dist/index.d.ts', 'dist/index.d.cts'],
    ...['CMakeLists.txt', 'native/node/addon.cc', 'LICENSE', 'README.md', 'CHANGELOG.md'],
  ]) {
    assert.ok(files.includes(join(file)), file);
  }
  assert.deepEqual(
    files.filter((file) => /binding\.gyp|^(test|scripts|out)\b/.test(file)),
    [],
  );
  const about = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    gypfile: boolean;
    version: string;
    scripts: Record<string, string>;
  };
  assert.equal(about.gypfile, false);
  assert.equal(about.version, version);
  assert.deepEqual(Object.keys(about.scripts), ['build:native']);
});

test('plain npm pack is refused, and names the script that packs', async () => {
  const about = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: { prepack: string };
  };
  // npm runs this script first; starting npm takes a second.
  const [program, ...args] = about.scripts.prepack.split(' ');
  assert.equal(program, 'node');
  const { code, stderr } = await run(process.execPath, args);
  assert.equal(code, 1);
  assert.match(stderr, /npm pack does not make this package: .*node scripts\/packed\.mjs/);
});

test('a stack trace through source maps leads to the sources', async () => {
  const script = "import { log } from 'dllogger'; log([0], {});";
  const { stderr } = await runScript(script, { cwd: folder, flags: ['--enable-source-maps'] });
  assert.match(stderr, /lib[\\/]dllogger\.ts:\d+\n.*throw new DLLoggerNotInitialized\(call\)/);
});

for (const flags of [[], ['--no-experimental-require-module']]) {
  const how = flags.length === 0 ? '' : ', where require() is for CommonJS only';
  test(`import and require give the same module, and a record gets into the file${how}`, async () => {
    const path = join(folder, 'log.json');
    const script = `
      import { createRequire } from 'node:module';
      import * as imported from 'dllogger';
      const required = createRequire(process.cwd() + '/')('dllogger');
      const { implementation, init, JSONStreamBackend, close } = required;
      init([new JSONStreamBackend(1, process.argv[1])]);
      imported.log([0], { loss: 0.5 });
      close();
      const same = Object.entries(imported).every(([name, value]) => required[name] === value);
      console.log(implementation, same);
    `;
    const result = await runScript(script, { cwd: folder, args: [path], flags });
    assert.equal(result.stdout, `${implementation} true\n`, result.stderr);
    assert.deepEqual(
      readRecords(path).map((record) => record.data),
      [{ loss: 0.5 }],
    );
  });
}

test('importing the package loads none of its dependencies', async () => {
  // None is installed in this folder.
  assert.equal(existsSync(join(folder, 'node_modules', 'string-width')), false);
  const script = "import('dllogger').then(() => console.log('loaded'));";
  const result = await runScript(script, { cwd: folder });
  assert.equal(result.stdout, 'loaded\n', result.stderr);
});
