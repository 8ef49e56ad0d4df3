// Checks in CI what the package costs: the size of the binary, of the tarball and of the dashboard's page, and the
// time of the import. `npm run budget`, after a build. The import's limit is a ratio of processor times, taken side by
// side.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack, unpack } from './packed.mjs';
import { fileOf, MAX_BINARY, MAX_TARBALL, TARGETS } from './targets.mjs';
import { root, run } from './tools.mjs';

/** Limit for the cost of an import, as a multiple of an empty script's. */
const MAX_IMPORT = 2;
const ROUNDS = 15;
/** Bytes of the modules that an import loads: nothing that only the reader needs is among them. */
const MAX_LOADED = 170_000;
/** Bytes of the dashboard's script and style, compressed as a server sends them. */
const MAX_PAGE = 86_000;

const built = join(root, 'build', 'Release', 'dllogger.node');
const tarball = pack(join(root, 'out', 'budget'));
const home = unpack(tarball, join(root, 'out', 'budget', 'home'));
const installed = join(home, 'node_modules', 'dllogger');

function within(context, value, limit, text) {
  context.diagnostic(`${text(value)}, at most ${text(limit)}`);
  assert.ok(value <= limit, `${text(value)} is over ${text(limit)}`);
}

const kilobytes = (bytes) => `${Math.round(bytes / 1000)} kB`;
const ratio = (value) => `${value.toFixed(2)} times an empty script`;

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Processor time of a process that imports a module, in microseconds. */
function cost(module) {
  const script = `import(${JSON.stringify(module)}).then(() => {
    const { user, system } = process.cpuUsage();
    console.log(user + system);
  })`;
  return Number(run(process.execPath, ['-e', script], { cwd: home }));
}

test('the size of the binary', {
  skip: existsSync(built) ? false : 'the binary is not built',
}, (context) => {
  within(context, statSync(built).size, MAX_BINARY[process.platform], kilobytes);
});

test('the size of the package with the binaries of all systems', (context) => {
  // A binary that is not built here counts as large as the largest one that is.
  const zipped = (file) => gzipSync(readFileSync(file), { level: 9 }).length;
  const present = TARGETS.map((target) => join(installed, fileOf(target))).filter(existsSync);
  const sizes = [...present, built].filter(existsSync).map(zipped);
  const missing = TARGETS.length - present.length;
  const whole = statSync(tarball).size + missing * Math.max(0, ...sizes);
  within(context, whole, MAX_TARBALL, kilobytes);
});

test("the size of the dashboard's page", (context) => {
  const files = ['dashboard.js', 'style.css'].map((name) => join(installed, 'dist', 'page', name));
  const size = files.reduce(
    (sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length,
    0,
  );
  within(context, size, MAX_PAGE, kilobytes);
});

test('the size of the modules that an import loads', (context) => {
  const script = `require('dllogger'); console.log(JSON.stringify(Object.keys(require.cache)))`;
  const files = JSON.parse(run(process.execPath, ['-e', script], { cwd: home }));
  const modules = files.filter((file) => file.endsWith('.cjs'));
  assert.ok(modules.length > 1, files.join());
  const size = modules.reduce((sum, file) => sum + statSync(file).size, 0);
  within(context, size, MAX_LOADED, kilobytes);
});

test('the processor time of an import', (context) => {
  const binary = join(installed, 'build', 'Release', 'dllogger.node');
  if (existsSync(built)) cpSync(dirname(built), dirname(binary), { recursive: true });
  const empty = [];
  const ours = [];
  for (let round = 0; round < ROUNDS; round++) {
    empty.push(cost('data:text/javascript,'));
    ours.push(cost('dllogger'));
  }
  within(context, median(ours) / median(empty), MAX_IMPORT, ratio);
});
