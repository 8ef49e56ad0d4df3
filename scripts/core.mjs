// Builds the C++ core with its tests, without Node, and runs them; arguments choose tests, as in
// `node scripts/core.mjs Writer -v`. With --sanitize: under AddressSanitizer with
// UndefinedBehaviorSanitizer, then under ThreadSanitizer.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = realpathSync(dirname(dirname(fileURLToPath(import.meta.url))));

function exists(command, ...args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

const generator = exists('ninja', '--version') ? 'Ninja' : 'Unix Makefiles';

/** CMake refuses a directory that another generator, or a tree in another place, has set up. */
function isStale(directory) {
  const cache = join(directory, 'CMakeCache.txt');
  if (!existsSync(cache)) return false;
  const lines = readFileSync(cache, 'utf8').split('\n');
  return (
    !lines.includes(`CMAKE_GENERATOR:INTERNAL=${generator}`) ||
    !lines.includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${root}`)
  );
}

/** Runs a step of the build; false, and all it printed, when it fails. */
function cmake(...args) {
  const result = spawnSync('cmake', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (result.status === 0) return true;
  process.stdout.write(`${result.stdout}${result.stderr}`);
  return false;
}

function build(directory, sanitizers) {
  if (isStale(directory)) rmSync(directory, { recursive: true });
  return (
    cmake(
      ...['-S', root, '-B', directory, '-G', generator, '-DCMAKE_BUILD_TYPE=Release'],
      ...['-DDLLOGGER_ADDON=OFF', '-DDLLOGGER_TESTS=ON', `-DSANITIZE=${sanitizers}`],
    ) && cmake('--build', directory, '--target', 'core_test', '--parallel', '2')
  );
}

/** Runs a program with its output passed on; resolves to its exit code and what it complained. */
function run(command, args) {
  // A report of a child process that the tests start must fail the child.
  const env = { ...process.env };
  env.TSAN_OPTIONS = `halt_on_error=1:${env.TSAN_OPTIONS ?? ''}`;
  env.UBSAN_OPTIONS = `print_stacktrace=1:${env.UBSAN_OPTIONS ?? ''}`;
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'inherit', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
      process.stderr.write(chunk);
    });
    child.on('error', (error) => resolve({ code: 1, errors: error.message }));
    child.on('close', (code, signal) => {
      if (signal !== null) console.error(`core_test was ended by ${signal}`);
      resolve({ code: code ?? 1, errors });
    });
  });
}

async function test(name, sanitizers) {
  const directory = join(root, 'out', name);
  if (!build(directory, sanitizers)) return false;
  const program = join(directory, 'core_test');
  const args = process.argv.slice(2).filter((argument) => argument !== '--sanitize');
  let { code, errors } = await run(program, args);
  // Some kernels spread addresses further than ThreadSanitizer can follow.
  if (code !== 0 && /unexpected memory mapping/.test(errors)) {
    if (!exists('setarch', '-R', 'true')) {
      console.error('ThreadSanitizer needs setarch -R on this kernel, which does not work here');
      return false;
    }
    console.log('once more with setarch -R, without address space layout randomization');
    ({ code, errors } = await run('setarch', ['-R', program, ...args]));
  }
  return code === 0;
}

async function sanitized(name, sanitizers) {
  console.log(`C++ core with -fsanitize=${sanitizers}`);
  const good = await test(name, sanitizers);
  console.log(`C++ core with -fsanitize=${sanitizers}: ${good ? 'passed' : 'FAILED'}`);
  return good;
}

async function main() {
  if (!exists('cmake', '--version')) {
    console.error('The tests of the C++ core need CMake 3.15 or newer: https://cmake.org/download');
    return false;
  }
  if (!process.argv.includes('--sanitize')) return test('core', '');
  const address = await sanitized('core-address', 'address,undefined');
  const thread = await sanitized('core-thread', 'thread');
  return address && thread;
}

process.exitCode = (await main()) ? 0 : 1;
