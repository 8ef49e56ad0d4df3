// Tests the package in test runners with their own module loaders, and in Node where require() loads only CommonJS.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unpack } from '../packed.mjs';
import { root, run, tool } from '../tools.mjs';

const REQUIRE = `const logger = require('dllogger'), reader = require('dllogger/reader');`;
const IMPORT = `import * as logger from 'dllogger'; import * as reader from 'dllogger/reader';`;

/** A test case that logs and reads the log; `expect` is the runner's. */
const CASE = `
test('a record is logged and read', async () => {
  const backend = new logger.JSONStreamBackend(1, 'log.json');
  logger.init([backend]);
  logger.log([0], { loss: 0.5 });
  logger.close();
  const run = await reader.loadRun('log.json');
  expect(Array.from(run.series.get('loss')[0].values)).toEqual([0.5]);
  expect(() => logger.log([0], {})).toThrow(logger.DLLoggerError);
  expect(logger.implementation).toBe('native');
});
`;

function project(tarball, name, files) {
  const home = unpack(tarball, join(root, 'out', 'runners', name));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, file)), { recursive: true });
    writeFileSync(join(home, file), text);
  }
  return home;
}

const COMMONJS = JSON.stringify({ private: true });
const MODULE = JSON.stringify({ private: true, type: 'module', jest: { transform: {} } });

function jest(version) {
  const start = (home, flags) => {
    const cli = join(tool('jest', version, []), 'bin', 'jest.js');
    run(process.execPath, [...flags, cli, '--rootDir', home, '--ci'], { cwd: home });
  };
  return [
    {
      name: `Jest ${version}, CommonJS`,
      run(tarball) {
        const babel = tool('@babel/plugin-transform-modules-commonjs', '7.28.6', []);
        const home = project(tarball, `jest-${version}`, {
          'package.json': COMMONJS,
          'require.test.js': `${REQUIRE}${CASE}`,
          'babel.config.json': JSON.stringify({ plugins: [babel] }),
          'import.test.js': `${IMPORT}${CASE}`,
        });
        start(home, []);
        start(home, ['--no-experimental-require-module']);
      },
    },
    {
      name: `Jest ${version}, ES modules`,
      run(tarball) {
        const home = project(tarball, `jest-${version}-esm`, {
          'package.json': MODULE,
          'import.test.js': `${IMPORT}${CASE}`,
        });
        start(home, ['--experimental-vm-modules']);
      },
    },
  ];
}

/** Checks that `import` and `require()` give one instance, in either order. */
const BOTH = `
  const required = require('dllogger');
  import('dllogger').then((imported) => {
    const names = Object.keys(imported);
    const same = names.every((name) => imported[name] === required[name]);
    required.init([]);
    imported.log([0], { loss: 0.5 });
    console.log(same, names.join() === Object.keys(required).sort().join(), required.implementation);
  });
`;

export const tests = [
  ...jest('29.7.0'),
  ...jest('30.5.2'),
  {
    name: 'Vitest',
    run(tarball) {
      const home = project(tarball, 'vitest', {
        'package.json': MODULE,
        'import.test.js': `import { expect, test } from 'vitest';${IMPORT}${CASE}`,
      });
      const vitest = tool('vitest', '5.1.2', []);
      const cli = join(vitest, 'vitest.mjs');
      run(process.execPath, [cli, 'run', '--globals', '--root', home], { cwd: home });
    },
  },
  {
    name: 'require() and import of one process',
    run(tarball) {
      const home = project(tarball, 'both', { 'both.cjs': BOTH });
      for (const flags of [[], ['--no-experimental-require-module']]) {
        const said = run(process.execPath, [...flags, 'both.cjs'], { cwd: home });
        if (said !== 'true true native\n') throw new Error(said);
      }
    },
  },
];
