/** Where buffers over memory of one's own are forbidden, as in Electron, everything works but the ring file. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { implementation } from 'dllogger';
import { conform } from './conformance/conform.js';
import { ROOT, run, runScript, temporaryDirectory } from './support/run.js';

const NATIVE = { skip: implementation === 'native' ? false : 'it is about the binary' };

/** The package with a binary that Node-API refuses such buffers. */
async function forbidden(): Promise<string> {
  const args = ['--build', join(ROOT, 'build'), '--config', 'Release'];
  const built = await run('cmake', [...args, '--target', 'no_external_buffers']);
  assert.equal(built.code, 0, built.stdout + built.stderr);
  const home = temporaryDirectory();
  const installed = join(home, 'node_modules', 'dllogger');
  for (const part of ['dist', 'package.json']) {
    cpSync(join(ROOT, part), join(installed, part), { recursive: true });
  }
  const binaries = join('build', 'Release');
  mkdirSync(join(installed, binaries), { recursive: true });
  cpSync(
    join(ROOT, binaries, 'no_external_buffers.node'),
    join(installed, binaries, 'dllogger.node'),
  );
  return home;
}

test('without external buffers the logger works on plain memory, and says so', NATIVE, async () => {
  const home = await forbidden();
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
