// What the package may cost, checked in CI: the binary, the tarball, the import. `npm run budget`, after a
// build. Sizes are bytes; the import is a ratio of processor times, taken side by side.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fileOf, TARGETS } from './targets.mjs';
import { npm, root, run } from './tools.mjs';

const BINARY = 600_000;
const TARBALL = 2_500_000;
const IMPORT = 2;
const ROUNDS = 15;

let failed = 0;

function check(name, value, limit, text) {
  const isGood = value <= limit;
  if (!isGood) failed++;
  console.log(`${isGood ? 'passed' : 'FAILED'}: ${name} ${text(value)}, at most ${text(limit)}`);
}

const kilobytes = (bytes) => `${Math.round(bytes / 1000)} kB`;

function packedSize() {
  const packed = npm(['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root });
  const [{ size, files }] = Object.values(JSON.parse(packed));
  return { size, has: (file) => files.some(({ path }) => path === file.replaceAll('\\', '/')) };
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Processor time of a process that imports a module, in microseconds. */
function cost(module) {
  const script = `import(${JSON.stringify(module)}).then(() => {
    const { user, system } = process.cpuUsage();
    console.log(user + system);
  })`;
  return Number(run(process.execPath, ['-e', script], { cwd: root }));
}

const built = join(root, 'build', 'Release', 'dllogger.node');
if (existsSync(built)) check('the binary', statSync(built).size, BINARY, kilobytes);

// Binaries that are not built here count with the size of the largest that is.
const { size, has } = packedSize();
const present = TARGETS.filter((target) => has(fileOf(target)));
const zipped = (file) => gzipSync(readFileSync(file), { level: 9 }).length;
const largest = Math.max(
  ...present.map((target) => zipped(join(root, fileOf(target)))),
  ...(existsSync(built) ? [zipped(built)] : []),
);
const whole = size + (TARGETS.length - present.length) * largest;
check(`the package with ${TARGETS.length} binaries`, whole, TARBALL, kilobytes);

const empty = [];
const ours = [];
for (let round = 0; round < ROUNDS; round++) {
  empty.push(cost('data:text/javascript,'));
  ours.push(cost('dllogger'));
}
const ratio = median(ours) / median(empty);
check('importing it', ratio, IMPORT, (value) => `${value.toFixed(2)} times an empty script`);

console.log(`${3 - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
