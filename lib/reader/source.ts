/** Reads the bytes of a log from a file, which may grow, or from a stream. */
import { fstatSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CHUNK_SIZE,
  chunkMemory,
  FileReader,
  identityOf,
  notRegular,
  ReadPosition,
  readError,
} from './file-reader.js';
import { ReopenedFile } from './reopened-file.js';

/** A path, `-` for standard input, or a stream of bytes or text. */
export type LogSource = string | AsyncIterable<Uint8Array | string>;

/** Why a followed log begins again: another file took its name, or the file was cut. */
export type Restart = 'rotated' | 'truncated';

export interface SourceOptions {
  readonly follow: boolean;
  readonly signal: AbortSignal | undefined;
  /** Offset in the file where reading begins, in bytes. */
  readonly start: number;
  /**
   * With `follow`: waits for a file that is missing or cannot be read, and calls this with the reason.
   * Without `onWait`, a file that cannot be read at first is an error.
   */
  readonly onWait?: ((reason: unknown) => void) | undefined;
  /** Bytes of each read of a file that is not followed. */
  readonly chunkSize?: number | undefined;
  /** Whether a file that is not followed is open only during reads. */
  readonly isReopened?: boolean | undefined;
}

/** Milliseconds between reads of a followed file: the first while the file grows, the last while it does not. */
const FIRST_PAUSE = 100;
const LAST_PAUSE = 400;

/** The path that messages name. */
export function nameOf(source: LogSource): string {
  return typeof source === 'string' ? source : '-';
}

/**
 * The bytes of a source, in chunks. A chunk is valid until the next one is requested.
 *
 * @throws DLLoggerError when the source cannot be read.
 */
export function chunksOf(
  source: LogSource,
  options: SourceOptions,
): AsyncIterable<Buffer | Restart> {
  if (source === '-') return standardInput(options.signal);
  if (typeof source !== 'string') return streamChunks(source, options.signal);
  return fileChunks(source, options);
}

/** The descriptor of standard input. Undefined where a stream without a descriptor took the place of `process.stdin`. */
export function inputDescriptor(): number | undefined {
  return (process.stdin as { readonly fd?: number }).fd;
}

async function* standardInput(signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  try {
    const descriptor = inputDescriptor();
    // Node takes a directory for an empty input.
    if (descriptor !== undefined && fstatSync(descriptor).isDirectory()) {
      readSync(descriptor, Buffer.alloc(1));
    }
    yield* streamChunks(process.stdin, signal);
  } catch (error) {
    throw readError('-', error);
  }
}

async function* streamChunks(
  stream: AsyncIterable<Uint8Array | string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const iterator = stream[Symbol.asyncIterator]();
  try {
    while (signal?.aborted !== true) {
      const result = await nextOrAborted(iterator, signal);
      if (result === undefined || result.done === true) return;
      const chunk = result.value;
      yield typeof chunk === 'string'
        ? Buffer.from(chunk)
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } finally {
    // Not awaited: a stream without further data need not settle this promise.
    iterator.return?.()?.catch(() => {});
  }
}

/**
 * The next result; undefined when the signal is aborted first. Not by `Promise.race()` with one promise of the signal:
 * that promise would hold all results until the end.
 */
function nextOrAborted<T>(
  iterator: AsyncIterator<T>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<T> | undefined> {
  if (signal === undefined) return iterator.next();
  return new Promise((resolve, reject) => {
    const abort = () => resolve(undefined);
    signal.addEventListener('abort', abort, { once: true });
    iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

async function* fileChunks(path: string, options: SourceOptions): AsyncGenerator<Buffer | Restart> {
  if (options.follow) {
    yield* growingChunks(path, options);
    return;
  }
  const { signal, start, chunkSize = CHUNK_SIZE } = options;
  const reopened = options.isReopened === true && ReopenedFile.of(path, start, chunkSize);
  if (reopened instanceof ReopenedFile) {
    while (signal?.aborted !== true) {
      const chunk = reopened.next();
      if (chunk === undefined) return;
      yield chunk;
    }
    return;
  }
  const memory = chunkMemory(chunkSize);
  const file = await FileReader.open(path, { position: new ReadPosition(start), memory });
  try {
    while (signal?.aborted !== true) {
      const chunk = await file.next();
      if (chunk === undefined) return;
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

async function* growingChunks(
  path: string,
  { signal, start, onWait }: SourceOptions,
): AsyncGenerator<Buffer | Restart> {
  const waiting = new Waiting(path, onWait);
  let file = await waiting.forFirst(start, signal);
  try {
    let pause = FIRST_PAUSE;
    while (file !== undefined && signal?.aborted !== true) {
      const chunk = await file.nextOrRestart();
      if (chunk !== undefined) {
        yield chunk;
        pause = FIRST_PAUSE;
        if (file.isAtEnd) await rest(pause, signal);
        continue;
      }
      const successor = file.status.isFile() ? await waiting.forSuccessor(file) : undefined;
      if (successor !== undefined) {
        const before: FileReader = file;
        file = successor;
        try {
          // Lines that were written between the last read and the rotation.
          for (let last = await before.next(); last !== undefined; last = await before.next()) {
            yield last;
          }
        } finally {
          await before.close();
        }
        yield 'rotated';
      } else {
        await rest(pause, signal);
        pause = Math.min(pause * 2, LAST_PAUSE);
      }
    }
  } finally {
    await file?.close();
  }
}

/** Opens the file at a log's name, now or later. Reports each reason why it cannot be read once. */
class Waiting {
  readonly #path: string;
  readonly #onWait: SourceOptions['onWait'];
  #told = '';

  constructor(path: string, onWait: SourceOptions['onWait']) {
    this.#path = path;
    this.#onWait = onWait;
  }

  /** @throws DLLoggerError when the file cannot be read and there is no `onWait`. */
  async forFirst(start: number, signal: AbortSignal | undefined): Promise<FileReader | undefined> {
    const position = new ReadPosition(start);
    const path = this.#path;
    for (let pause = FIRST_PAUSE; signal?.aborted !== true; pause = LAST_PAUSE) {
      try {
        const status = await stat(path).catch((error: unknown) => {
          throw readError(path, error);
        });
        // A FIFO or a device that the user named is read as a stream.
        const onlyRegular = status.isFile();
        if (status.isDirectory()) throw notRegular(path, status);
        return await FileReader.open(path, { position, onlyRegular, isFollowed: true });
      } catch (error) {
        if (this.#onWait === undefined) throw error;
        this.#tell(error);
      }
      await rest(pause, signal);
    }
    return undefined;
  }

  /** The other file that took the name; undefined when there is none that can be read. */
  async forSuccessor({ identity }: FileReader): Promise<FileReader | undefined> {
    try {
      const status = await stat(this.#path);
      if (identityOf(status) === identity) return undefined;
      if (!status.isFile()) throw notRegular(this.#path, status);
      return await FileReader.open(this.#path, { onlyRegular: true, isFollowed: true });
    } catch (error) {
      // Between renaming a log and creating the next one there is no file: not worth a message.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#tell(error);
      return undefined;
    }
  }

  #tell(reason: unknown): void {
    const text = String(reason);
    if (text !== this.#told) this.#onWait?.(reason);
    this.#told = text;
  }
}

/** Waits; the signal ends the wait early. */
async function rest(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}
