// Builds the tests of the C++ core, from the objects of the binary in build/, and runs them; arguments choose tests, as
// in `node scripts/core.mjs Writer -v`. With --sanitize: the core and its tests under AddressSanitizer with
// UndefinedBehaviorSanitizer, and under ThreadSanitizer.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cmake, cmakeBuild, exists, root, run as runToEnd } from './tools.mjs';

/** Runs a program; resolves to its exit code, 1 when there is none, and all it printed. */
function run(command, args, isLive = false) {
  // A sanitizer's report must also fail the child processes that the tests start.
  const env = { ...process.env };
  env.TSAN_OPTIONS = `halt_on_error=1:${env.TSAN_OPTIONS ?? ''}`;
  env.UBSAN_OPTIONS = `print_stacktrace=1:${env.UBSAN_OPTIONS ?? ''}`;
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk) => {
      output += chunk;
      if (isLive) process.stdout.write(chunk);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code, signal) => {
      if (signal !== null) take(`core_test was ended by ${signal}\n`);
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Number of processes that share the tests, which wait more than they compute. */
const PARTS = 4;

/** Runs all tests in several processes, and prints one line of counts for all. Resolves to whether they pass. */
async function runParts(program) {
  const parts = await Promise.all(
    Array.from({ length: PARTS }, (_, part) => run(program, [`--part=${part}/${PARTS}`])),
  );
  let passed = 0;
  let failed = 0;
  let text = '';
  for (const { code, output } of parts) {
    const counts = /^(\d+) passed, (\d+) failed\n/m.exec(output);
    passed += Number(counts?.[1] ?? 0);
    // A part that ends without its counts has failed, too.
    failed += counts === null ? 1 : Math.max(Number(counts[2]), code === 0 ? 0 : 1);
    text += counts === null ? output : output.replace(counts[0], '');
  }
  process.stdout.write(`${text}${passed} passed, ${failed} failed\n`);
  return failed === 0;
}

/** Builds the tests from the objects of the binary. */
async function buildTests() {
  const directory = join(root, 'build');
  if (!existsSync(join(directory, 'CMakeCache.txt'))) {
    const cmakeJs = join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js');
    runToEnd(process.execPath, [cmakeJs, 'configure', '--log-level', 'error'], { cwd: root });
  }
  await cmakeBuild(directory, ['core_test']);
  return directory;
}

/** Builds the core and its tests with sanitizers. */
async function buildSanitized(name, sanitizers) {
  const directory = join(root, 'out', name);
  const options = [
    '-DCMAKE_BUILD_TYPE=Release',
    '-DDLLOGGER_ADDON=OFF',
    `-DSANITIZE=${sanitizers}`,
  ];
  await cmake(directory, 'core_test', options);
  return directory;
}

/** Builds and runs the tests. Prints their output as it comes if `isLive`, else at the end. */
async function test(build, isLive) {
  const args = process.argv.slice(2).filter((argument) => argument !== '--sanitize');
  let program;
  try {
    program = join(await build(), 'core_test');
  } catch (error) {
    console.log(error.message);
    return false;
  }
  if (isLive && args.length === 0) return runParts(program);
  let { code, output } = await run(program, args, isLive);
  // Some kernels spread addresses further than ThreadSanitizer can follow.
  if (code !== 0 && /unexpected memory mapping/.test(output)) {
    if (!exists('setarch', '-R', 'true')) {
      console.error('ThreadSanitizer needs setarch -R on this kernel, which does not work here');
      return false;
    }
    console.log('once more with setarch -R, without address space layout randomization');
    ({ code, output } = await run('setarch', ['-R', program, ...args], isLive));
  }
  if (!isLive) process.stdout.write(output);
  return code === 0;
}

async function sanitized(name, sanitizers) {
  const good = await test(() => buildSanitized(name, sanitizers), false);
  console.log(`C++ core with -fsanitize=${sanitizers}: ${good ? 'passed' : 'FAILED'}`);
  return good;
}

async function main() {
  if (!exists('cmake', '--version')) {
    console.error('The tests of the C++ core need CMake 3.15 or newer: https://cmake.org/download');
    return false;
  }
  if (!process.argv.includes('--sanitize')) return test(buildTests, true);
  // In parallel: the tests wait more than they compute.
  const results = await Promise.all([
    sanitized('core-address', 'address,undefined'),
    sanitized('core-thread', 'thread'),
  ]);
  return results.every(Boolean);
}

process.exitCode = (await main()) ? 0 : 1;
