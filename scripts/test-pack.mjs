// Checks the package as it would be published: `npm run test:pack`. Arguments choose tests by words of their names.
// --as-is uses the existing build, instead of building for this system.
import { test } from 'node:test';
import { tests as bundlers } from './pack/bundlers.mjs';
import { tests as checks } from './pack/checks.mjs';
import { tests as crash } from './pack/crash.mjs';
import { tests as managers } from './pack/managers.mjs';
import { tests as next } from './pack/next.mjs';
import { tests as runners } from './pack/runners.mjs';
import { build, pack } from './packed.mjs';

const words = process.argv.slice(2).filter((word) => word !== '--as-is');
if (!process.argv.includes('--as-is')) build('linux-x64-glibc');
const tarball = pack();
for (const { name, run } of [...checks, ...runners, ...bundlers, ...next, ...managers, ...crash]) {
  if (words.every((word) => name.includes(word))) test(name, () => run(tarball));
}
