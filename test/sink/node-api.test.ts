/** The addon's own surface, below the package's. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementation } from 'dllogger';
import { native } from '#dist/sink/native.js';
import { temporaryDirectory } from '../support/run.js';

const NATIVE = { skip: implementation === 'native' ? false : 'tests the binary' };

test('the object of a closed log reaches no later log', NATIVE, () => {
  const home = temporaryDirectory();
  const open = (name: string) => {
    const log = native?.open(join(home, name), false, false, '', () => {});
    if (log === undefined || 'errno' in log) throw new Error('not opened');
    return log;
  };
  const closed = open('closed.json');
  assert.equal(closed.close(), null);
  const later = open('later.json');
  for (const call of [() => closed.close(), () => closed.flush(false), () => closed.stats()]) {
    assert.throws(call, { message: 'the log is closed' });
  }
  assert.equal(later.stats().records, 0);
  assert.equal(later.close(), null);
});
