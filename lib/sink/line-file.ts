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

/** What is thrown by a call of the system is Node's own error, but for a log that is in use. */
export class LineFile {
  readonly descriptor: number;
  /** Pipes, terminals and other devices give nothing back, and have no name to lose. */
  readonly isRegular: boolean;
  readonly #path: string;
  readonly #noteEnd: (() => void) | undefined;
  #nameIsSynced = false;
  #isDirty = false;

  /**
   * @param append whether what is in the file stays, ended by a whole line.
   * @throws DLLoggerError when a file that is to be emptied is open in this thread.
   */
  constructor(path: string, append: boolean) {
    this.#path = path;
    this.descriptor = open(path);
    try {
      const status = fstatSync(this.descriptor);
      this.isRegular = status.isFile();
      // Tells of a device that takes nothing.
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
      // JavaScript has no locks to ask other processes.
      if (isOpenHere(file)) throw inUseError(this.#path, { holder: process.pid, isForeign: false });
      // An emptied file ext4 begins to write to the device when it is closed.
      if (size > 0) ftruncateSync(this.descriptor, 0);
    }
  }

  /** Whether the file has no name any more: what is written to it then is lost. */
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
   * Removes from the end of the file the bytes that a failed write left there. `'other'` when the file
   * ends in others, since another process may have appended; `'kept'` when they cannot be removed.
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

  /** Brings what was written to the device, and the name of a new file too. */
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
      // That of the file, not of a link that leads to it.
      directory = openSync(dirname(realpathSync(this.#path)), constants.O_RDONLY);
    } catch {
      // A directory that may not be read cannot be synced; the log's bytes are safe all the same.
      this.#nameIsSynced = true;
      return;
    }
    try {
      fsyncSync(directory);
    } catch (error) {
      // As some file systems say, which have nothing to sync there.
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

  close(): void {
    closeSync(this.descriptor);
    this.#noteEnd?.();
  }
}

function open(path: string): number {
  // Reading is for the end of the file. A pipe opened for reading too would never tell that its
  // reader has gone.
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
