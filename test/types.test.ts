/** What compiles, and what does not: test/types, where each line that must not has its @ts-expect-error. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, run } from './support/run.js';

test('data that can be logged compiles, and what cannot does not', async () => {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, stdout } = await run(process.execPath, [tsc, '-p', join(ROOT, 'test', 'types')]);
  assert.equal(stdout, '');
  assert.equal(code, 0);
});
