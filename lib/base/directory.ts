import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it; one that exists stays as it is. Node's own `recursive` tries for ever where a
 * directory takes no others, as /proc does.
 *
 * @throws the system's error.
 */
export function makeDirectory(path: string): void {
  const refusal = refusalOf(path);
  if (refusal === undefined) return;
  if (codeOf(refusal) !== 'ENOENT') throw refusal;
  if (!existsSync(dirname(path))) makeDirectory(dirname(path));
  // Another process may make the same ones: that above may be there only now.
  const again = refusalOf(path);
  if (again !== undefined) throw again;
}

/** Why a directory is not there after it was to be made. */
function refusalOf(path: string): unknown {
  try {
    mkdirSync(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !statSync(path).isDirectory()) return error;
  }
  return undefined;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
