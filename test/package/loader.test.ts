/** Which implementation serves, and the notice about it. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { ROOT, readRecords, run, runScript, temporaryDirectory } from '../support/run.js';

/** The package without a binary. */
const bare = join(temporaryDirectory(), 'dllogger');
mkdirSync(bare);
for (const part of ['dist', 'package.json']) {
  cpSync(join(ROOT, part), join(bare, part), { recursive: true });
}

const LOG = `
  import { implementation, JSONStreamBackend, Logger } from 'dllogger';
  const logger = new Logger([new JSONStreamBackend(1, process.argv[1])]);
  logger.log([0], { loss: 1 });
  console.log(implementation);
`;
const path = join(bare, 'log.json');

function runBare(wish: string | undefined) {
  return runScript(LOG, { cwd: bare, args: [path], env: { DLLOGGER_NATIVE: wish } });
}

test('without a binary TypeScript serves, with one notice that says why and how to build', async () => {
  const result = await runBare(undefined);
  assert.equal(result.stdout, 'typescript\n');
  assert.equal(readRecords(path).length, 1);
  assert.equal(result.stderr.match(/Warning/g)?.length, 1, result.stderr);
  assert.match(
    result.stderr,
    /\[DLLOGGER_NO_BINARY\] Warning: dllogger: the native binary did not load/,
  );
  assert.match(result.stderr, /\(there is none for \w+-\w+\)/);
  assert.match(
    result.stderr,
    /with a C\+\+17 compiler and CMake at hand: cd ".*dllogger" && npm install && npm run build:nat/,
  );
});

test('in a bundle the notice says where prebuilds/ belongs', async () => {
  const directory = temporaryDirectory();
  const bundle = join(directory, 'app.mjs');
  const entry = join(directory, 'entry.mjs');
  const dllogger = JSON.stringify(join(bare, 'dist', 'index.js'));
  writeFileSync(entry, `import { implementation } from ${dllogger}; console.log(implementation);`);
  await build({
    ...{ entryPoints: [entry], outfile: bundle, bundle: true },
    ...{ platform: 'node', format: 'esm' },
  });
  const result = await run(process.execPath, [bundle], {
    cwd: directory,
    env: { DLLOGGER_NATIVE: undefined },
  });
  assert.equal(result.stdout, 'typescript\n');
  const place = /copy the folder prebuilds\/ .* to "(.*)"; or/.exec(result.stderr)?.[1];
  assert.equal(place, join(directory, 'prebuilds'), result.stderr);
  assert.doesNotMatch(result.stderr, /npm install/);
});

test('DLLOGGER_NATIVE=0 chooses TypeScript without a notice', async () => {
  const result = await runBare('0');
  assert.deepEqual([result.stdout, result.stderr], ['typescript\n', '']);
});

test('DLLOGGER_NATIVE=1 makes a missing binary an error', async () => {
  const result = await runBare('1');
  assert.equal(result.code, 1);
  assert.equal(result.stdout, '');
  assert.match(result.stderr, /DLLoggerError: dllogger: the native binary did not load/);
  assert.match(result.stderr, /code: 'ERR_DLLOGGER_NO_BINARY'/);
});

const built = join(ROOT, 'build', 'Release', 'dllogger.node');
const binaries = join(bare, 'build', 'Release');

function withBinary(place: (target: string) => void): () => Promise<void> {
  return async () => {
    mkdirSync(binaries, { recursive: true });
    try {
      place(join(binaries, 'dllogger.node'));
      const result = await runBare(undefined);
      assert.equal(result.stdout, 'typescript\n');
      assert.equal(readRecords(path).length, 1);
      assert.equal(result.stderr.match(/Warning/g)?.length, 1, result.stderr);
      assert.match(result.stderr, /did not load \(.*dllogger\.node: .+\)/);
    } finally {
      rmSync(binaries, { recursive: true });
    }
  };
}

test(
  'a damaged binary is reported, and TypeScript serves',
  withBinary((target) => writeFileSync(target, 'no binary')),
);

test('where addons are forbidden, the notice says what allows them', {
  skip: existsSync(built) ? false : 'there is no binary',
}, async () => {
  const flags = ['--no-addons'];
  const result = await runScript(LOG, { flags, args: [path], env: { DLLOGGER_NATIVE: undefined } });
  assert.equal(result.stdout, 'typescript\n');
  assert.match(result.stderr, /start Node with --allow-addons .* without --no-addons/);
  assert.doesNotMatch(result.stderr, /npm install/);
});

test('a binary of another version of the package is not used', {
  skip: existsSync(built) ? false : 'there is no binary',
}, async () => {
  const version = join(bare, 'dist/base/version.js');
  writeFileSync(version, "export const version = '9.9.9';\n");
  await withBinary((target) => cpSync(built, target))();
  cpSync(join(ROOT, 'dist/base/version.js'), version);
});
