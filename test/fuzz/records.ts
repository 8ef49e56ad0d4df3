/** Compares the lines of random records, native and TypeScript, for a number of seconds. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { implementation, JSONStreamBackend, Timestamp } from 'dllogger';
import { TypeScriptSink } from '#dist/sink/typescript.js';
import { compareImplementations } from '../support/differential.js';

if (implementation !== 'native') {
  console.log('records: not compared, there is no native implementation');
  process.exit(0);
}
/** Strings near the longest that JavaScript has, which as lines are longer. */
function compareHugeStrings(path: string): void {
  for (const text of ['é'.repeat(68e6), 'x'.repeat(2 ** 29 - 24)]) {
    const native = new JSONStreamBackend(0, path);
    native.log(new Timestamp(0), 0, [], { text });
    native.close();
    const options = { path: `${path}.expected`, append: false, crashSafe: true } as const;
    const script = new TypeScriptSink({ ...options, nonFinite: 'literal' });
    script.log([], { text }, 0, 0);
    script.close();
    if (!readFileSync(path).equals(readFileSync(options.path))) {
      throw new Error(`${text.length} times ${JSON.stringify(text[0])} differ`);
    }
  }
}

const directory = mkdtempSync(join(tmpdir(), 'dllogger-fuzz-'));
const end = performance.now() + 1000 * Number(process.argv[2] ?? 10);
let records = 0;
compareHugeStrings(join(directory, 'huge.json'));
do {
  const nonFinite = Math.random() < 0.5 ? 'literal' : 'null';
  records += compareImplementations(join(directory, 'log.json'), nonFinite, { numRuns: 300 });
} while (performance.now() < end);
rmSync(directory, { recursive: true });
console.log(`records: ${records} random ones are equal in both implementations`);
