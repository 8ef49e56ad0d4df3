/** Where buffers over memory of one's own are forbidden, as in Electron, everything works but the ring file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { implementation } from 'dllogger';
import { conform } from './conformance/conform.js';
import { packageWith } from './support/addon.js';
import { runScript } from './support/run.js';

const NATIVE = { skip: implementation === 'native' ? false : 'it is about the binary' };

test('without external buffers the logger works on plain memory, and says so', NATIVE, async () => {
  const home = await packageWith('no_external_buffers');
  const script = `
    import { implementation, JSONStreamBackend } from 'dllogger';
    const backend = new JSONStreamBackend(1, 'log.json');
    const { crashSafe, notCrashSafe } = backend.stats();
    console.log(implementation, crashSafe, notCrashSafe);
  `;
  const result = await runScript(script, { cwd: home });
  assert.match(
    result.stdout,
    /^native false this runtime does not allow JavaScript to see mapped memory/,
    result.stderr,
  );
  const outcome = await conform(
    {
      name: 'no external buffers',
      command: [process.execPath],
      lacks: { 'kill and recovery': 'no ring file' },
      implementation: 'native',
    },
    home,
  );
  assert.equal(outcome.failed, 0);
  assert.ok(outcome.passed >= 17);
});
