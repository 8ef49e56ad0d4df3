// Checks the package as it would be published: `npm run test:pack`. Words choose tests by their names;
// --as-is takes what has been built, instead of building it for this system.
import { tests as bundlers } from './pack/bundlers.mjs';
import { tests as checks } from './pack/checks.mjs';
import { tests as managers } from './pack/managers.mjs';
import { tests as runners } from './pack/runners.mjs';
import { build, pack } from './packed.mjs';

const words = process.argv.slice(2).filter((word) => word !== '--as-is');
if (!process.argv.includes('--as-is')) build('linux-x64-glibc');
const tarball = pack();
let passed = 0;
let failed = 0;
for (const test of [...checks, ...runners, ...bundlers, ...managers]) {
  if (!words.every((word) => test.name.includes(word))) continue;
  try {
    await test.run(tarball);
    passed++;
    console.log(`passed: ${test.name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED: ${test.name}\n${error.message}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
