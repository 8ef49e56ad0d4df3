/** Reading logs for a command: with progress on standard error where that is a terminal. */
import { open, stat } from 'node:fs/promises';
import {
  type FollowOptions,
  LogScan,
  type RecordReceiver,
  type ScanFrom,
} from '../reader/log-scan.js';
import type { LogSource } from '../reader/source.js';
import type { LogEnd } from '../runs/fate.js';
import { compressionOf, isPlainHead } from '../sink/log-kind.js';
import type { Output } from './output.js';
import { Progress } from './progress.js';

export interface ReadOptions extends FollowOptions, ScanFrom {
  /** Awaited after each chunk, for writing what the sink made of it. `bytes` is how many were read so far. */
  readonly afterChunk?: (bytes: number) => Promise<void>;
  /** Read in place of the path. */
  readonly source?: LogSource | undefined;
}

/**
 * Reads a log into a sink; resolves to what was found on the way.
 *
 * @throws DLLoggerError when it cannot be read, or is no log.
 */
export async function readInto(
  path: string,
  sink: RecordReceiver,
  output: Output,
  { afterChunk, start, onWait, source = path, ...options }: ReadOptions = {},
): Promise<LogScan> {
  const from = { ...(start !== undefined && { start }), onWait, name: path };
  const scan = new LogScan(source, sink, options, from);
  const progress = await Progress.of(path === '-' ? [] : [path], path, output);
  try {
    for await (const _ of scan.steps()) {
      if (afterChunk !== undefined) await afterChunk(scan.bytesRead);
      progress.show(scan.bytesRead);
    }
  } finally {
    progress.end();
  }
  return scan;
}

/** How the last run of a log that was read has ended. */
export async function logEnd(
  path: string,
  { problems, ringRecords }: Pick<LogScan, 'problems' | 'ringRecords'>,
): Promise<Omit<LogEnd, 'isLast'>> {
  const status = path === '-' ? undefined : await stat(path).catch(() => undefined);
  const silence = (Date.now() - (status?.mtimeMs ?? Number.NaN)) / 1000;
  return { silence, ringRecords, isUnfinished: problems.byReason.has('unfinished') };
}

/** Whether a file is compressed. False also for a file that cannot be opened: reading it reports the error. */
export async function isCompressed(path: string): Promise<boolean> {
  return compressionOf(await headOf(path)) !== undefined;
}

/** Whether a log's lines are the file's lines, so that reading may begin at any of them. */
export async function isPlain(path: string): Promise<boolean> {
  return isPlainHead(await headOf(path));
}

/** The first bytes of a file; none where it cannot be read. */
async function headOf(path: string): Promise<Buffer> {
  const handle = await open(path).catch(() => undefined);
  try {
    const { buffer, bytesRead } = (await handle?.read(Buffer.alloc(HEAD))) ?? NOTHING;
    return buffer.subarray(0, bytesRead);
  } catch {
    return NOTHING.buffer;
  } finally {
    await handle?.close();
  }
}

const HEAD = 64;
const NOTHING = { buffer: Buffer.alloc(0), bytesRead: 0 };
