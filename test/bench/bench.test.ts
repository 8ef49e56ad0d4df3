/** `dllogger bench`: what it measures and prints. The figures depend on the machine and are not tested. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { against, findDriver } from '#dist/bench/drivers.js';
import { calls } from '#dist/bench/overview.js';
import { runAll } from '#dist/bench/run.js';
import { isLong } from '../support/long.js';
import { ROOT, run, temporaryDirectory } from '../support/run.js';

const CLI = join(ROOT, 'dist/cli/bin.js');
const OURS = process.env.DLLOGGER_NATIVE === '0' ? 'dllogger (TypeScript)' : 'dllogger';

const ONLY_TYPESCRIPT =
  'dllogger: there is no native binary: only the TypeScript implementation runs\n';

interface Answer {
  readonly machine: { readonly node: string };
  readonly sections: readonly {
    readonly name: string;
    readonly results: readonly {
      readonly driver: string;
      readonly row?: string;
      readonly error?: string;
      readonly figures: Readonly<Record<string, { readonly median: number }>>;
    }[];
  }[];
}

function bench(directory: string, ...args: string[]) {
  return run(process.execPath, [CLI, 'bench', '--seconds', '0', ...args], {
    cwd: directory,
    env: { TMPDIR: directory },
  });
}

test('measures this package, plain Node and the user’s loggers, by call, end to end and at exit; what opens no logger is an error that says what to export', async () => {
  const directory = temporaryDirectory();
  writeFileSync(
    join(directory, 'forgetful.mjs'),
    `import { appendFileSync } from 'node:fs';
     export default (path) => {
       let lines = '';
       return {
         log(step, data) { lines += JSON.stringify({ step, data }) + '\\n'; },
         flush() { appendFileSync(path, lines); lines = ''; },
         close() { this.flush(); },
       };
     };`,
  );
  writeFileSync(join(directory, 'none.mjs'), 'export const x = 1;');
  const args = ['--json', '--against', 'forgetful.mjs', '--against', 'none.mjs'];
  const { stdout, stderr, code } = await bench(directory, ...args);
  const notice = OURS === 'dllogger' ? '' : ONLY_TYPESCRIPT;
  assert.equal(stderr.slice(0, notice.length), notice);
  assert.match(
    stderr.slice(notice.length),
    /^dllogger: none\.mjs: round 1 failed: .*none\.mjs has no default export that is a function: it should be export.*\n$/,
  );
  assert.equal(code, 1);
  const answer: Answer = JSON.parse(stdout);
  assert.equal(answer.machine.node, process.version);
  const figure = (section: string, driver: string, name: string, row?: string) =>
    answer.sections
      .find((one) => one.name === section)
      ?.results.find((one) => one.driver.endsWith(driver) && one.row === row)?.figures[name]
      ?.median;
  for (const driver of [OURS, 'JSON.stringify + fs.writeSync', 'forgetful.mjs']) {
    for (const name of ['log', 'written', 'p50', 'p99', 'p99.99']) {
      assert.ok((figure('log', driver, name) ?? 0) > 0, `${driver}: ${name}`);
    }
    for (const name of ['wall', 'cpu', 'bytes']) {
      assert.ok((figure('end', driver, name) ?? 0) > 0, `${driver}: ${name}`);
    }
    assert.equal(figure('end', driver, 'lost'), 0);
  }
  // Records that the user's logger keeps in memory are lost at exit, and counted.
  for (const end of ['process.exit()', 'kill -9']) {
    assert.equal(figure('exit', 'forgetful.mjs', 'lost', end), 10_000);
    assert.equal(figure('exit', OURS, 'lost', end), 0);
  }
  const results = answer.sections.flatMap((section) => section.results);
  for (const { driver, error } of results) {
    assert.equal(error !== undefined, driver.endsWith('none.mjs'), `${driver}: ${error}`);
  }
  assert.deepEqual(readdirSync(directory).toSorted(), ['forgetful.mjs', 'none.mjs']);
});

test('a table has a row for each logger, also for one that failed', async () => {
  const path = join(temporaryDirectory(), 'none.mjs');
  writeFileSync(path, 'export const x = 1;');
  const section = calls(1);
  const drivers = [findDriver('record alone'), against(path, 'none.mjs')];
  const results = await runAll({ trials: section.trials(drivers), rounds: 2, roots: [] });
  const [, measured = [], failed = []] = section.rows(results);
  assert.match(measured.join(' '), /^record alone [\d,]+ ± \d+ % [\d,.]+ /);
  assert.deepEqual(failed, ['none.mjs', ...Array(7).fill('failed')]);
});

test('the tables are printed, and the error of a module that opens no logger', {
  skip: isLong ? false : 'npm run test:long prints what the test above measures',
}, async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'none.mjs'), 'export const x = 1;');
  const { stdout, stderr, code } = await bench(directory, '--against', 'none.mjs');
  assert.equal(code, 1);
  assert.match(stderr, /none\.mjs has no default export that is a function: it should be export/);
  assert.match(stdout, new RegExp(`^ +${OURS.replace(/[()]/g, '\\$&')} +[\\d,]+ `, 'm'));
  assert.match(stdout, /^ +none\.mjs +failed/m);
});

test('a module that does not exist is named', async () => {
  const { stderr, code } = await bench(temporaryDirectory(), '--against', 'missing.js');
  assert.equal(code, 2);
  assert.match(stderr, /--against missing\.js: there is no such file/);
});
