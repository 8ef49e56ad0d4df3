/**
 * The sink without a binary: formats each line from the JavaScript values and writes it before
 * `log()` returns. No ring, no timer, no exit hook: nothing can be lost at any exit.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ELAPSED, stamp, times, WALL } from '../clock.js';
import { type DLLoggerError, systemError } from '../errors.js';
import { logLine, metadataLine } from '../python/json.js';
import { closedError, inUseError, openError } from './log-errors.js';
import type { LineSink, LineSinkOptions } from './sink.js';
import { repairTail } from './tail.js';

const OPEN_FLAGS = constants.O_APPEND | constants.O_CREAT | (constants.O_NOCTTY ?? 0);
const MODE = 0o666;
/** What is kept while the disk takes nothing; as much as the native ring. */
const MAX_PENDING = 2 ** 20;
/** Pauses between attempts at a failing disk, in milliseconds. */
const FIRST_PAUSE = 10;
const LAST_PAUSE = 1000;

/** Logs open in this thread, by device and inode: JavaScript has no locks to ask other processes. */
const openLogs = new Map<string, number>();

export class TypeScriptSink implements LineSink {
  readonly #path: string;
  readonly #nonFinite: 'literal' | 'null';
  readonly #identity: string;
  readonly #descriptor: number;
  readonly #isRegular: boolean;
  #nameIsSynced = false;
  /** Lines that could not be written yet; empty but for a failing disk. */
  #pending: Buffer[] = [];
  /** Bytes of the first of them that are in the file. */
  #lineWritten = 0;
  #pendingSize = 0;
  #pause = 0;
  #nextAttempt = 0;
  #dropped = 0;
  #isClosed = false;

