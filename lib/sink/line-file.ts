/** The file of a log, as the TypeScript implementation opens it and appends to it. */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { inUseError, isSystemError } from './log-errors.js';
import { fileOf, isOpenHere, noteOpen } from './open-logs.js';
import { repairTail } from './torn-end.js';

const OPEN_FLAGS = constants.O_APPEND | constants.O_CREAT | (constants.O_NOCTTY ?? 0);
const MODE = 0o666;
/** Node refuses to write 2 GiB by one call. */
const MAX_WRITE = 2 ** 30;

/** Its functions throw Node's own errors for failed system calls; a DLLoggerError only for a log in use. */
export class LineFile {
  readonly descriptor: number;
  /** Pipes, terminals and other devices cannot be truncated, and keep their name. */
  readonly isRegular: boolean;
  readonly #path: string;
  readonly #noteEnd: (() => void) | undefined;
  #nameIsSynced = false;
  #isDirty = false;

  /**
   * @param append whether to keep the file's content; an unfinished last line gets a newline.
   * @throws DLLoggerError when a file that is to be emptied is open in this thread.
   */
  constructor(path: string, append: boolean) {
    this.#path = path;
    this.descriptor = open(path);
    try {
      const status = fstatSync(this.descriptor);
      this.isRegular = status.isFile();
      // Throws for a device that cannot be written.
      if (status.isCharacterDevice()) writeSync(this.descriptor, '');
      if (!this.isRegular) return;
      const file = fileOf(fstatSync(this.descriptor, { bigint: true }));
      this.#prepare(append, status.size, file);
      this.#noteEnd = noteOpen(() => file);
    } catch (error) {
      closeSync(this.descriptor);
      throw error;
    }
  }

  #prepare(append: boolean, size: number, file: string): void {
    if (append) {
      repairTail(this.descriptor);
    } else {
      // JavaScript has no file locks, so that writers in other processes are not seen.
      if (isOpenHere(file)) throw inUseError(this.#path, { holder: process.pid, isForeign: false });
      // ext4 begins to write a file that was emptied to the device when the file is closed.
      if (size > 0) ftruncateSync(this.descriptor, 0);
    }
  }

  /** Whether the file has no name any more: lines written to it are lost. */
  isDeleted(): boolean {
    return this.isRegular && fstatSync(this.descriptor).nlink === 0;
  }

  /** Appends bytes; returns how many of them the system took. */
  write(bytes: Uint8Array): number {
    this.#isDirty = true;
    return writeSync(this.descriptor, bytes, 0, Math.min(bytes.length, MAX_WRITE));
  }

  /** Appends a text of ASCII characters; returns how many of them the system took. */
  writeText(text: string): number {
    this.#isDirty = true;
    return writeSync(this.descriptor, text, null, 'latin1');
  }

  /**
   * Removes the bytes that a failed write left at the end of the file. `'other'` when the file ends in other bytes,
   * since another process may have appended; `'kept'` when the bytes cannot be removed.
   */
  cut(bytes: Uint8Array): 'cut' | 'kept' | 'other' {
    if (!this.isRegular) return 'kept';
    try {
      const start = fstatSync(this.descriptor).size - bytes.length;
      const end = Buffer.alloc(bytes.length);
      if (start < 0 || readSync(this.descriptor, end, 0, end.length, start) < end.length) {
        return 'other';
      }
      if (!end.equals(bytes)) return 'other';
      ftruncateSync(this.descriptor, start);
      return 'cut';
    } catch (error) {
      if (isSystemError(error)) return 'kept';
      throw error;
    }
  }

  /** Brings what was written to the device, and the name of a new file. */
  sync(): void {
    // Pipes and terminals have no device to reach.
    if (!this.isRegular) return;
    fsyncSync(this.descriptor);
    this.#isDirty = false;
    if (!this.#nameIsSynced) this.#syncName();
  }

  #syncName(): void {
    let directory: number;
    try {
      // The directory of the file, not of a link that leads to the file.
      directory = openSync(dirname(realpathSync(this.#path)), constants.O_RDONLY);
    } catch {
      // A directory without read permission cannot be synced; the log's bytes are on the device all the same.
      this.#nameIsSynced = true;
      return;
    }
    try {
      fsyncSync(directory);
    } catch (error) {
      // Some file systems answer so, since they have nothing to sync there.
      if (!isSystemError(error) || error.code !== 'EINVAL') throw error;
    } finally {
      closeSync(directory);
    }
    this.#nameIsSynced = true;
  }

  /** Whether something was written that no sync() has brought to the device. */
  get isDirty(): boolean {
    return this.#isDirty;
  }

  /** Whatever the system answers, the file is closed then. */
  close(): void {
    this.#noteEnd?.();
    closeSync(this.descriptor);
  }
}

function open(path: string): number {
  // The end of a file is read. A pipe is not opened for reading: writes to it would not fail when its reader has
  // gone.
  return openFor(isPipe(path) ? constants.O_WRONLY : constants.O_RDWR, path);
}

function isPipe(path: string): boolean {
  try {
    return statSync(path).isFIFO();
  } catch {
    return false;
  }
}

function openFor(access: number, path: string): number {
  try {
    return openSync(path, OPEN_FLAGS | access, MODE);
  } catch (error) {
    const mayOnlyWrite = isSystemError(error) && error.code === 'EACCES';
    if (!mayOnlyWrite || access === constants.O_WRONLY) throw error;
    return openFor(constants.O_WRONLY, path);
  }
}
