// The crash test on the packed package: with a shipped binary in place of the development build's.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpack } from '../packed.mjs';
import { root, run } from '../tools.mjs';

/**
 * Runs the crash test inside the package that a folder has installed. `loader`: the program that starts Node, if Node
 * does not start by itself.
 */
export function crashTest({ command, loader }, home, kills) {
  const installed = join(home, 'node_modules', 'dllogger');
  const about = join(installed, 'package.json');
  // The crash test finds rings by a module of the package that package.json does not export.
  const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(about, JSON.stringify({ ...JSON.parse(readFileSync(about, 'utf8')), imports }));
  const tests = join('out', 'test');
  for (const part of ['crash', 'support/arguments.js'])
    cpSync(join(root, tests, part), join(installed, tests, part), { recursive: true });
  const main = join(installed, tests, 'crash', 'main.js');
  const flags = [];
  if (loader.length > 0) {
    // Under the loader, `process.execPath` is the loader, and the crash test starts more processes by that path.
    const node = join(home, 'node');
    const quoted = command.map((word) => `'${word}'`).join(' ');
    writeFileSync(node, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
    flags.push('--import', `data:text/javascript,process.execPath=${JSON.stringify(node)}`);
  }
  const [program, ...args] = command;
  run(program, [...args, ...flags, main, '--kills', `${kills}`], {
    cwd: home,
    env: { ...process.env, DLLOGGER_NATIVE: '1' },
    stdio: 'inherit',
  });
}

export const tests = [
  {
    name: 'the crash test',
    run(tarball) {
      const home = unpack(tarball, join(root, 'out', 'crash'));
      crashTest({ command: [process.execPath], loader: [] }, home, 20);
    },
  },
];
