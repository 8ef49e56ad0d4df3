/** Reading logs for a command: with progress on standard error where that is a terminal. */
import { open, stat } from 'node:fs/promises';
import { showStatus } from '../base/status-line.js';
import { compressionOf } from '../reader/decompress.js';
import { type FollowOptions, Scan, type ScanFrom, type Sink } from '../reader/scan.js';
import type { LogSource } from '../reader/source.js';
import { wrappingOf } from '../reader/wrapping.js';
import type { Output } from './output.js';

/** Logs smaller than this are read before anyone wonders, in bytes. */
const LONG = 16 * 2 ** 20;
/** Nobody needs to see the progress of what is done by then, in milliseconds. */
const PATIENCE = 400;
/** Milliseconds between two changes of the line. */
const INTERVAL = 100;

export interface ReadOptions extends FollowOptions, ScanFrom {
  /** Awaited after each chunk: for writing what the sink made of it. `bytes` are those read so far. */
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
  sink: Sink,
  output: Output,
  { afterChunk, start, onWait, source = path, ...options }: ReadOptions = {},
): Promise<Pick<Scan, 'problems' | 'ringRecords'>> {
  const from = { ...(start !== undefined && { start }), onWait, name: path };
  const scan = new Scan(source, sink, options, from);
  const size = output.showsProgress && path !== '-' ? await sizeOf(path) : 0;
  const progress = new Progress(path, size);
  try {
    for await (const _ of scan.steps()) {
      if (afterChunk !== undefined) await afterChunk(scan.bytesRead);
      if (size > LONG) progress.show(scan.bytesRead);
    }
  } finally {
    progress.end();
  }
  return scan;
}

/** Whether a file is compressed. False also for what cannot be opened: reading it tells better. */
export async function isCompressed(path: string): Promise<boolean> {
  return compressionOf(await headOf(path)) !== undefined;
}

/** Whether a log's lines are its file's: reading may begin anywhere in it. */
export async function isPlain(path: string): Promise<boolean> {
  const head = await headOf(path);
  return compressionOf(head) === undefined && wrappingOf(head, true) === undefined;
}

/** The first bytes; none of what cannot be read. */
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

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    // Opening it will tell better.
    return 0;
  }
}

/** How far reading is, on a line of standard error, for what takes long. */
class Progress {
  readonly #path: string;
  readonly #size: number;
  #next = performance.now() + PATIENCE;
  #isShown = false;

  constructor(path: string, size: number) {
    this.#path = path;
    this.#size = size;
  }

  show(bytes: number): void {
    if (performance.now() < this.#next) return;
    this.#next = performance.now() + INTERVAL;
    this.#isShown = true;
    const percent = Math.min(Math.floor((100 * bytes) / this.#size), 100);
    showStatus(`${String(percent).padStart(3)} % of ${this.#path}`);
  }

  end(): void {
    if (this.#isShown) showStatus('');
  }
}
