/** The files of test/types compile; each line there that must not compile has a @ts-expect-error. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, run } from './support/run.js';

const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
/** What the compiler says of all these files, read once for both tests: the errors of messages/ apart from others. */
const { stdout } = await run(process.execPath, [
  tsc,
  '-p',
  join('test', 'types'),
  '--pretty',
  'false',
]);
const lines = stdout.split('\n').filter((line) => /^\S/.test(line));
const isOfMessages = (line: string) => line.startsWith('test/types/messages/');

test('data that can be logged compiles, and what cannot does not', () => {
  assert.deepEqual(
    lines.filter((line) => !isOfMessages(line)),
    [],
  );
});

test('the compiler says in a short line why an object with hundreds of properties cannot be logged', () => {
  const messages = lines.filter(isOfMessages);
  assert.equal(messages.length, 4, stdout);
  const reasons = [
    'a tensor cannot be logged: ask it for its numbers',
    'an object with methods cannot be logged: log its numbers',
  ];
  for (const [index, line] of messages.entries()) {
    const reason = reasons[index < 2 ? 0 : 1] ?? '';
    assert.ok(line.includes(reason), line);
    assert.ok(line.replace(/^.*?: error/, '').length < 200, line);
  }
  assert.doesNotMatch(stdout, /sub26/, 'the properties are not listed');
});
