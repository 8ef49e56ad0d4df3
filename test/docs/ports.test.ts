/**
 * examples/ports: programs in TypeScript print and write what the Python programs beside them do.
 * test/golden/record_ports.py recorded those.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, test } from 'node:test';
import { isLong } from '../support/long.js';
import { ROOT, run, temporaryDirectory } from '../support/run.js';

/** Runs of a program in one directory, one after another, and the files that they leave. */
interface Recorded {
  readonly program: string;
  readonly runs: readonly {
    readonly options: readonly string[];
    readonly code: number;
    readonly stdout: string;
  }[];
  readonly files: Readonly<Record<string, string>>;
}

const golden = join(ROOT, 'test', 'golden', 'ports.json');
const recorded = JSON.parse(readFileSync(golden, 'utf8')) as Recorded[];

function withoutTimes(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?([+-]\d\d:\d\d)?/g, 'TIME')
    .replace(/("(?:timestamp|elapsedtime)": ")[^"]*/g, '$1TIME');
}

/** The files below a directory by their paths, with `/`. */
function filesIn(directory: string): Record<string, string> {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .sort();
  return Object.fromEntries(
    paths.map((path) => [
      relative(directory, path).replaceAll(sep, '/'),
      withoutTimes(readFileSync(path, 'utf8')),
    ]),
  );
}

test('every program of examples/ports is there in both languages and is recorded', () => {
  const programs = recorded.map(({ program }) => program);
  const expected = programs.flatMap((program) => [`${program}.py`, `${program}.ts`]).sort();
  assert.deepEqual(readdirSync(join(ROOT, 'examples', 'ports')).sort(), expected);
});

// What both implementations write is compared in tests of its own.
for (const native of isLong ? ['1', '0'] : ['1']) {
  describe(`with DLLOGGER_NATIVE=${native}`, () => {
    for (const { program, runs, files } of recorded) {
      test(`${program}.ts prints and writes what ${program}.py does`, async () => {
        const directory = temporaryDirectory();
        const script = join(ROOT, 'out', 'examples', 'ports', `${program}.js`);
        for (const { options, code, stdout } of runs) {
          const result = await run(process.execPath, [script, directory, ...options], {
            env: { DLLOGGER_NATIVE: native },
          });
          assert.equal(result.stderr, '');
          assert.equal(withoutTimes(result.stdout), stdout);
          assert.equal(result.code, code);
        }
        assert.deepEqual(filesIn(directory), files);
      });
    }
  });
}
