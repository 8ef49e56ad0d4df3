/** The short form of `npm run test:crash`: kills at random moments; the log is compared with a witness. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementation, JSONStreamBackend, Logger, Verbosity } from 'dllogger';
import { Ledger } from '../soak/ledger.js';
import { isLong, SHARED, times } from '../support/long.js';
import { ROOT, run, temporaryDirectory } from '../support/run.js';
import { isBeginning, metricsOf } from './record.js';
import { runCrashes } from './run.js';

const UNIX = { skip: process.platform === 'win32' ? 'Windows has no signals' : false };

/** Records of a short test at least, in which few writers live. */
const LEAST = 1000;

test('records whose log() has returned survive kills, once and in order', UNIX, async (context) => {
  const { tally, notes } = await runCrashes({
    // Three are of different kinds; over the native implementation, two more are SIGKILL.
    kills: times(implementation === 'native' ? 5 : 3, 60),
    parallel: 2,
    least: times(LEAST, 0),
    recoveries: times(1, 3),
  });
  for (const note of notes) context.diagnostic(note);
  assert.deepEqual(tally.complaints, []);
  assert.deepEqual([tally.lost, tally.doubled, tally.torn], [0, 0, 0]);
  // A writer ends itself, so the test compares something however early the signals come.
  assert.ok(tally.acknowledged > LEAST, `${tally.acknowledged} records`);
});

const recordLine = (step: readonly number[]) =>
  `DLLL ${JSON.stringify({ step, data: metricsOf(step[0] ?? 0, step[1] ?? 0) })}\n`;

test("only a beginning of the writer's next record counts as unfinished, not as torn", () => {
  const path = join(temporaryDirectory(), 'log.json');
  const large = Array.from({ length: 10_000 }, (_, i) => i).find((i) => 'large' in metricsOf(0, i));
  assert.ok(large !== undefined);
  const backend = new JSONStreamBackend(Verbosity.VERBOSE, path);
  const logger = new Logger([backend]);
  for (const sequence of [large, large + 1]) logger.log([0, sequence], metricsOf(0, sequence));
  backend.close();
  const [line = '', other = ''] = readFileSync(path, 'utf8').split('\n');
  const step = line.indexOf('[');
  for (const size of [1, 6, 21, 30, 60, step, step + 1, step + 30, 4096, line.length - 1]) {
    const beginning = line.slice(0, size);
    assert.ok(isBeginning(beginning, 0, large), beginning.slice(0, 200));
    const strange = [`x${beginning}`, `${beginning}?`, beginning.slice(1)];
    for (const text of strange) assert.ok(!isBeginning(text, 0, large), text.slice(0, 200));
    // Without a ring a kill may leave the beginning of any record.
    const mayBeAny = implementation === 'typescript' && size <= step + 1;
    assert.equal(isBeginning(beginning, 0, large + 1), mayBeAny);
    if (size > step + 30) assert.ok(!isBeginning(beginning, 1, large));
  }
  assert.ok(!isBeginning(other.slice(0, -1), 0, large));
  // The soak test applies the same rule: a beginning of an acknowledged record is torn.
  const logged = Array.from({ length: large }, (_, i) => [0, i]);
  const text = logged.map((step) => recordLine(step)).join('');
  for (const [acknowledged, torn] of [
    [large, 0],
    [large + 1, 1],
  ] as const) {
    const ledger = new Ledger();
    const killed = { writer: 0, acknowledged, begun: large + 2 };
    ledger.add(`${text}${line.slice(0, 4096)}\n`, [killed]);
    assert.deepEqual([ledger.torn.length, ledger.unfinished], [torn, 1 - torn]);
  }
});

test('the programs that are run by hand refuse unknown arguments', SHARED, async () => {
  const cwd = temporaryDirectory();
  const lines: readonly [program: string, args: readonly string[], message: RegExp][] = [
    ['crash/main.js', ['--kills', 'many'], /--kills must be a number above 0, not 'many'/],
    ['crash/child.js', ['--kills', '3'], /a part of npm run test:crash/],
    ['soak/main.js', ['--hours', '3'], /Unknown option '--hours'.*\nusage: \[--minutes 5\]/],
  ];
  /** The same refusals in another program, or of another argument. */
  const others: typeof lines = [
    ['crash/main.js', ['log.json'], /usage: \[--kills 1000\] \[--parallel 2\]/],
    ['crash/main.js', ['--kills'], /--kills.*argument missing/],
    ['crash/recoverer.js', ['--kills'], /a part of npm run test:crash/],
    ['soak/main.js', ['minutes', '3'], /usage: \[--minutes 5\]/],
    ['soak/steady.js', ['--minutes', '3'], /a part of npm run soak/],
  ];
  for (const [program, args, message] of isLong ? [...lines, ...others] : lines) {
    const path = join(ROOT, 'out/test', program);
    const result = await run(process.execPath, [path, ...args], { cwd });
    assert.equal(result.code, 2, result.stderr);
    assert.match(result.stderr, message);
  }
  assert.deepEqual(readdirSync(cwd), []);
});
