/** The quick start in a user's folder, as `npm init -y` makes it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, readRecords, run, temporaryDirectory } from '../support/run.js';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const quickStart =
  [...readme.matchAll(/^```ts\n(.*?)^```$/gms)]
    .map((match) => match[1] ?? '')
    .find((block) => block.includes('DLLogger.init')) ?? '';
/** The README's line for callers of `require`. */
const required = /`(const DLLogger = require\('dllogger'\);.*?)`/.exec(readme)?.[1] ?? '';

const root = temporaryDirectory();

/** A folder with the package, as npm makes it: of CommonJS, unless `type` says otherwise. */
function folder(type: 'commonjs' | 'module'): string {
  const directory = mkdtempSync(join(root, 'first-'));
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'first', type }));
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(ROOT, join(directory, 'node_modules', 'dllogger'), 'junction');
  return directory;
}

async function start(directory: string, name: string, text: string): Promise<void> {
  writeFileSync(join(directory, name), text);
  const { code, stdout, stderr } = await run(process.execPath, [name], { cwd: directory });
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, / - PARAMETER lr : 0\.01 {2}batch : 32 {2}model : resnet50 \n/);
  assert.equal(readRecords(join(directory, 'log.json')).length, 205);
}

test('the quick start runs as train.js once the folder has "type": "module"', () =>
  start(folder('module'), 'train.js', quickStart));

test('the quick start runs by require() in a folder of CommonJS', () => {
  const [imports = ''] = /^(import .*\n)+/.exec(quickStart) ?? [];
  assert.notEqual(imports, '');
  assert.notEqual(required, '');
  return start(folder('commonjs'), 'train.js', quickStart.replace(imports, `${required}\n`));
});

test('the quick start runs as train.mjs in a folder of CommonJS; a second start empties the log; append keeps it, unique takes a free name', async () => {
  const directory = folder('commonjs');
  await start(directory, 'train.mjs', quickStart);
  await start(directory, 'train.mjs', quickStart);
  const unique = quickStart.replace("'log.json')", "'log.json', { unique: true })");
  await start(directory, 'train.mjs', unique);
  assert.equal(readRecords(join(directory, 'log.json.1')).length, 205);
  const append = quickStart.replace("'log.json')", "'log.json.1', { append: true })");
  await start(directory, 'train.mjs', append);
  assert.equal(readRecords(join(directory, 'log.json.1')).length, 410);
});