  constructor(options: LineSinkOptions) {
    this.#path = options.path;
    this.#nonFinite = options.nonFinite;
    this.#descriptor = open(options.path);
    try {
      const status = fstatSync(this.#descriptor);
      this.#isRegular = status.isFile();
      this.#identity = `${status.dev}:${status.ino}`;
      if (status.isCharacterDevice()) writeSync(this.#descriptor, '');
      if (this.#isRegular) this.#prepare(options.append, status.size);
    } catch (error) {
      closeSync(this.#descriptor);
      throw isSystemError(error) ? openError(options.path, faultOf(error)) : error;
    }
    if (this.#isRegular) openLogs.set(this.#identity, (openLogs.get(this.#identity) ?? 0) + 1);
  }

  #prepare(append: boolean, size: number): void {
    if (!append) {
      if (openLogs.has(this.#identity)) throw inUseError(this.#path, process.pid);
      // An emptied file ext4 begins to write to the device when it is closed.
      if (size > 0) ftruncateSync(this.#descriptor, 0);
    } else {
      repairTail(this.#descriptor, size);
    }
  }

  log(step: unknown, data: object): void {
    this.#stamped((wall, elapsed) => logLine(wall, elapsed, step, data, this.#nonFinite));
  }

  metadata(metric: string, metadata: object): void {
    this.#stamped((wall, elapsed) =>
      metadataLine(wall, elapsed, metric, metadata, this.#nonFinite),
    );
  }

  #stamped(format: (wall: number, elapsed: number) => string): void {
    if (Number.isNaN(times[WALL])) stamp();
    const wall = times[WALL] ?? 0;
    const elapsed = times[ELAPSED] ?? 0;
    const line = format(wall, elapsed);
    times[WALL] = wall;
    times[ELAPSED] = elapsed;
    this.#write(line);
  }

  #write(line: string): void {
    // Only now: a getter of the record may have closed the log.
    if (this.#isClosed) throw closedError(this.#path);
    const bytes = Buffer.from(line, 'latin1');
    if (this.#pending.length > 0 && this.#pendingSize + bytes.length > MAX_PENDING) {
      this.#dropped++;
    } else {
      this.#pending.push(bytes);
      this.#pendingSize += bytes.length;
    }
    if (this.#pause > 0 && Date.now() < this.#nextAttempt) return;
    const error = this.#writePending();
    if (error === undefined) return;
    // Training goes on; flush() and close() tell. One warning for an incident.
    if (this.#pause === 0) {
      process.emitWarning(error.message, { code: error.code });
      process.on('exit', this.#atExit);
    }
    this.#pause = Math.min(Math.max(this.#pause * 2, FIRST_PAUSE), LAST_PAUSE);
    this.#nextAttempt = Date.now() + this.#pause;
  }

  /** Writes what is pending, resuming at the exact byte; the error that stopped it. */
  #writePending(): DLLoggerError | undefined {
    // Taken out before it is written: ended in between, a line is rather lost than doubled, and its
    // log() has not returned.
    for (let line = this.#pending.shift(); line !== undefined; line = this.#pending.shift()) {
      let written: number;
      try {
        written = writeSync(this.#descriptor, line);
      } catch (error) {
        this.#pending.unshift(line);
        if (!isSystemError(error)) throw error;
        this.#cutUnfinishedLine();
        return systemError('cannot write log', { ...faultOf(error), path: this.#path });
      }
      this.#pendingSize -= written;
      if (written === line.length) {
        this.#lineWritten = 0;
      } else {
        this.#pending.unshift(line.subarray(written));
        this.#lineWritten += written;
      }
    }
    if (this.#pause > 0) process.off('exit', this.#atExit);
    this.#pause = 0;
    this.#dropped = 0;
    return undefined;
  }

  /** A full disk may have taken part of a line: takes it back, so that readers see whole lines. */
  #cutUnfinishedLine(): void {
    const line = this.#pending[0];
    if (line === undefined || this.#lineWritten === 0 || !this.#isRegular) return;
    const size = fstatSync(this.#descriptor).size;
    if (size < this.#lineWritten) return;
    ftruncateSync(this.#descriptor, size - this.#lineWritten);
    // The line's bytes lie before the rest in the same memory.
    const start = line.byteOffset - this.#lineWritten;
    this.#pending[0] = Buffer.from(line.buffer, start, line.length + this.#lineWritten);
    this.#pendingSize += this.#lineWritten;
    this.#lineWritten = 0;
  }

  /** Only while a disk fails: one more attempt at the end, and a word about what is lost. */
  readonly #atExit = (): void => {
    const error = this.#writePending();
    if (error === undefined) return;
    const records = this.#pending.length + this.#dropped;
    writeSync(2, `dllogger: ${records} records are not saved: ${error.message}\n`);
  };

  flush(sync: boolean): void {
    if (this.#isClosed) return;
    const error = this.#writePending();
    if (error !== undefined) throw error;
    // Pipes and terminals have no device to reach.
    if (!sync || !this.#isRegular) return;
    fsyncSync(this.#descriptor);
    if (!this.#nameIsSynced) this.#syncName();
  }

  /** Brings the name of a new file to the device too. */
  #syncName(): void {
    try {
      const directory = openSync(dirname(this.#path), constants.O_RDONLY);
      try {
        fsyncSync(directory);
      } finally {
        closeSync(directory);
      }
    } catch {
      // A directory that may not be read cannot be synced; the log's bytes are safe all the same.
    }
    this.#nameIsSynced = true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.flush(false);
    this.#isClosed = true;
    closeSync(this.#descriptor);
    const others = (openLogs.get(this.#identity) ?? 1) - 1;
    if (others === 0) openLogs.delete(this.#identity);
    else openLogs.set(this.#identity, others);
  }
}

function open(path: string): number {
  try {
    // Reading is for the last byte. A pipe opened for reading too would never tell that its reader
    // has gone.
    return openFor(isPipe(path) ? constants.O_WRONLY : constants.O_RDWR, path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw openError(path, faultOf(error));
  }
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

interface SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}

/** Node counts its errno downwards. */
function faultOf(error: SystemError): { errno: number; syscall: string } {
  return { errno: -error.errno, syscall: error.syscall };
}
