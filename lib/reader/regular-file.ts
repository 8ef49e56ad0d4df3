import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { notRegular, type ReadPosition, readError } from './file-reader.js';

/**
 * Whether a log can be read only once: standard input, a FIFO, a device. False also for a path that cannot be looked at:
 * reading the log reports the error.
 */
export function isStream(path: string): boolean {
  if (path === '-') return true;
  try {
    return isReadOnce(statSync(path));
  } catch {
    return false;
  }
}

/** Whether what a path leads to can be read only once: a FIFO, a device. */
export function isReadOnce(status: Stats): boolean {
  return !status.isFile() && !status.isDirectory();
}

/**
 * A regular file that is open for a few synchronous reads, for more files, read in turns, than a process may have open:
 * these short calls take less time than handing each of them to another thread.
 */
export class RegularFile {
  /** The file's status when it was opened. */
  readonly status: Stats;
  readonly #path: string;
  readonly #descriptor: number;

  private constructor(path: string, descriptor: number, status: Stats) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.status = status;
  }

  /** @throws DLLoggerError when the path does not lead to a regular file that can be read. */
  static open(path: string): RegularFile {
    let descriptor: number | undefined;
    try {
      // Opening a FIFO would block until a process writes to it. Windows has neither this flag nor FIFOs.
      descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const status = fstatSync(descriptor);
      if (!status.isFile()) throw notRegular(path, status);
      return new RegularFile(path, descriptor, status);
    } catch (error) {
      if (descriptor !== undefined) closeSync(descriptor);
      throw readError(path, error);
    }
  }

  /**
   * Reads into memory from an offset on. Returns what was read, which is empty at the end of the file.
   *
   * @throws DLLoggerError when the file cannot be read.
   */
  read(memory: Buffer, offset: number): Buffer {
    try {
      return memory.subarray(0, readSync(this.#descriptor, memory, 0, memory.length, offset));
    } catch (error) {
      throw readError(this.#path, error);
    }
  }

  /**
   * Whether the file holds what was read up to a position.
   *
   * @throws DLLoggerError when the file cannot be read.
   */
  holds(position: ReadPosition): boolean {
    try {
      return position.isIn(this.#descriptor);
    } catch (error) {
      throw readError(this.#path, error);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
