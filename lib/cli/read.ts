/** Reading logs for a command: with progress on standard error where that is a terminal. */
import { open, stat } from 'node:fs/promises';
import { compressionOf, MAGIC_LENGTH } from '../reader/decompress.js';
import { type FollowOptions, Scan, type ScanFrom, type Sink } from '../reader/scan.js';
import { showStatus } from '../status-line.js';
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
  { afterChunk, start, onWait, ...options }: ReadOptions = {},
): Promise<Pick<Scan, 'problems' | 'ringRecords'>> {
  const scan = new Scan(path, sink, options, { ...(start !== undefined && { start }), onWait });
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

/** False also for what cannot be opened: reading it tells better. */
export async function isCompressed(path: string): Promise<boolean> {
  const handle = await open(path).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC_LENGTH));
    return compressionOf(buffer.subarray(0, bytesRead)) !== undefined;
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}

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
