/** Reading a log more than once, also one that can be read only once: standard input, a pipe, a device. */
import { type FileHandle, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asSystemError } from '../base/errors.js';
import { identityOf, replacedError } from '../reader/file-reader.js';
import type { LogScan, RecordReceiver } from '../reader/log-scan.js';
import { isStream } from '../reader/regular-file.js';
import { chunksOf, type Restart } from '../reader/source.js';
import { shortNames } from '../runs/names.js';
import type { Output } from './output.js';
import { type ReadOptions, readInto } from './read.js';
import { removeAtEnd } from './temporary.js';

/** A sink that may learn late, from later records, which records count. */
interface Settling<S> extends RecordReceiver {
  /** Whether the sink's content is final. */
  readonly isSettled: boolean;
  /** A sink for reading the log anew, which knows what this sink has found out. */
  again(): S;
}

/** Limit on the readings of a log that grows meanwhile. */
const MOST_READINGS = 4;

/**
 * Reads a log into a sink, and once more where it shows at the end what later sessions replaced.
 *
 * @throws DLLoggerError when it cannot be read, or is no log.
 */
export async function readSettled<S extends Settling<S>>(
  path: string,
  first: S,
  output: Output,
): Promise<Pick<LogScan, 'problems' | 'ringRecords'> & { readonly sink: S }> {
  const log = new RereadLog(path);
  try {
    let sink = first;
    for (let readings = 1; ; readings++) {
      const { problems, ringRecords } = await log.read(sink, output);
      if (sink.isSettled || readings === MOST_READINGS) return { sink, problems, ringRecords };
      sink = sink.again();
    }
  } finally {
    await log.close();
  }
}

/**
 * Reads logs one after the other. Errors of single logs go to standard error, and the command answers for the rest.
 *
 * @param read Reads a log, which is given with its short name. Resolves to the number of its problems.
 * @param isEnough Whether there is an answer in what was read.
 * @returns the number of problems of each path.
 * @throws the error of the last log that cannot be read, where there is no answer.
 */
export async function readEach(
  paths: readonly string[],
  read: (path: string, name: string) => Promise<number>,
  isEnough: () => boolean,
  output: Output,
): Promise<ReadonlyMap<string, number>> {
  const problems = new Map<string, number>();
  const errors: unknown[] = [];
  const names = shortNames(paths);
  for (const [i, path] of paths.entries()) {
    try {
      problems.set(path, await read(path, names[i] ?? path));
    } catch (error) {
      errors.push(error);
    }
  }
  const last = isEnough() ? undefined : errors.pop();
  for (const error of errors) output.fail(error);
  if (last !== undefined) throw last;
  return problems;
}

/** A log that is read several times. Where it can be read only once, its first reading keeps it in a file of its own. */
export class RereadLog {
  readonly path: string;
  /** The file that was read first, and how many bytes of it the longest reading has met. */
  #identity: string | undefined;
  #length = 0;
  #directory: string | undefined;
  #keep: () => void = () => {};
  #kept: string | undefined;

  constructor(path: string) {
    this.path = path;
  }

  async read(
    sink: RecordReceiver,
    output: Output,
    options: ReadOptions = {},
  ): Promise<Pick<LogScan, 'problems' | 'ringRecords'>> {
    if (this.#kept !== undefined) {
      return readInto(this.path, sink, output, { ...options, source: this.#kept });
    }
    if (!isStream(this.path)) return this.#readFile(sink, output, options);
    const file = await this.#keepCopy().catch(failCopy);
    try {
      const chunks = chunksOf(this.path, { follow: false, signal: undefined, start: 0 });
      return await readInto(this.path, sink, output, { ...options, source: copied(chunks, file) });
    } finally {
      await file.close();
    }
  }

  async #keepCopy(): Promise<FileHandle> {
    this.#directory = await mkdtemp(join(tmpdir(), 'dllogger-'));
    this.#keep = removeAtEnd(this.#directory);
    this.#kept = join(this.#directory, 'log');
    return open(this.#kept, 'w');
  }

  /** @throws DLLoggerError also when the file no longer is what an earlier reading was of. */
  async #readFile(sink: RecordReceiver, output: Output, options: ReadOptions): Promise<LogScan> {
    const status = await stat(this.path).catch(() => undefined);
    const identity = status && identityOf(status);
    if (this.#identity !== undefined && identity !== undefined && identity !== this.#identity) {
      throw replacedError(this.path);
    }
    this.#identity = identity;
    const scan = await readInto(this.path, sink, output, options);
    if (scan.bytesRead < this.#length) throw replacedError(this.path);
    this.#length = scan.bytesRead;
    return scan;
  }

  async close(): Promise<void> {
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
    this.#keep();
  }
}

async function* copied(
  chunks: AsyncIterable<Buffer | Restart>,
  file: FileHandle,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    if (typeof chunk === 'string') continue;
    await file.writeFile(chunk).catch(failCopy);
    yield chunk;
  }
}

/** Errors of a directory, or of the disk below it. */
const OF_PLACE = new Set('ENOSPC EDQUOT EFBIG EACCES EROFS ENOENT ENOTDIR'.split(' '));

function failCopy(error: unknown): never {
  const advice =
    'standard input, a pipe or a device is kept there, and TMPDIR may name another directory';
  const isOfPlace = OF_PLACE.has(String((error as NodeJS.ErrnoException).code));
  throw asSystemError('cannot write in', tmpdir(), error, isOfPlace ? advice : undefined);
}
