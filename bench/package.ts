/** The package as published, with its modules joined, and the binary that was built here. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PACKAGE = join(ROOT, 'out/bench/package');

/** URL of the module that users import. */
export const ENTRY = pathToFileURL(join(PACKAGE, 'dist/index.js')).href;

export const BINARY = join(PACKAGE, 'build/Release/dllogger.node');

/** Makes the package, and lets the drivers of this process and of its children measure it. */
export function makePackage(): void {
  rmSync(PACKAGE, { recursive: true, force: true });
  for (const part of ['package.json', 'dist', 'build/Release']) {
    const source = join(ROOT, part);
    if (existsSync(source)) cpSync(source, join(PACKAGE, part), { recursive: true });
  }
  execFileSync(process.execPath, [join(ROOT, 'scripts/bundle.mjs'), PACKAGE]);
  process.env.DLLOGGER_BENCH_ENTRY = ENTRY;
}
