// Searches for inputs that break the package: libFuzzer over the C++ core under AddressSanitizer and
// UndefinedBehaviorSanitizer; records, native compared with TypeScript; formats, compared with Python if installed.
// `--seconds N` is the time for the whole run. Dead rings, whose cases take the longest, are fuzzed the whole time, in
// parallel to the others. Inputs that libFuzzer keeps stay in out/fuzz/ for the next run. An input that broke something
// is printed with its file. `--seed N` repeats libFuzzer's choices, if out/fuzz/ is empty: CI runs the same cases each
// time, so that it judges a change and not chance.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cmake, exists, root } from './tools.mjs';

const { values } = parseArgs({
  // 0: libFuzzer takes a random seed.
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '0' } },
});
const seconds = Number(values.seconds);
const TARGETS = ['records', 'rings', 'tails', 'numbers'];
const PROGRAM = join(root, 'out/core-fuzz');
const LONG_TARGET = 'dead-rings';

function run(command, args, env = {}) {
  const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: 2 ** 28 };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : (error.code ?? 1), stdout, stderr }),
    );
  });
}

async function build() {
  const options = ['-DDLLOGGER_ADDON=OFF', '-DDLLOGGER_FUZZ=ON', '-DSANITIZE=address,undefined'];
  try {
    await cmake(PROGRAM, 'core_fuzz', ['-DCMAKE_CXX_COMPILER=clang++', ...options]);
    return true;
  } catch (error) {
    console.log(error.message);
    return false;
  }
}

async function fuzzCore(target, limit) {
  const program = join(PROGRAM, 'core_fuzz');
  const corpus = join(root, 'out/fuzz', target);
  mkdirSync(corpus, { recursive: true });
  await run(program, [], { DLLOGGER_FUZZ_TARGET: target, DLLOGGER_FUZZ_SEEDS: corpus });
  const artifacts = `-artifact_prefix=${join(root, 'out/fuzz')}/${target}-`;
  // Entropic scheduling of the inputs takes longer than running them.
  const args = [
    corpus,
    `-max_total_time=${limit}`,
    `-seed=${values.seed}`,
    artifacts,
    '-print_final_stats=1',
    '-entropic=0',
  ];
  const result = await run(program, [...args, '-max_len=4096', '-timeout=20', '-verbosity=1'], {
    DLLOGGER_FUZZ_TARGET: target,
    // Keeping stacks and freed memory for long also takes longer than running the inputs.
    ASAN_OPTIONS: `malloc_context_size=5:quarantine_size_mb=8:${process.env.ASAN_OPTIONS ?? ''}`,
  });
  const inputs = /stat::number_of_executed_units: *(\d+)/.exec(result.stderr)?.[1] ?? '0';
  const coverage = [...result.stderr.matchAll(/ cov: (\d+)/g)].at(-1)?.[1] ?? '?';
  const kept = readdirSync(corpus).length;
  console.log(`${target}: ${inputs} inputs, ${coverage} branches reached, ${kept} kept`);
  if (result.status !== 0) console.log(result.stderr.slice(-6000));
  return result.status === 0;
}

/** Whether this Clang has libFuzzer, which some packages of Clang lack. */
function hasLibFuzzer() {
  const directory = mkdtempSync(join(tmpdir(), 'dllogger-fuzz-'));
  const source = join(directory, 'nothing.cc');
  writeFileSync(
    source,
    'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }\n',
  );
  const found = exists(
    'clang++',
    '-fsanitize=fuzzer,address',
    source,
    '-o',
    join(directory, 'nothing'),
  );
  rmSync(directory, { recursive: true });
  return found;
}

/** Builds the core for fuzzing. Undefined if the core cannot be fuzzed here. */
async function prepareCore() {
  if (exists('cmake', '--version') && hasLibFuzzer()) return build();
  console.log(
    'the C++ core is not fuzzed: that needs CMake and Clang with libFuzzer (on Debian: apt-get ' +
      'install cmake clang libclang-rt-14-dev, or that of its version)',
  );
  return undefined;
}

/** Runs a fuzzer written in TypeScript for at most `limit` seconds, and prints its summary. */
async function fuzzTypeScript(name, limit) {
  const result = await run('node', [`out/test/fuzz/${name}.js`, String(limit)]);
  console.log(result.stdout.trim());
  if (result.status !== 0) console.log(result.stderr.slice(-6000));
  return result.status === 0;
}

async function main() {
  const isReady = await prepareCore();
  const long = isReady ? fuzzCore(LONG_TARGET, seconds) : Promise.resolve(isReady !== false);
  const results = [];
  for (const target of isReady ? TARGETS : []) {
    results.push(await fuzzCore(target, Math.max(1, Math.round(seconds / 8))));
  }
  results.push(await fuzzTypeScript('records', seconds / 4));
  results.push(await fuzzTypeScript('format', seconds / 4));
  results.push(await long);
  return results.every(Boolean);
}

const isGood = await main();
console.log(isGood ? 'passed' : 'FAILED');
process.exitCode = isGood ? 0 : 1;
