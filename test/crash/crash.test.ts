/** The short form of `npm run test:crash`: kills at random moments; the log is compared with a witness. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, run, temporaryDirectory } from '../support/run.js';
import { runCrashes } from './run.js';

const UNIX = { skip: process.platform === 'win32' ? 'there are no signals to die of' : false };

test('what log() has returned for survives kills, once and in order', UNIX, async (context) => {
  const { tally, notes } = await runCrashes({ kills: 20, parallel: 2 });
  for (const note of notes) context.diagnostic(note);
  assert.deepEqual(tally.complaints, []);
  assert.deepEqual([tally.lost, tally.doubled, tally.torn], [0, 0, 0]);
  assert.ok(tally.acknowledged > 1000, `${tally.acknowledged} records`);
});

test('the programs that do this by hand refuse words that they do not know', async () => {
  const cwd = temporaryDirectory();
  const lines: readonly [program: string, args: readonly string[], message: RegExp][] = [
    ['crash/main.js', ['log.json'], /usage: \[--kills 1000\] \[--parallel 2\]/],
    ['crash/main.js', ['--kills'], /--kills.*argument missing/],
    ['crash/main.js', ['--kills', 'many'], /--kills is a number above 0, not 'many'/],
    ['crash/child.js', ['--kills', '3'], /a part of npm run test:crash/],
    ['crash/recoverer.js', ['--kills'], /a part of npm run test:crash/],
    ['soak/main.js', ['minutes', '3'], /usage: \[--minutes 5\]/],
    ['soak/main.js', ['--hours', '3'], /Unknown option '--hours'/],
    ['soak/steady.js', ['--minutes', '3'], /a part of npm run soak/],
  ];
  for (const [program, args, message] of lines) {
    const path = join(ROOT, 'out/test', program);
    const result = await run(process.execPath, [path, ...args], { cwd });
    assert.equal(result.code, 2, result.stderr);
    assert.match(result.stderr, message);
  }
  assert.deepEqual(readdirSync(cwd), []);
});
