// Runs every test: the suite, its tests of logging over both implementations, and the C++ core on its own. --long
// raises the repetitions of tests that repeat something, to some minutes. The test files inherit this process's
// flags; test/support/run.ts explains the flag in package.json. Arguments choose test files: `npm test -- floats cli/`
// runs those whose path contains one of the words, without the core.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, sep } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { filesOf, root } from './tools.mjs';

if (process.argv.includes('--long')) process.env.DLLOGGER_LONG = '1';
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
  ...['evaluated-twice', 'faults', 'files', 'foreign-writers', 'full-disk', 'ground'].map(inSink),
  ...['large-records', 'limits', 'lost-place', 'many-at-once', 'reentrancy'].map(inSink),
  ...['script-faults', 'sharing', 'sync'].map(inSink),
  'package/loader.test.js',
  'crash/crash.test.js',
  'ends/exit.test.js',
  'both/golden.test.js',
];

function inSink(name) {
  return `sink/${name}.test.js`;
}

/** Test files that start first, since they take longest: so no core is idle at the end. */
const LONGEST = ['types.test.js', 'package/', 'page/', 'cli/'];

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
    .filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
    .sort((a, b) => placeOf(a) - placeOf(b));
}

/**
 * Starts the browser that the tests of the dashboard share, if one is installed: a start for each test file takes
 * seconds.
 */
async function startBrowser() {
  if (!testFiles().some((name) => name.startsWith('page/'))) return undefined;
  const { launchShared, noBrowser } = await import('../out/test/support/chromium.js');
  if (noBrowser) return undefined;
  const browser = await launchShared();
  process.env.DLLOGGER_BROWSER = browser.wsEndpoint();
  return browser;
}

async function suite(implementation) {
  process.env.DLLOGGER_NATIVE = implementation === 'native' ? '1' : '0';
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const files = testFiles()
    .filter((name) => implementation === 'native' || TWICE.includes(name))
    .map((name) => join(root, 'out/test', name));
  if (files.length === 0) {
    // Reports a misspelt name, instead of running the whole suite.
    console.log(`no test file over the ${implementation} implementation has such a name`);
    return;
  }
  // One more than there are cores, since test files also wait. A file that hangs fails after the timeout.
  const events = run({ files, concurrency: availableParallelism() + 1, timeout: 20 * 60_000 });
  events.on('test:pass', (event) => {
    // Files and groups are not counted, only the tests in them, unless the whole file or group was skipped.
    if (event.skip !== undefined) counts.skipped++;
    else if (event.details?.type !== 'suite' && !files.includes(event.name)) counts.passed++;
  });
  events.on('test:fail', () => counts.failed++);
  await new Promise((resolve, reject) => {
    events.on('end', resolve).on('error', reject);
    events.compose(new spec()).pipe(process.stdout, { end: false });
  });
  add(`the suite over the ${implementation} implementation`, counts);
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

const core = wanted.length === 0 ? program('the C++ core', ['scripts/core.mjs']) : undefined;
const browser = await startBrowser();
await suite('native');
await browser?.close();
await suite('typescript');
await core;

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed + total.skipped > 0 ? 0 : 1);
