/** The files of test/types compile; each line there that must not compile has a @ts-expect-error. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, run } from './support/run.js';

const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const types = join(ROOT, 'test', 'types');

test('data that can be logged compiles, and what cannot does not', async () => {
  const { code, stdout } = await run(process.execPath, [tsc, '-p', types]);
  assert.equal(stdout, '');
  assert.equal(code, 0);
});

test('the compiler says in a short line why an object with hundreds of properties cannot be logged', async () => {
  const { stdout } = await run(process.execPath, [tsc, '-p', join(types, 'messages')]);
  const lines = stdout.split('\n').filter((line) => /^\S/.test(line));
  assert.equal(lines.length, 4, stdout);
  const reasons = [
    'a tensor cannot be logged: ask it for its numbers',
    'an object with methods cannot be logged: log its numbers',
  ];
  for (const [index, line] of lines.entries()) {
    const reason = reasons[index < 2 ? 0 : 1] ?? '';
    assert.ok(line.includes(reason), line);
    assert.ok(line.replace(/^.*?: error/, '').length < 200, line);
  }
  assert.doesNotMatch(stdout, /sub26/, 'the properties are not listed');
});
