/** The logs of a directory that have rings: of killed runs, and of live ones. */
import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readError } from '../reader/file-reader.js';
import { logOfRing, mayHoldRecords, ringsIn, ringsInMemory } from '../sink/ring-place.js';

/** A log, and what lies beside it. */
interface LogWithRings {
  readonly path: string;
  readonly rings: readonly string[];
  /** Whether no file has the log's name any more: it was removed or renamed. */
  readonly isGone: boolean;
}

/**
 * Logs with rings, by path. Links to directories are not followed.
 *
 * @param isRecursive whether the directories below count, too.
 * @param onError Called for each directory that cannot be listed; the others are.
 */
export function logsWithRings(
  directory: string,
  isRecursive: boolean,
  onError: (error: unknown) => void,
): LogWithRings[] {
  const ringsOf = new Map<string, string[]>();
  const directories = [directory];
  const add = (ring: string) => {
    const log = logOfRing(ring);
    if (log === undefined) return;
    const rings = ringsOf.get(log);
    if (rings === undefined) ringsOf.set(log, [ring]);
    else rings.push(ring);
  };
  for (let at = 0; at < directories.length; at++) {
    const parent = directories[at] as string;
    const entries = entriesOf(parent, onError);
    const names = entries.map(({ name }) => name);
    for (const ring of ringsIn(parent, names)) add(ring);
    if (!isRecursive) continue;
    for (const entry of entries) {
      if (entry.isDirectory()) directories.push(join(parent, entry.name));
    }
  }
  for (const ring of ringsInMemory(directory, isRecursive)) add(ring);
  return [...ringsOf]
    .map(([path, rings]) => {
      const isGone = !existsSync(path);
      return { path, rings: isGone ? rings.filter(isWorthTelling) : rings, isGone };
    })
    .filter(({ rings }) => rings.length > 0)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** True also for a ring that may not be looked at: its log is told of then. */
function isWorthTelling(ring: string): boolean {
  try {
    return mayHoldRecords(ring);
  } catch {
    return true;
  }
}

function entriesOf(directory: string, onError: (error: unknown) => void): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    onError(readError(directory, error));
    return [];
  }
}
