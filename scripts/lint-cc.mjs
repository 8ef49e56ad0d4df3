// Lints C++: clang-format over all files (--fix rewrites them), clang-tidy over the shipped ones.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { filesOf } from './tools.mjs';

const fix = process.argv.includes('--fix');
const list = (...directories) =>
  directories.flatMap((path) => [...filesOf(path, '.cc'), ...filesOf(path, '.h')]);
const shipped = list('native');
const sources = [...shipped, ...list('test/native', 'test/addon', 'bench/programs')];

/** Whether a program succeeds. Passes its output on; a failure sets the exit code. */
function run(command, args) {
  return new Promise((resolve) => {
    execFile(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      process.stdout.write(stdout);
      if (error?.code === 'ENOENT') {
        console.error(`${command} is not installed: pip install -r requirements-dev.txt`);
      } else if (error !== null) {
        process.stderr.write(stderr);
      }
      if (error !== null) process.exitCode = 1;
      resolve(error === null);
    });
  });
}

// Not linted: files that need the headers of Node-API, which cmake-js provides, or those of Windows.
const elsewhere = /node[/\\]\w+\.cc$|node_api\.cc$|windows\w*\.cc$/;
const core = shipped.filter((path) => path.endsWith('.cc') && !elsewhere.test(path));

/** Checks files from the list, until none is left or one fails. */
async function tidy() {
  for (let file = core.pop(); file !== undefined; file = core.pop()) {
    const isGood = await run('clang-tidy', ['--quiet', file, '--', '-std=c++17', '-Inative']);
    if (!isGood) core.length = 0;
  }
}

const isFormatted = await run(
  'clang-format',
  fix ? ['-i', ...sources] : ['--dry-run', '--Werror', ...sources],
);
if (isFormatted && !fix) await Promise.all(Array.from({ length: availableParallelism() }, tidy));
