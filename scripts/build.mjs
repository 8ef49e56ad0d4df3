// Builds everything: TypeScript, then the native binary. Without a compiler or CMake it prints that the
// TypeScript implementation will serve; errors of the compiler are errors.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';

const quiet = { encoding: 'utf8', shell: process.platform === 'win32' };

function run(command, args) {
  const result = spawnSync(command, args, { ...quiet, stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout}${result.stderr}`);
  console.error(`${command} ${args.join(' ')} failed`);
  process.exit(1);
}

function exists(command) {
  return spawnSync(command, ['--version'], { ...quiet, stdio: 'ignore' }).status === 0;
}

const started = performance.now();
run('npx', ['tsc', '-b']);
run('node', ['scripts/dist.mjs']);
const compilers = [process.env.CXX, 'c++', 'g++', 'clang++', 'cl'].filter(Boolean);
if (process.platform !== 'win32' && !(exists('cmake') && compilers.some(exists))) {
  rmSync('build', { recursive: true, force: true });
  console.error(
    'The native binary was not built: it needs CMake and a C++17 compiler. ' +
      'The TypeScript implementation serves; it prints the same.',
  );
} else {
  run('npx', ['cmake-js', 'build', '--log-level', 'error']);
}
console.log(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
