/** Every snippet of the README compiles, and runs as it says. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ROOT, readRecords, run, temporaryDirectory } from './support/run.js';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const snippets = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? '');

// Inside the package, so that 'dllogger' resolves to it.
const source = join(ROOT, 'out', `readme-${process.pid}`);
mkdirSync(source, { recursive: true });
after(() => rmSync(source, { recursive: true, force: true }));

test('every snippet compiles', async () => {
  assert.equal(snippets.length, 6);
  for (const [index, snippet] of snippets.entries()) {
    writeFileSync(join(source, `${index}.ts`), snippet);
  }
  writeFileSync(
    join(source, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.base.json',
      compilerOptions: { composite: false, noUnusedParameters: false },
      include: ['.'],
    }),
  );
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const result = await run(process.execPath, [tsc, '-p', source]);
  assert.equal(result.stdout, '');
  assert.equal(result.code, 0);
});

async function snippet(index: number): Promise<{ directory: string; stdout: string }> {
  const directory = temporaryDirectory();
  const result = await run(process.execPath, [join(source, `${index}.js`)], { cwd: directory });
  assert.equal(result.stderr, '');
  assert.equal(result.code, 0);
  return { directory, stdout: result.stdout };
}

/** The comment in a snippet that says what it prints. */
function promised(index: number): string {
  return /\/\/ (.*)\n/.exec(snippets[index] ?? '')?.[1] ?? '';
}

test('the quick start prints and writes what the README shows', async () => {
  const { directory, stdout } = await snippet(0);
  const time = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?/g;
  const shown = /^```\n(DLL .*?)^```$/ms.exec(readme)?.[1] ?? '';
  assert.equal(stdout.replace(time, 'T'), shown.replace(time, 'T'));
  assert.equal(readRecords(join(directory, 'log.json')).length, 1 + 1 + 200 + 2 + 1);
  const line = /^```\n(DLLL .*)\n```$/m.exec(readme)?.[1] ?? '';
  const written = readFileSync(join(directory, 'log.json'), 'utf8').split('\n');
  const moments = /(?<=time(stamp)?": ")[^"]*/g;
  const found = written.find((one) => one.includes('"step": [1],')) ?? '';
  assert.equal(found.replace(moments, 'T'), line.replace(moments, 'T'));
});

test('a value that cannot be logged gives the error that the README shows', async () => {
  assert.equal((await snippet(1)).stdout, `${promised(1)}\n`);
});

test('the backend of the README works', async () => {
  assert.equal((await snippet(2)).stdout, `${promised(2)}\n`);
});

test('the two loggers of the README write their files', async () => {
  const { directory } = await snippet(3);
  assert.deepEqual(readRecords(join(directory, 'train.json'))[0]?.data, { loss: 0.5, lr: 0.01 });
  assert.deepEqual(readRecords(join(directory, 'eval.json'))[0]?.data, { top1: 0.9 });
});

test('every path that the README names exists', () => {
  for (const [, path] of readme.matchAll(/\]\((?!http)([^)#]+)\)/g)) {
    assert.doesNotThrow(() => readFileSync(join(ROOT, path ?? '')), path);
  }
});

test('the reader finds what the quick start logged', async () => {
  const { directory } = await snippet(0);
  const result = await run(process.execPath, [join(source, '5.js')], { cwd: directory });
  assert.equal(result.stderr, '');
  assert.equal(result.stdout, `resnet50\n${promised(5)}\n`);
});

test('a process without a launcher is rank 0 and prints, as the README has it', async () => {
  const { directory, stdout } = await snippet(4);
  assert.match(stdout, /^DLL .* - \(0,\) processes : 1 $/m);
  assert.deepEqual(
    readRecords(join(directory, 'log.0.json')).map((record) => record.type),
    ['LOG'],
  );
});
