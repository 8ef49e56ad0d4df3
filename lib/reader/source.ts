/** Where the bytes of a log come from: a file, perhaps a growing one, or a stream. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemError } from '../errors.js';

/** A path, `-` for standard input, or a stream of bytes or text. */
export type LogSource = string | AsyncIterable<Uint8Array | string>;

/** Why a followed log begins anew: another file took its name, or it was cut. */
export type Restart = 'rotated' | 'truncated';

export interface SourceOptions {
  readonly follow: boolean;
  readonly signal: AbortSignal | undefined;
  /** Where in a file reading begins, in bytes. */
  readonly start: number;
}

const CHUNK_SIZE = 2 ** 20;
/** Milliseconds between looks at a followed file: the first while it grows, the last while it rests. */
const FIRST_PAUSE = 100;
const LAST_PAUSE = 400;

/** The path that messages name. */
export function nameOf(source: LogSource): string {
  return typeof source === 'string' ? source : '-';
}

/**
 * The bytes of a source, in chunks that are valid until the next one is asked for.
 *
 * @throws DLLoggerError when it cannot be read.
 */
export function chunksOf(
  source: LogSource,
  options: SourceOptions,
): AsyncIterable<Buffer | Restart> {
  if (source === '-') return streamChunks(process.stdin, options.signal);
  if (typeof source !== 'string') return streamChunks(source, options.signal);
  return fileChunks(source, options);
}

async function* streamChunks(
  stream: AsyncIterable<Uint8Array | string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const iterator = stream[Symbol.asyncIterator]();
  const aborted = whenAborted(signal);
  try {
    for (;;) {
      const result = await Promise.race([iterator.next(), aborted]);
      if (result === undefined || result.done === true) return;
      const chunk = result.value;
      yield typeof chunk === 'string'
        ? Buffer.from(chunk)
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } finally {
    // Not awaited: a stream that gives nothing more need not answer.
    iterator.return?.()?.catch(() => {});
  }
}

function whenAborted(signal: AbortSignal | undefined): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve(undefined);
    signal?.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

async function* fileChunks(
  path: string,
  { follow, signal, start }: SourceOptions,
): AsyncGenerator<Buffer | Restart> {
  let file = await FileReader.open(path, start);
  try {
    let pause = FIRST_PAUSE;
    while (signal?.aborted !== true) {
      const chunk = await file.next();
      if (chunk !== undefined) {
        yield chunk;
        pause = FIRST_PAUSE;
        if (follow && file.isAtEnd) await rest(pause, signal);
        continue;
      }
      if (!follow) return;
      const change = await file.change();
      if (change === 'truncated') {
        file.rewind();
        yield change;
      } else if (change !== undefined) {
        // What came between the last look and the rotation.
        for (let last = await file.next(); last !== undefined; last = await file.next()) yield last;
        await file.close();
        file = change;
        yield 'rotated';
      } else {
        await rest(pause, signal);
        pause = Math.min(pause * 2, LAST_PAUSE);
      }
    }
  } finally {
    await file.close();
  }
}

/** Waits; the signal ends it early. */
async function rest(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

/** Reads a file, one chunk ahead of its user. */
class FileReader {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #isRegular: boolean;
  readonly #identity: string;
  #position = 0;
  /** Whether the last read gave all that there was then. */
  isAtEnd = false;
  #buffer = Buffer.allocUnsafe(CHUNK_SIZE);
  #spare = Buffer.allocUnsafe(CHUNK_SIZE);
  #ahead: Promise<number> | undefined;

  private constructor(path: string, handle: FileHandle, isRegular: boolean, identity: string) {
    this.#path = path;
    this.#handle = handle;
    this.#isRegular = isRegular;
    this.#identity = identity;
  }

  static async open(path: string, start = 0): Promise<FileReader> {
    try {
      const handle = await open(path);
      const status = await handle.stat();
      const reader = new FileReader(path, handle, status.isFile(), identityOf(status));
      reader.#position = start;
      return reader;
    } catch (error) {
      throw readError(path, error);
    }
  }

  /** The next bytes; undefined where there are none (yet). */
  async next(): Promise<Buffer | undefined> {
    let size: number;
    try {
      size = await (this.#ahead ?? this.#read());
    } catch (error) {
      throw readError(this.#path, error);
    } finally {
      this.#ahead = undefined;
    }
    if (size === 0) return undefined;
    const chunk = this.#buffer.subarray(0, size);
    [this.#buffer, this.#spare] = [this.#spare, this.#buffer];
    this.isAtEnd = this.#isRegular && size < CHUNK_SIZE;
    if (size === CHUNK_SIZE) {
      this.#ahead = this.#read();
      // Told by the next call.
      this.#ahead.catch(() => {});
    }
    return chunk;
  }

  async #read(): Promise<number> {
    const position = this.#isRegular ? this.#position : null;
    const { bytesRead } = await this.#handle.read(this.#buffer, 0, CHUNK_SIZE, position);
    this.#position += bytesRead;
    return bytesRead;
  }

  /** Whether the file was cut, or another one has its name, which is opened then. */
  async change(): Promise<'truncated' | FileReader | undefined> {
    if (!this.#isRegular) return undefined;
    const { size } = await this.#handle.stat();
    if (size < this.#position) return 'truncated';
    try {
      if (identityOf(await stat(this.#path)) === this.#identity) return undefined;
      return await FileReader.open(this.#path);
    } catch {
      // Renamed away, and its successor is not there yet.
      return undefined;
    }
  }

  /** Reads from the beginning again. */
  rewind(): void {
    this.#position = 0;
  }

  async close(): Promise<void> {
    await this.#ahead?.catch(() => {});
    await this.#handle.close();
  }
}

function identityOf({ dev, ino }: { dev: number; ino: number }): string {
  return `${dev}:${ino}`;
}

function readError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('errno' in error)) return error;
  const { errno, syscall } = error as NodeJS.ErrnoException;
  const fault = { errno: -(errno ?? 0), syscall: syscall ?? 'read', path };
  return systemError('cannot read', fault);
}
