/** README and the pages of docs/: every block of code runs, every path, command and figure is real. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { transformSync } from 'esbuild';
import { COMMANDS } from '#dist/cli/commands.js';
import { type Results, withFigures } from '../../bench/readme.js';
import { blocksOf, nameOf, PAGES, README, read } from '../support/blocks.js';
import { ROOT, readRecords, run, temporaryDirectory } from '../support/run.js';

const readme = read(README);

// Inside the package, so that 'dllogger' resolves to it.
const place = join(ROOT, 'out', `docs-${process.pid}`);
mkdirSync(place, { recursive: true });
after(() => rmSync(place, { recursive: true, force: true }));

/** A block as JavaScript. types.test.ts checks its types. */
const withoutTypes = (block: string) =>
  transformSync(block, {
    ...{ loader: 'ts', format: 'esm', target: 'es2022' },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  }).code;

/** Blocks that ran. */
const ran = new Set<string>();

/** Runs the block of a page that contains a text, after the quick start if it reads the quick start's log. */
async function runBlock(page: string, text: string, directory = temporaryDirectory()) {
  const blocks = blocksOf(page);
  const index = blocks.findIndex((block) => block.includes(text));
  assert.notEqual(index, -1, `${page} has no block with ${text}`);
  const script = join(place, `${nameOf(page, index)}.js`);
  writeFileSync(script, withoutTypes(blocks[index] ?? ''));
  ran.add(nameOf(page, index));
  const result = await run(process.execPath, [script], { cwd: directory });
  assert.equal(result.stderr, '');
  assert.equal(result.code, 0);
  // A comment in the block holds the expected output.
  const promised = /\/\/ (.*)\n/.exec(blocks[index] ?? '')?.[1] ?? '';
  return { directory, stdout: result.stdout, promised };
}

const quickStart = runBlock(README, 'epoch * 100 + iteration');

