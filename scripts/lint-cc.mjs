// C++: clang-format over all of it (with --fix it rewrites), clang-tidy over what is shipped.
import { spawnSync } from 'node:child_process';
import { globSync } from './glob.mjs';

const fix = process.argv.includes('--fix');
const list = (...directories) =>
  directories.flatMap((path) => [...globSync(path, '.cc'), ...globSync(path, '.h')]);
const shipped = list('native', 'native/platform');
const sources = [
  ...shipped,
  ...list('test/native', 'test/native/linux', 'test/native/fuzz', 'test/addon', 'bench/programs'),
];

function run(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.error !== undefined) {
    console.error(`${command} is not installed: pip install -r requirements-dev.txt`);
    process.exit(1);
  }
  process.stdout.write(result.stdout);
  if (result.status !== 0) {
    process.stderr.write(result.stderr);
    process.exit(1);
  }
}

run('clang-format', fix ? ['-i', ...sources] : ['--dry-run', '--Werror', ...sources]);
// The addon's own headers come through cmake-js, and Windows has its own; the core is linted without.
const elsewhere = /addon\.cc$|node_api\.cc$|windows\w*\.cc$/;
const core = shipped.filter((path) => path.endsWith('.cc') && !elsewhere.test(path));
if (!fix) run('clang-tidy', ['--quiet', ...core, '--', '-std=c++17', '-Inative']);
