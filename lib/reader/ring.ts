/** What runs that died had logged and not yet written: in their rings, which stay as they are. */
import { open, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DLLoggerError } from '../base/errors.js';
import type { RingContent } from '../sink/recovery.js';

const RING = /^\.(.+)\.[0-9a-f]{16}\.ring$/s;

/** The log that a ring file belongs to; undefined where the path is not that of a ring. */
export function logOfRing(path: string): string | undefined {
  const name = RING.exec(basename(path))?.[1];
  return name === undefined ? undefined : join(dirname(path), name);
}

/** The rings beside a log, of live runs or dead ones. */
async function ringsBeside(path: string): Promise<string[]> {
  try {
    const log = await realpath(path);
    const names = await readdir(dirname(log));
    const own = names.filter((name) => RING.exec(name)?.[1] === basename(log));
    return own.map((name) => join(dirname(log), name));
  } catch {
    // A directory that cannot be listed has no rings that can be read.
    return [];
  }
}

/**
 * Where a ring says what it holds, in bytes: the positions behind what was logged and what was written, and
 * behind the magic the process. native/ring/ has them; the binary that tells them otherwise is not here.
 */
export const RING_HEAD = 0;
export const RING_TAIL = 64;
const MAGIC = 'DLLRING\n';
const PROCESS = 24;
const PAGE = 4096;

/** Whether a ring holds records that its log lacks, and its process has ended, as far as one can tell. */
async function isLeft(ring: string): Promise<boolean> {
  const page = Buffer.alloc(PAGE);
  try {
    const file = await open(ring);
    try {
      await file.read(page, 0, PAGE, 0);
    } finally {
      await file.close();
    }
  } catch {
    // What cannot be read may hold records, too; unless it has gone meanwhile, with the end of its run.
    return (await ringsBeside(logOfRing(ring) ?? '')).includes(ring);
  }
  const header = page.indexOf(MAGIC);
  if (header < 0 || page.readUInt32LE(RING_HEAD) === page.readUInt32LE(RING_TAIL)) return false;
  return !isAlive(Number(page.readBigInt64LE(header + PROCESS)));
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * The records that a log lacks; undefined where nothing beside it holds any. Without a binary, which alone
 * reads them, the rings that hold some are named.
 *
 * @throws DLLoggerError when `isWanted` and there is no binary.
 */
export async function ringContent(
  path: string,
  isWanted: boolean,
): Promise<RingContent | undefined> {
  const rings = await ringsBeside(path);
  if (!isWanted && rings.length === 0) return undefined;
  // Only here: to load the binary costs time and memory.
  const { readMissing } = await import('../sink/recovery.js');
  const missing = readMissing(path);
  if (missing !== undefined) return missing;
  if (isWanted) {
    const message =
      'the ring file of a run that died is read by the native binary, which is not here';
    throw new DLLoggerError('ERR_DLLOGGER_NO_BINARY', message, { path });
  }
  const left: string[] = [];
  for (const ring of rings) {
    if (await isLeft(ring)) {
      left.push(
        `records of a killed run lie in "${ring}"; only the native binary, which is not here, reads them`,
      );
    }
  }
  return { end: 0, lines: Buffer.alloc(0), left };
}
