/**
 * What users write compiles: the blocks of README and docs/, and the files of test/types. Each line there that must not
 * compile has a @ts-expect-error.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { blocksOf, nameOf, PAGES } from './support/blocks.js';
import { ROOT, run } from './support/run.js';

/** What the compiler says of all these files. They are compiled at once, since most of the time goes to Node's types. */
async function compile(): Promise<string> {
  // Inside the package, so that 'dllogger' resolves to it.
  const place = join(ROOT, 'out', `blocks-${process.pid}`);
  mkdirSync(place, { recursive: true });
  try {
    for (const page of PAGES) {
      for (const [index, block] of blocksOf(page).entries()) {
        writeFileSync(join(place, `${nameOf(page, index)}.ts`), block);
      }
    }
    const config = {
      extends: '../../tsconfig.base.json',
      compilerOptions: { noEmit: true, composite: false, noUnusedParameters: false },
      include: ['.', '../../test/types'],
    };
    writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout, stderr } = await run(process.execPath, [tsc, '-p', place, '--pretty', 'false']);
    assert.equal(stderr, '');
    return stdout;
  } finally {
    rmSync(place, { recursive: true });
  }
}

const stdout = await compile();
const lines = stdout.split('\n').filter((line) => /^\S/.test(line));
const isOfMessages = (line: string) => line.startsWith('test/types/messages/');

const isOfTypes = (line: string) => line.startsWith('test/types/');

test('every block of README and docs/ compiles', () => {
  assert.deepEqual(
    lines.filter((line) => !isOfTypes(line)),
    [],
  );
});

test('data that can be logged compiles, and what cannot does not', () => {
  assert.deepEqual(
    lines.filter((line) => isOfTypes(line) && !isOfMessages(line)),
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
