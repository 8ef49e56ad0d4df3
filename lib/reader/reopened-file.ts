import { statSync } from 'node:fs';
import { identityOf, readError, replacedError } from './file-reader.js';
import { RegularFile } from './regular-file.js';

/** A regular file that is open only during reads. */
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
    const file = RegularFile.open(this.#path);
    try {
      if (identityOf(file.status) !== this.#identity) throw replacedError(this.#path);
      const chunk = file.read(this.#memory, this.#offset);
      this.#offset += chunk.length;
      return chunk.length === 0 ? undefined : chunk;
    } finally {
      file.close();
    }
  }
}
