/** Copies of the package whose binary has a Node-API that goes wrong; test/addon says how. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run, temporaryDirectory } from './run.js';

/** A directory from which `dllogger` is such a copy. */
export async function packageWith(binary: 'no_external_buffers' | 'ended_worker'): Promise<string> {
  const args = ['--build', join(ROOT, 'build'), '--config', 'Release'];
  const built = await run('cmake', [...args, '--target', binary]);
  assert.equal(built.code, 0, built.stdout + built.stderr);
  const home = temporaryDirectory();
  const installed = join(home, 'node_modules', 'dllogger');
  for (const part of ['dist', 'package.json']) {
    cpSync(join(ROOT, part), join(installed, part), { recursive: true });
  }
  const binaries = join('build', 'Release');
  mkdirSync(join(installed, binaries), { recursive: true });
  cpSync(join(ROOT, binaries, `${binary}.node`), join(installed, binaries, 'dllogger.node'));
  return home;
}
