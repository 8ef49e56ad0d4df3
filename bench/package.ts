/** The package as it is published, its modules joined, beside the binary that was built here. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PACKAGE = join(ROOT, 'out/bench/package');

/** URL of what its users import. */
export const ENTRY = pathToFileURL(join(PACKAGE, 'dist/index.js')).href;

export const BINARY = join(PACKAGE, 'build/Release/dllogger.node');

/** Makes it, and has the drivers of this process and its children take it for ours. */
export function makePackage(): void {
  rmSync(PACKAGE, { recursive: true, force: true });
  for (const part of ['package.json', 'dist', 'build/Release']) {
    const source = join(ROOT, part);
    if (existsSync(source)) cpSync(source, join(PACKAGE, part), { recursive: true });
  }
  execFileSync(process.execPath, [join(ROOT, 'scripts/bundle.mjs'), PACKAGE]);
  process.env.DLLOGGER_BENCH_ENTRY = ENTRY;
}
