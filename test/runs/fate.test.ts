import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fateOf } from '#dist/runs/fate.js';

const QUIET = { silence: 7200, ringRecords: 0, isUnfinished: false, isLast: true };

describe('the fate of a run', () => {
  test('follows from its results, its ring, its last line, and the silence of its log', () => {
    const open = { endsInResults: false, longestPause: 0 };
    const ended = { ...open, endsInResults: true };
    const slow = { ...open, longestPause: 600 };
    const resumed = { ...open, longestPause: 100_000 };
    assert.equal(fateOf(open, QUIET), 'stale');
    assert.equal(fateOf(ended, QUIET), 'finished');
    assert.equal(fateOf(ended, { ...QUIET, silence: 1 }), 'finished');
    assert.equal(fateOf(open, { ...QUIET, silence: 59 }), 'running');
    assert.equal(fateOf(open, { ...QUIET, silence: 61 }), 'stale');
    assert.equal(fateOf(slow, { ...QUIET, silence: 1100 }), 'running');
    assert.equal(fateOf(slow, { ...QUIET, silence: 1300 }), 'stale');
    assert.equal(fateOf(resumed, { ...QUIET, silence: 3700 }), 'stale');
    assert.equal(fateOf(open, { ...QUIET, silence: 1, isLast: false }), 'stale');
    assert.equal(fateOf(open, { ...QUIET, ringRecords: 3 }), 'killed');
    assert.equal(fateOf(ended, { ...QUIET, ringRecords: 3 }), 'killed');
    assert.equal(fateOf(open, { ...QUIET, ringRecords: 3, isLast: false }), 'stale');
    assert.equal(fateOf(open, { ...QUIET, isUnfinished: true }), 'killed');
    assert.equal(fateOf(open, { ...QUIET, isUnfinished: true, silence: 1 }), 'running');
    assert.equal(fateOf(open, { ...QUIET, isUnfinished: true, silence: Number.NaN }), 'killed');
  });
});
