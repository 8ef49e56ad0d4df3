import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory and the directories above it; an existing directory stays as it is. Node's own `recursive` option
 * tries for ever below a directory that takes no others, such as /proc.
 *
 * @throws the system's error.
 */
export function makeDirectory(path: string): void {
  const refusal = refusalOf(path);
  if (refusal === undefined) return;
  if (codeOf(refusal) !== 'ENOENT') throw refusal;
  if (!existsSync(dirname(path))) makeDirectory(dirname(path));
  // Another process may make the same directories, so that the parent exists only now.
  const again = refusalOf(path);
  if (again !== undefined) throw again;
}

/** Why a directory could not be made. */
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