describe('the README', () => {
  test('the quick start prints and writes what is shown', async () => {
    const { directory, stdout } = await quickStart;
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

  test('a value that cannot be logged gives the error that is shown', async () => {
    // Beside the quick start's log, as a reader who runs one block after the other has it: the reader's block follows.
    const { directory } = await quickStart;
    const { stdout, promised } = await runBlock(README, 'Promise.resolve', directory);
    assert.equal(stdout, `${promised}\n`);
  });

  test('the two loggers write their files', async () => {
    const { directory } = await quickStart;
    await runBlock(README, 'eval.json', directory);
    assert.deepEqual(readRecords(join(directory, 'train.json'))[0]?.data, { loss: 0.5, lr: 0.01 });
    assert.deepEqual(readRecords(join(directory, 'eval.json'))[0]?.data, { top1: 0.9 });
  });

  test('a process without a launcher is rank 0 and prints', async () => {
    const { directory } = await quickStart;
    const { stdout } = await runBlock(README, 'rank()', directory);
    assert.match(stdout, /^DLL .* - \(0,\) processes : 1 $/m);
    const records = readRecords(join(directory, 'log.0.json'));
    assert.deepEqual(
      records.map(({ type }) => type),
      ['LOG'],
    );
  });

  test('the reader finds what the quick start logged', async () => {
    const { directory } = await quickStart;
    const { stdout, promised } = await runBlock(README, 'loadRun', directory);
    assert.equal(stdout, `resnet50\n${promised}\n`);
  });

  test('has at most 250 lines', () => {
    assert.ok(readme.split('\n').length <= 251, 'more than 250 lines');
  });

  test('its figures are those of bench/results.json', () => {
    assert.equal(readme, withFigures(readme, JSON.parse(read('bench/results.json')) as Results));
  });
});

test('a custom backend works as docs/BACKENDS.md shows', async () => {
  const { stdout, promised } = await runBlock('docs/BACKENDS.md', 'extends Backend');
  assert.equal(stdout, `${promised}\n`);
});

test('formatters print what docs/BACKENDS.md shows', async () => {
  const { stdout } = await runBlock('docs/BACKENDS.md', 'stepFormatter(');
  const shown = /log\(\[1, 5\].*\/\/ (.*)\n/.exec(read('docs/BACKENDS.md'))?.[1];
  assert.equal(stdout, `${shown}\n`);
});

test("the block of docs/FROM-PYTHON.md with Python's names prints and logs as Python does", async () => {
  const { directory, stdout } = await runBlock('docs/FROM-PYTHON.md', 'stepFormat');
  assert.match(stdout, /^DLL .* - step 0,5 loss : 130\.000 nat$/m);
  assert.match(readFileSync(join(directory, 'log.json'), 'utf8'), /"data": {"loss": 130\.0}}\n$/);
});

test('the rank of docs/SCALE.md makes the folder of its log', async () => {
  const { directory } = await runBlock('docs/SCALE.md', 'mkdir: true');
  assert.equal(readRecords(join(directory, 'logs', 'log.0.json')).length, 1);
});

test('forward() prints what docs/ECOSYSTEM.md shows', async () => {
  const { stdout, promised } = await runBlock('docs/ECOSYSTEM.md', 'forward(');
  assert.equal(stdout, `${promised}\n`);
});

test('the replacement of JSON.stringify in docs/COMING-FROM.md logs its records', async () => {
  const { directory } = await runBlock('docs/COMING-FROM.md', 'JSON.stringify');
  assert.equal(readRecords(join(directory, 'log.json')).length, 3);
  const command = /`(sed .*? \| jq .*?)`/.exec(read('docs/COMING-FROM.md'))?.[1] ?? '';
  const asked = await run('sh', ['-c', `command -v jq >/dev/null || exit 77; ${command}`], {
    cwd: directory,
  });
  if (asked.code !== 77)
    assert.deepEqual(asked.stdout.split('\n').map(Number), [1, 1 / 2, 1 / 3, 0]);
});

test('what replaces pino and winston in docs/COMING-FROM.md', async () => {
  const { directory } = await runBlock('docs/COMING-FROM.md', 'pino.destination');
  const records = readRecords(join(directory, 'log.1.json'));
  assert.deepEqual(
    records.map(({ step }) => step),
    ['PARAMETER', 0, 1, 2, 'ERROR'],
  );
  assert.match(String(records.at(-1)?.data?.message), /JSON/);
  assert.equal(readFileSync(join(directory, 'log.json'), 'utf8'), '');
});

test('every block ran', () => {
  for (const page of PAGES) {
    for (const [index, block] of blocksOf(page).entries()) {
      // recipes.test.ts runs the blocks that need a log of their own.
      if (!block.includes('recover(path)')) assert.ok(ran.has(nameOf(page, index)), block);
    }
  }
});

test('every path that a page names exists, and every heading', () => {
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
  for (const page of PAGES) {
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      assert.ok(existsSync(join(ROOT, file)), `${page}: ${target}`);
      if (anchor === undefined) continue;
      const headings = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        slug(heading),
      );
      assert.ok(headings.includes(anchor), `${page}: ${target}`);
    }
  }
});

test('every command that a page names exists, and CONTRIBUTING names every script', () => {
  const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: object };
  const contributing = read('CONTRIBUTING.md');
  for (const name of Object.keys(scripts)) {
    // Parts of `build`, what npm calls by itself, and `npm test`.
    if (/^(build:\w+|prepack|test)$/.test(name)) continue;
    assert.match(contributing, new RegExp(`npm run ${name}[\\s\`]`), name);
  }
  for (const page of PAGES) {
    const text = read(page);
    for (const [, name = ''] of text.matchAll(/npx dllogger ([a-z]+)/g)) {
      assert.ok(COMMANDS.has(name), `${page}: npx dllogger ${name}`);
    }
    for (const [, name = ''] of text.matchAll(/npm run ([a-z:]+)/g)) {
      assert.ok(Object.hasOwn(scripts, name), `${page}: npm run ${name}`);
    }
  }
});
