/** Reads the records that runs that died had not yet written, from their rings. The rings are not changed. */
import { open } from 'node:fs/promises';
import { DLLoggerError } from '../base/errors.js';
import type { RingContent } from '../sink/recovery.js';
import { RING_FLAGS, ringsOf } from '../sink/ring-place.js';

/**
 * Offsets in a ring's first page, as native/ring/ lays it out: the producer's position, the writer's position,
 * and, counted from the magic, the id of the process. Used only where no binary is present to read them.
 */
export const RING_HEAD = 0;
export const RING_TAIL = 64;
const MAGIC = 'DLLRING\n';
const PROCESS = 24;
const PAGE = 4096;

/**
 * The message about a ring that only the binary can read; undefined when the log has every record of the ring,
 * or the ring's process still runs.
 */
async function leftText(ring: string): Promise<string | undefined> {
  const page = Buffer.alloc(PAGE);
  try {
    const file = await open(ring, RING_FLAGS);
    try {
      await file.read(page, 0, PAGE, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The run has ended meanwhile, and has removed its ring.
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
 * The records that a log lacks; undefined when no ring beside the log holds any. Only the binary reads them:
 * without it, the result names the rings that hold records.
 *
 * @throws DLLoggerError when `isWanted` and there is no binary.
 */
export async function ringContent(
  path: string,
  isWanted: boolean,
): Promise<RingContent | undefined> {
  const rings = ringsOf(path);
  if (!isWanted && rings.length === 0) return undefined;
  // Imported only now: loading the binary costs time and memory.
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
