import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { DLLoggerError } from '../base/errors.js';
import { identityOf, readError } from './file-reader.js';

/**
 * A regular file that is open only during reads: for more files, read in turns, than a process may have open. Reads are
 * synchronous: four short calls take less time than handing each of them to another thread.
 */
export class ReopenedFile {
  readonly #path: string;
  readonly #identity: string;
  readonly #memory: Buffer;
  #offset: number;

  private constructor(path: string, identity: string, offset: number, chunkSize: number) {
    this.#path = path;
    this.#identity = identity;
    this.#offset = offset;
    this.#memory = Buffer.allocUnsafeSlow(chunkSize);
  }

  /**
   * @param offset where reading begins, in bytes.
   * @returns undefined when the path does not lead to a regular file.
   * @throws DLLoggerError when the file's status cannot be read.
   */
  static of(path: string, offset: number, chunkSize: number): ReopenedFile | undefined {
    try {
      const status = statSync(path);
      return status.isFile()
        ? new ReopenedFile(path, identityOf(status), offset, chunkSize)
        : undefined;
    } catch (error) {
      throw readError(path, error);
    }
  }

  /**
   * The next bytes, valid until the next call; undefined at the end of the file.
   *
   * @throws DLLoggerError when the file cannot be read, or its name now belongs to another file.
   */
  next(): Buffer | undefined {
    try {
      const descriptor = openSync(this.#path, 'r');
      try {
        if (identityOf(fstatSync(descriptor)) !== this.#identity) throw replaced(this.#path);
        const memory = this.#memory;
        const size = readSync(descriptor, memory, 0, memory.length, this.#offset);
        this.#offset += size;
        return size === 0 ? undefined : memory.subarray(0, size);
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      throw readError(this.#path, error);
    }
  }
}

function replaced(path: string): DLLoggerError {
  const message = `"${path}" was replaced by another file while it was read`;
  return new DLLoggerError('ESTALE', message, { path });
}
