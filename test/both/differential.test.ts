/** Native and TypeScript, which share no formatting, write the same bytes for the same records. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementation } from 'dllogger';
import { compareImplementations } from '../support/differential.js';
import { times } from '../support/long.js';
import { temporaryDirectory } from '../support/run.js';

const directory = temporaryDirectory();
const NATIVE_ONLY = {
  skip:
    implementation === 'native'
      ? false
      : 'compares the native implementation with the TypeScript implementation',
};

for (const nonFinite of ['literal', 'null'] as const) {
  test(`random records are equal, byte for byte (nonFinite: ${nonFinite})`, NATIVE_ONLY, () => {
    const path = join(directory, `${nonFinite}.json`);
    assert.ok(compareImplementations(path, nonFinite, { numRuns: times(400, 1500) }) > 1000);
  });
}
