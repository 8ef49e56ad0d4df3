// Runs every test: the suite, its tests of logging over both implementations, and the C++ core on its own. --long
// raises the repetitions of tests that repeat something, to some minutes. The test files inherit this process's
// flags; test/support/run.ts explains the flag in package.json. Arguments choose test files: `npm test -- floats cli/`
// runs those whose path contains one of the words, without the core.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cmakeBuild, filesOf, root } from './tools.mjs';

const isLong = process.argv.includes('--long');
if (isLong) process.env.DLLOGGER_LONG = '1';
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));

const total = { passed: 0, failed: 0, skipped: 0 };

function add(name, counts) {
  for (const key of Object.keys(total)) total[key] += counts[key];
  const { passed, failed, skipped } = counts;
  console.log(`\n${name}: ${passed} passed, ${failed} failed, ${skipped} skipped\n`);
}

/**
 * Tests that run over each implementation: both have to behave alike, or the TypeScript implementation in a
 * documented way of its own.
 */
const TWICE = [
  ...['logger.test.js', 'backend.test.js'],
  ...['bad-input', 'clock-step', 'floats', 'time', 'values'].map(
    (name) => `record/${name}.test.js`,
  ),
  ...['faults', 'files', 'foreign-writers', 'full-disk', 'ground'].map(inSink),
  ...['limits', 'lost-place', 'many-at-once', 'reentrancy'].map(inSink),
  ...['script-faults', 'sharing', 'sync'].map(inSink),
  'crash/crash.test.js',
  'ends/exit.test.js',
  'both/golden.test.js',
];

function inSink(name) {
  return `sink/${name}.test.js`;
}

/**
 * Files that `npm test` leaves to `npm run test:long`, unless an argument names them: a run of the benchmark, and pages
 * that take a browser for half a minute each. The dashboard, its charts and its table remain, in one browser.
 */
const ONLY_LONG = [
  ...['access', 'answers', 'firefox', 'long-names', 'many-runs', 'odd-runs', 'proxy'].map(inPage),
  ...['runs', 'states', 'touch', 'view', 'ways'].map(inPage),
  'bench/bench.test.js',
];

function inPage(name) {
  return `page/${name}.test.js`;
}

/** Test files that start first, since they take longest: so no core is idle at the end. */
const LONGEST = [
  ...['page/', 'cli/', 'serve/', 'types.test.js', 'package/', 'docs/', 'reader/', 'sink/'],
];

/**
 * Files that need no process of their own. Some files of a room share one, so that Node, the package, the command line
 * and the browser are started once for them. Of the room sink, all but files that count what their process holds or
 * does, and one that waits long.
 */
const TOGETHER =
  /^((both|cli|docs|ecosystem|page|plot|python|reader|record|runs|serve)\/|sink\/(?!(files|idle|limits|stopped)\.)|(?=(fit|forward|merge)\/|(backend|logger|rank|stdout)\.))/;

/** How many files share a process at most. Their tests run one after the other, so the last process must not be long. */
const SHARED = 5;

/** The place of a test file in the order of starts. */
function placeOf(name) {
  const place = LONGEST.findIndex((prefix) => name.startsWith(prefix));
  return place < 0 ? LONGEST.length : place;
}

/** The compiled test files, relative to out/test, without those whose source was moved or deleted. */
function testFiles() {
  return filesOf('out/test', '.test.js')
    .map((file) => relative('out/test', file).replaceAll(sep, '/'))
    .filter((name) => existsSync(join('test', name.replace(/\.js$/, '.ts'))))
    .filter((name) =>
      wanted.length === 0
        ? isLong || !ONLY_LONG.includes(name)
        : wanted.some((word) => name.includes(word)),
    )
    .sort((a, b) => placeOf(a) - placeOf(b));
}

/** Milliseconds after which a process that hangs is ended, and its files fail. */
const LIMIT = 20 * 60_000;

