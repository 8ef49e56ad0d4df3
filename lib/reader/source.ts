/** Where the bytes of a log come from: a file, perhaps a growing one, or a stream. */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  chunkMemory,
  FileReader,
  identityOf,
  notRegular,
  ReadPosition,
  readError,
} from './file-reader.js';

/** A path, `-` for standard input, or a stream of bytes or text. */
export type LogSource = string | AsyncIterable<Uint8Array | string>;

/** Why a followed log begins anew: another file took its name, or it was cut. */
export type Restart = 'rotated' | 'truncated';

export interface SourceOptions {
  readonly follow: boolean;
  readonly signal: AbortSignal | undefined;
  /** Where in a file reading begins, in bytes. */
  readonly start: number;
  /**
   * With `follow`: a file that is not there (yet), or cannot be read, is waited for, and this hears why.
   * Without it, one that cannot be read at first is an error.
   */
  readonly onWait?: ((reason: unknown) => void) | undefined;
  /** Bytes that are read at once of a file that is not followed. */
  readonly chunkSize?: number | undefined;
  /** Whether a file that is not followed is open only while it is read. */
  readonly isReopened?: boolean | undefined;
}

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

async function* fileChunks(path: string, options: SourceOptions): AsyncGenerator<Buffer | Restart> {
  if (options.follow) {
    yield* growingChunks(path, options);
    return;
  }
  const { start, chunkSize, isReopened = false } = options;
  const file = await FileReader.open(path, {
    position: new ReadPosition(start),
    memory: chunkMemory(chunkSize),
    isReopened,
  });
  try {
    while (options.signal?.aborted !== true) {
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
          // What came between the last look and the rotation.
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

/** Opens what has a log's name, now or later, and tells once why it is not read. */
class Waiting {
  readonly #path: string;
  readonly #onWait: SourceOptions['onWait'];
  #told = '';

  constructor(path: string, onWait: SourceOptions['onWait']) {
    this.#path = path;
    this.#onWait = onWait;
  }

  /** @throws DLLoggerError where nobody waits for a file that cannot be read. */
  async forFirst(start: number, signal: AbortSignal | undefined): Promise<FileReader | undefined> {
    const position = new ReadPosition(start);
    const path = this.#path;
    for (let pause = FIRST_PAUSE; signal?.aborted !== true; pause = LAST_PAUSE) {
      try {
        const status = await stat(path).catch((error: unknown) => {
          throw readError(path, error);
        });
        // A FIFO or a device that was named is read as a stream.
        const onlyRegular = status.isFile();
        if (status.isDirectory()) throw notRegular(path, status);
        return await FileReader.open(path, { position, onlyRegular });
      } catch (error) {
        if (this.#onWait === undefined) throw error;
        this.#tell(error);
      }
      await rest(pause, signal);
    }
    return undefined;
  }

  /** Another file that took the name; undefined where there is none that can be read. */
  async forSuccessor({ identity }: FileReader): Promise<FileReader | undefined> {
    try {
      const status = await stat(this.#path);
      if (identityOf(status) === identity) return undefined;
      if (!status.isFile()) throw notRegular(this.#path, status);
      return await FileReader.open(this.#path, { onlyRegular: true });
    } catch (error) {
      // Renamed away, and its successor is not there yet: nothing unusual.
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

/** Waits; the signal ends it early. */
async function rest(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}
