/** The short form of `npm run test:crash`: kills at random moments, held against a witness. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCrashes } from './crash/run.js';

const UNIX = { skip: process.platform === 'win32' ? 'there are no signals to die of' : false };

test('what log() has returned for survives kills, once and in order', UNIX, async (context) => {
  const { tally, notes } = await runCrashes({ kills: 20, parallel: 2 });
  for (const note of notes) context.diagnostic(note);
  assert.deepEqual(tally.complaints, []);
  assert.deepEqual([tally.lost, tally.doubled, tally.torn], [0, 0, 0]);
  assert.ok(tally.acknowledged > 1000, `${tally.acknowledged} records`);
});
