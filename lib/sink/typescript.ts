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
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ELAPSED, stamp, times, WALL } from '../clock.js';
import { counted } from '../counted.js';
import type { DLLoggerError, LossCounts } from '../errors.js';
import { logLine, metadataLine } from '../python/json.js';
import type { LogStats } from '../stats.js';
import {
  closedError,
  faultOf,
  inUseError,
  isSystemError,
  openError,
  warnOfFault,
  writeError,
} from './log-errors.js';
import { ringBeside } from './recovery.js';
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
  #identity: string;
  #descriptor: number;
  #isRegular: boolean;
  #nameIsSynced = false;
  /** Lines that could not be written yet; empty but for a failing disk. */
  #pending: Buffer[] = [];
  /** Bytes of the first of them that are in the file. */
  #lineWritten = 0;
  #pendingSize = 0;
  #pause = 0;
  #nextAttempt = 0;
  #records = 0;
  #bytes = 0;
  #dropped = 0;
  #lastError: DLLoggerError | undefined;
  #isClosed = false;

  constructor(options: LineSinkOptions) {
    this.#path = options.path;
    this.#nonFinite = options.nonFinite;
    this.#descriptor = open(options.path);
    try {
      const status = fstatSync(this.#descriptor);
      this.#isRegular = status.isFile();
      this.#identity = identityOf(status);
      if (status.isCharacterDevice()) writeSync(this.#descriptor, '');
      if (this.#isRegular) this.#prepare(options.append, status.size);
    } catch (error) {
      closeSync(this.#descriptor);
      throw isSystemError(error) ? openError(options.path, faultOf(error)) : error;
    }
    if (this.#isRegular) this.#enter();
  }

  #prepare(append: boolean, size: number): void {
    const ring = ringBeside(this.#path);
    if (ring !== undefined) {
      process.emitWarning(
        `log "${this.#path}": "${ring}" keeps records of a run that was killed, or that is writing ` +
          'it now; only the native implementation can recover them',
        { code: 'DLLOGGER_RECOVERY' },
      );
    }
    if (!append) {
      if (openLogs.has(this.#identity)) throw inUseError(this.#path, process.pid);
      // An emptied file ext4 begins to write to the device when it is closed.
      if (size > 0) ftruncateSync(this.#descriptor, 0);
    } else {
      repairTail(this.#descriptor);
    }
  }

  log(step: unknown, data: object, wall: number, elapsed: number): void {
    this.#stamped(wall, elapsed, (wall, elapsed) =>
      logLine(wall, elapsed, step, data, this.#nonFinite),
    );
  }

  metadata(metric: string, metadata: object, wall: number, elapsed: number): void {
    this.#stamped(wall, elapsed, (wall, elapsed) =>
      metadataLine(wall, elapsed, metric, metadata, this.#nonFinite),
    );
  }

  #stamped(
    givenWall: number,
    givenElapsed: number,
    format: (wall: number, elapsed: number) => string,
  ): void {
    stamp(givenWall, givenElapsed);
    const wall = times[WALL] ?? 0;
    const elapsed = times[ELAPSED] ?? 0;
    const line = format(wall, elapsed);
    // Again, because the record's own code may have logged.
    stamp(wall, elapsed);
    this.#write(line);
  }

  #write(line: string): void {
    // Only now: a getter of the record may have closed the log.
    if (this.#isClosed) throw closedError(this.#path);
    const bytes = Buffer.from(line, 'latin1');
    if (this.#pending.length > 0 && this.#pendingSize + bytes.length > MAX_PENDING) {
      this.#dropped++;
    } else {
      this.#records++;
      this.#pending.push(bytes);
      this.#pendingSize += bytes.length;
    }
    if (this.#pause > 0 && Date.now() < this.#nextAttempt) return;
    const error = this.#writePending();
    if (error === undefined) return;
    // Training goes on; flush() and close() tell. One warning for an incident.
    if (this.#pause === 0) {
      warnOfFault(this.#path, error);
      process.off('exit', this.#atExit).on('exit', this.#atExit);
    }
    this.#pause = Math.min(Math.max(this.#pause * 2, FIRST_PAUSE), LAST_PAUSE);
    this.#nextAttempt = Date.now() + this.#pause;
  }

  /** Writes what is pending, resuming at the exact byte; the error that stopped it. */
  #writePending(): DLLoggerError | undefined {
    // What is written to a file without a name is lost: the log gets a new one.
    if (this.#isRegular && fstatSync(this.#descriptor).nlink === 0) this.#recreate();
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
        this.#lastError = writeError(this.#path, faultOf(error), this.#lost);
        return this.#lastError;
      }
      this.#pendingSize -= written;
      this.#bytes += written;
      if (written === line.length) {
        this.#lineWritten = 0;
      } else {
        this.#pending.unshift(line.subarray(written));
        this.#lineWritten += written;
      }
    }
    if (this.#pause > 0 && this.#dropped === 0) process.off('exit', this.#atExit);
    this.#pause = 0;
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
    this.#bytes -= this.#lineWritten;
    this.#lineWritten = 0;
  }

  get #lost(): LossCounts {
    return { unsaved: this.#pending.length, dropped: this.#dropped };
  }

  /** Only once a disk has failed: one more attempt at the end, and a word about what is lost. */
  readonly #atExit = (): void => {
    const error = this.#writePending();
    const words: string[] = [];
    if (error !== undefined) {
      const records = counted(this.#pending.length, 'record is', 'records are');
      words.push(`${records} not saved: ${error.message}`);
    }
    if (this.#dropped > 0) {
      words.push(
        `${counted(this.#dropped, 'record was', 'records were')} dropped while log "${this.#path}" could not be written`,
      );
    }
    if (words.length > 0) writeSync(2, `dllogger: ${words.join('; ')}\n`);
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

  #recreate(): void {
    try {
      this.#goOnIn(open(this.#path));
    } catch {
      // Where there can be none, everything goes on as it was.
    }
  }

  reopen(): void {
    if (this.#isClosed) throw closedError(this.#path);
    this.#writePending();
    this.#goOnIn(open(this.#path));
  }

  #goOnIn(descriptor: number): void {
    if (this.#isRegular) this.#leave();
    closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    const status = fstatSync(descriptor);
    this.#isRegular = status.isFile();
    this.#identity = identityOf(status);
    this.#nameIsSynced = false;
    if (!this.#isRegular) return;
    repairTail(descriptor);
    this.#enter();
  }

  stats(): LogStats {
    const { unsaved, dropped } = this.#lost;
    const notCrashSafe =
      unsaved === 0 ? undefined : 'the log cannot be written: records wait in memory';
    return {
      records: this.#records,
      unsaved,
      bytes: this.#bytes,
      waits: 0,
      dropped,
      lastError: this.#lastError,
      crashSafe: notCrashSafe === undefined,
      notCrashSafe,
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.flush(false);
    process.off('exit', this.#atExit);
    if (this.#dropped > 0) this.#atExit();
    this.#isClosed = true;
    closeSync(this.#descriptor);
    if (this.#isRegular) this.#leave();
  }

  #enter(): void {
    openLogs.set(this.#identity, (openLogs.get(this.#identity) ?? 0) + 1);
  }

  #leave(): void {
    const others = (openLogs.get(this.#identity) ?? 1) - 1;
    if (others === 0) openLogs.delete(this.#identity);
    else openLogs.set(this.#identity, others);
  }
}

function identityOf(status: Stats): string {
  return `${status.dev}:${status.ino}`;
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
