/** Random records, native against TypeScript, for so many seconds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { implementation } from 'dllogger';
import { compareImplementations } from '../support/differential.js';

if (implementation !== 'native') {
  console.log('records: not compared, there is no native implementation');
  process.exit(0);
}
const directory = mkdtempSync(join(tmpdir(), 'dllogger-fuzz-'));
const end = performance.now() + 1000 * Number(process.argv[2] ?? 10);
let records = 0;
do {
  const nonFinite = Math.random() < 0.5 ? 'literal' : 'null';
  records += compareImplementations(join(directory, 'log.json'), nonFinite, { numRuns: 300 });
} while (performance.now() < end);
rmSync(directory, { recursive: true });
console.log(`records: ${records} random ones are equal in both implementations`);
