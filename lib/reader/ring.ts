/** What runs that died had logged and not yet written: in their rings, which stay as they are. */
import { open } from 'node:fs/promises';
import { DLLoggerError } from '../base/errors.js';
import type { RingContent } from '../sink/recovery.js';
import { ringsOf } from '../sink/ring-place.js';

/**
 * Where a ring says what it holds, in bytes: the positions behind what was logged and what was written, and
 * behind the magic the process. native/ring/ has them; the binary that tells them otherwise is not here.
 */
export const RING_HEAD = 0;
export const RING_TAIL = 64;
const MAGIC = 'DLLRING\n';
const PROCESS = 24;
const PAGE = 4096;

/**
 * What to say of a ring that only the binary reads; undefined where it holds nothing that its log lacks, or
 * its process lives.
 */
async function leftText(ring: string): Promise<string | undefined> {
  const page = Buffer.alloc(PAGE);
  try {
    const file = await open(ring);
    try {
      await file.read(page, 0, PAGE, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The run has ended meanwhile, and its ring with it.
    if (code === 'ENOENT') return undefined;
    return `"${ring}" may hold records of a killed run; it cannot be read: ${message}`;
  }
  const header = page.indexOf(MAGIC);
  if (header < 0 || page.readUInt32LE(RING_HEAD) === page.readUInt32LE(RING_TAIL)) return undefined;
  if (isAlive(Number(page.readBigInt64LE(header + PROCESS)))) return undefined;
  return `records of a killed run lie in "${ring}"; only the native binary, which is not here, reads them`;
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
  const rings = ringsOf(path);
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
  const texts = await Promise.all(rings.map(leftText));
  const left = texts.filter((text) => text !== undefined);
  return { end: 0, lines: Buffer.alloc(0), left };
}
