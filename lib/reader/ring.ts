/** What runs that died had logged and not yet written: in their rings, which stay as they are. */
import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DLLoggerError } from '../base/errors.js';
import type { RingContent } from '../sink/recovery.js';

const RING = /^\.(.+)\.[0-9a-f]{16}\.ring$/s;

/** The log that a ring file belongs to; undefined where the path is not that of a ring. */
export function logOfRing(path: string): string | undefined {
  const name = RING.exec(basename(path))?.[1];
  return name === undefined ? undefined : join(dirname(path), name);
}

/** Whether there are rings beside a log, of live runs or dead ones. */
async function hasRing(path: string): Promise<boolean> {
  try {
    const log = await realpath(path);
    const names = await readdir(dirname(log));
    return names.some((name) => RING.exec(name)?.[1] === basename(log));
  } catch {
    // A directory that cannot be listed has no rings that can be read.
    return false;
  }
}

/**
 * The records that a log lacks; undefined where nothing beside it holds any, or no binary can read it.
 *
 * @throws DLLoggerError when `isWanted` and there is no binary.
 */
export async function ringContent(
  path: string,
  isWanted: boolean,
): Promise<RingContent | undefined> {
  if (!isWanted && !(await hasRing(path))) return undefined;
  // Only here: to load the binary costs time and memory.
  const { readMissing } = await import('../sink/recovery.js');
  const missing = readMissing(path);
  if (missing === undefined && isWanted) {
    const message =
      'the ring file of a run that died is read by the native binary, which is not here';
    throw new DLLoggerError('ERR_DLLOGGER_NO_BINARY', message, { path });
  }
  return missing;
}