/** Runs test files in a process of their own, and prints its report. Resolves to how many tests passed. */
function testProcess(names, implementation) {
  const files = names.map((name) => join(root, 'out/test', name));
  if (files.length > 1) files.unshift(join(root, 'out/test/support/together.js'));
  const reporter = pathToFileURL(join(root, 'scripts/test-reporter.mjs'));
  const args = [...process.execArgv, `--test-reporter=${reporter}`, ...files];
  const env = { ...process.env, DLLOGGER_NATIVE: implementation === 'native' ? '1' : '0' };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
    // The counts are the last line of standard output, which errors must not come between.
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const [line, report, json] = /^([\s\S]*\n)(\{"passed":.*\})\n$/.exec(output) ?? [
        '',
        output,
        '',
      ];
      const counts = line === '' ? { passed: 0, failed: 0, skipped: 0 } : JSON.parse(json);
      console.log(`${names.join(' ')}, ${implementation}\n${report}${errors}`);
      if (code !== (counts.failed === 0 ? 0 : 1) || line === '') {
        console.log(`the process of these tests ended with ${signal ?? code}\n`);
        counts.failed++;
      }
      resolve(counts);
    });
  });
}

/** The test files of a process each: some of a room of TOGETHER, or a single one. */
function processesOf(names) {
  const processes = [];
  const latest = new Map();
  for (const name of names) {
    const room = TOGETHER.exec(name)?.[0];
    let process = latest.get(room);
    if (room === undefined || process === undefined || process.length === SHARED) {
      process = [];
      processes.push(process);
      latest.set(room, process);
    }
    process.push(name);
  }
  return processes;
}

/** Runs the suite over both implementations. */
async function suites() {
  const totals = new Map();
  const waiting = [];
  for (const implementation of ['native', 'typescript']) {
    const names = testFiles().filter((name) => implementation === 'native' || TWICE.includes(name));
    // Reports a misspelt name, instead of running the whole suite.
    if (names.length === 0)
      console.log(`no test file over the ${implementation} implementation has such a name`);
    else totals.set(implementation, { passed: 0, failed: 0, skipped: 0 });
    for (const process of processesOf(names)) waiting.push({ process, implementation });
  }
  // More than there are cores, since test files also wait.
  const lanes = Array.from({ length: 3 * availableParallelism() }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const counts = await testProcess(next.process, next.implementation);
      const sums = totals.get(next.implementation);
      for (const key of Object.keys(sums)) sums[key] += counts[key];
    }
  });
  await Promise.all(lanes);
  for (const [implementation, counts] of totals) {
    add(`the suite over the ${implementation} implementation`, counts);
  }
}

/** Runs a program whose last line is `N passed, N failed`. */
async function program(name, args) {
  const { code, stdout, stderr } = await new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 28 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
  const match = /^(\d+) passed, (\d+) failed$/m.exec(stdout);
  const counts = { passed: Number(match?.[1] ?? 0), failed: Number(match?.[2] ?? 1), skipped: 0 };
  if (code !== 0 || counts.failed > 0) {
    process.stdout.write(`${stdout}${stderr}`);
    counts.failed = Math.max(counts.failed, 1);
  }
  add(name, counts);
}

// Node reads the certificates of this file at each start, which takes as long as the rest of the start. No test needs
// them: the suite stays on this machine.
delete process.env.NODE_EXTRA_CA_CERTS;
if (wanted.length === 0 && existsSync(join(root, 'build', 'CMakeCache.txt'))) {
  // Before anything else, so that no two builds in this directory meet. Whoever needs a target reports its errors.
  const targets = ['core_test', 'no_external_buffers', ...(isLong ? ['ended_worker'] : [])];
  await cmakeBuild(join(root, 'build'), targets).catch(() => {});
}
const core = wanted.length === 0 ? program('the C++ core', ['scripts/core.mjs']) : undefined;
// Libraries that tests preload, each compiled once for all test files.
process.env.DLLOGGER_LIBRARIES = mkdtempSync(join(tmpdir(), 'dllogger-libraries-'));
try {
  await suites();
} finally {
  rmSync(process.env.DLLOGGER_LIBRARIES, { recursive: true });
}
await core;

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed + total.skipped > 0 ? 0 : 1);
