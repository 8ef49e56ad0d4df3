/** Reads a file, and checks whether the file still holds what was read from it. */
import { constants, readSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { asSystemError, DLLoggerError } from '../base/errors.js';
import { SETTLED_MS } from '../base/settled.js';

export const CHUNK_SIZE = 2 ** 20;
/** Bytes kept from either end of what was read, to recognise the file. More than a timestamp has. */
const SAMPLE_SIZE = 256;

/** How far a file was read, with the first and the latest bytes read, by which the file is recognised. */
export class ReadPosition {
  offset: number;
  readonly #start: number;
  /** Bytes, a character each, or at rest their hash: thousands of logs may be followed. */
  #head: string | number = '';
  #tail: string | number = '';

  /** @param start where reading begins, in bytes. */
  constructor(start = 0) {
    this.#start = start;
    this.offset = start;
  }

  /** Moves behind a chunk that was read at the offset. At rest, `isIn()` comes first. */
  advance(chunk: Buffer): void {
    this.offset += chunk.length;
    const head = String(this.#head);
    const missing = SAMPLE_SIZE - head.length;
    if (missing > 0) this.#head = head + chunk.toString('latin1', 0, missing);
    const latest = chunk.toString('latin1', Math.max(chunk.length - SAMPLE_SIZE, 0));
    this.#tail = (String(this.#tail) + latest).slice(-SAMPLE_SIZE);
  }

  /** Whether a file still holds what was read. False for a file that was written anew, whatever its size. */
  isIn(descriptor: number): boolean {
    const length = Math.min(this.offset - this.#start, SAMPLE_SIZE);
    const head = sample(descriptor, this.#start, length);
    const tail = sample(descriptor, this.offset - length, length);
    if (!isSample(head, this.#head) || !isSample(tail, this.#tail)) return false;
    this.#head = head;
    this.#tail = tail;
    return true;
  }

  /** Keeps only hashes, until `isIn()` finds what they are of. */
  rest(): void {
    if (typeof this.#head === 'string') this.#head = hashOf(this.#head);
    if (typeof this.#tail === 'string') this.#tail = hashOf(this.#tail);
  }
}

function sample(descriptor: number, offset: number, length: number): string {
  if (length === 0) return '';
  const found = Buffer.alloc(length);
  return found.toString('latin1', 0, readSync(descriptor, found, 0, length, offset));
}

function isSample(found: string, expected: string | number): boolean {
  return typeof expected === 'string' ? found === expected : hashOf(found) === expected;
}

/** FNV-1a: no change of a single byte leaves the hash as it is. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Two chunks of memory: one is read into while the other is used. */
export function chunkMemory(size = CHUNK_SIZE): [Buffer, Buffer] {
  return [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
}

interface OpenOptions {
  /** Where reading begins. */
  readonly position?: ReadPosition;
  /** Whether to refuse anything but a regular file. */
  readonly onlyRegular?: boolean;
  /** Whether a FIFO without a writer or without data has no bytes yet: opening and reading it could block for ever. */
  readonly isFollowed?: boolean;
  readonly memory?: [Buffer, Buffer];
}

/** An open file, read one chunk ahead of its user. */
export class FileReader {
  readonly identity: string;
  /** The file's status when it was opened. */
  readonly status: Stats;
  position: ReadPosition;
  /** Whether the last read reached the end of the file. */
  isAtEnd = false;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #isRegular: boolean;
  #memory: [Buffer, Buffer] | undefined;
  #ahead: Promise<number> | undefined;
  /** Where the read ahead began. */
  #offset: number;
  /** The file's time of modification when it was last found to hold what was read. */
  #checkedMtime = Number.NaN;

  private constructor(path: string, handle: FileHandle, status: Stats, options: OpenOptions) {
    const { position = new ReadPosition(), memory } = options;
    this.#path = path;
    this.#handle = handle;
    this.#isRegular = status.isFile();
    this.status = status;
    this.identity = identityOf(status);
    this.position = position;
    this.#offset = position.offset;
    this.#memory = memory;
  }

  /** @throws DLLoggerError when the file cannot be read. */
  static async open(path: string, options: OpenOptions = {}): Promise<FileReader> {
    let handle: FileHandle | undefined;
    try {
      // Windows has neither this flag nor FIFOs in its file systems.
      const flag = options.isFollowed === true ? (constants.O_NONBLOCK ?? 0) : 0;
      handle = await open(path, constants.O_RDONLY | flag);
      const status = await handle.stat();
      if (options.onlyRegular === true && !status.isFile()) throw notRegular(path, status);
      return new FileReader(path, handle, status, options);
    } catch (error) {
      await handle?.close();
      throw readError(path, error);
    }
  }

  /** The next bytes; undefined when there are none (yet). */
  async next(): Promise<Buffer | undefined> {
    const chunk = await this.#take();
    if (chunk !== undefined) this.position.advance(chunk);
    return chunk;
  }

  /** As `next()`, for a growing file; `truncated` when the file no longer holds what was read from it. */
  async nextOrRestart(): Promise<Buffer | 'truncated' | undefined> {
    const chunk = await this.#take();
    if (!(await this.#isSame(chunk !== undefined))) {
      await this.#rewind();
      return 'truncated';
    }
    if (chunk !== undefined) this.position.advance(chunk);
    return chunk;
  }

  /** Lets the next read begin at the start of the file. */
  async #rewind(): Promise<void> {
    await this.#ahead?.catch(() => {});
    this.#ahead = undefined;
    this.position = new ReadPosition();
    this.#offset = 0;
  }

  async close(): Promise<void> {
    await this.#ahead?.catch(() => {});
    await this.#handle.close();
  }

  async #isSame(hasRead: boolean): Promise<boolean> {
    if (!this.#isRegular) return true;
    const { size, mtimeMs } = await this.#handle.stat();
    if (size < this.position.offset) return false;
    // Two changes within a short time may have the same time of modification.
    const mayHaveChanged = mtimeMs !== this.#checkedMtime || Date.now() - mtimeMs < SETTLED_MS;
    if (!hasRead && !mayHaveChanged) return true;
    this.#checkedMtime = mtimeMs;
    try {
      return this.position.isIn(this.#handle.fd);
    } catch (error) {
      throw readError(this.#path, error);
    }
  }

  async #take(): Promise<Buffer | undefined> {
    let size: number;
    try {
      size = await (this.#ahead ?? this.#read());
    } catch (error) {
      throw readError(this.#path, error);
    } finally {
      this.#ahead = undefined;
    }
    if (size === 0) return undefined;
    const [chunk, spare] = this.#chunks;
    this.#memory = [spare, chunk];
    this.isAtEnd = this.#isRegular && size < chunk.length;
    if (size === chunk.length) {
      this.#ahead = this.#read();
      // The next call reports the error.
      this.#ahead.catch(() => {});
    }
    return chunk.subarray(0, size);
  }

  get #chunks(): [Buffer, Buffer] {
    this.#memory ??= chunkMemory();
    return this.#memory;
  }

  async #read(): Promise<number> {
    const position = this.#isRegular ? this.#offset : null;
    const chunk = this.#chunks[0];
    try {
      const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, position);
      this.#offset += bytesRead;
      return bytesRead;
    } catch (error) {
      // A followed FIFO has a writer, but no data yet.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      throw error;
    }
  }
}

export function identityOf({ dev, ino }: { dev: number; ino: number }): string {
  return `${dev}:${ino}`;
}

/**
 * The status of what a path leads to; undefined where there is nothing.
 *
 * @throws DLLoggerError when the path cannot be followed, for instance a loop of links.
 */
export function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw readError(path, error);
  }
}

/** The error for a log's name that leads to something other than a regular file. */
export function notRegular(path: string, status: Stats): DLLoggerError {
  const kind = status.isDirectory()
    ? 'a directory'
    : status.isFIFO()
      ? 'a FIFO'
      : status.isSocket()
        ? 'a socket'
        : 'a device';
  const message = `"${path}" is ${kind}, not a regular file`;
  return new DLLoggerError(status.isDirectory() ? 'EISDIR' : 'ERR_DLLOGGER_NOT_A_LOG', message, {
    path,
  });
}

/** The error for a log that is another file, or shorter, than when its reading began. */
export function replacedError(path: string): DLLoggerError {
  const message = `"${path}" was replaced by another file, or cut, while it was read`;
  return new DLLoggerError('ESTALE', message, { path });
}

/** Turns an error of the system into a message for people; other errors stay as they are. */
export function readError(path: string, error: unknown): unknown {
  return asSystemError('cannot read', path, error);
}
