/**
 * The sink without a binary: formats each line from the JavaScript values and writes it before
 * `log()` returns. No ring and no timer: only lines that wait for a failing disk can be lost at an exit.
 */
import { writeSync } from 'node:fs';
import type { DLLoggerError, LossCounts } from '../base/errors.js';
import { logLine, metadataLine } from '../python/json.js';
import { Backlog } from './backlog.js';
import { ELAPSED, stamp, times, WALL } from './clock.js';
import { LineFile } from './line-file.js';
import {
  closedError,
  faultOf,
  isSystemError,
  lossText,
  openError,
  warnOfFault,
  writeError,
} from './log-errors.js';
import { ringsOf } from './ring-place.js';
import type { RecordSink, RecordSinkOptions } from './sink.js';
import type { LogStats } from './stats.js';

/** Longer lines, in characters, are not kept until the next check that the file has a name. */
const MAX_FRESH = 2 ** 16;

export class TypeScriptSink implements RecordSink {
  readonly #path: string;
  readonly #nonFinite: 'literal' | 'null';
  readonly #floats: ReadonlySet<string> | undefined;
  #file: LineFile;
  readonly #backlog = new Backlog();
  /** Lines written since the last check that the file has a name. */
  #fresh: string[] = [];
  /** When that check was made, in milliseconds since 1970. */
  #lookedAt = 0;
  #records = 0;
  /** Bytes that went to the file at once; the backlog counts its own. */
  #bytes = 0;
  #lastFault: ReturnType<typeof faultOf> | undefined;
  /** Kept until reopen(): the system reports a failed sync once, and has given up the data. */
  #syncError: DLLoggerError | undefined;
  #isClosed = false;

  constructor(options: RecordSinkOptions) {
    this.#path = options.path;
    this.#nonFinite = options.nonFinite;
    this.#floats = options.floats;
    this.#file = this.#open(options.append);
    if (this.#file.isRegular) this.#warnOfRing();
  }

  #open(append: boolean): LineFile {
    try {
      return new LineFile(this.#path, append);
    } catch (error) {
      throw isSystemError(error) ? openError(this.#path, faultOf(error)) : error;
    }
  }

  #warnOfRing(): void {
    const [ring] = ringsOf(this.#path);
    if (ring === undefined) return;
    process.emitWarning(
      `log "${this.#path}": "${ring}" keeps records of a run that was killed, or that is writing ` +
        'it now; only the native implementation can recover them',
      { code: 'DLLOGGER_RECOVERY' },
    );
  }

  log(step: unknown, data: object, givenWall: number, givenElapsed: number): void {
    stamp(givenWall, givenElapsed);
    const wall = times[WALL] ?? 0;
    const elapsed = times[ELAPSED] ?? 0;
    const line = logLine(wall, elapsed, step, data, this.#nonFinite, this.#floats);
    // Set again, because the record's own code may have logged.
    stamp(wall, elapsed);
    // A record that had a stamp may be of any time.
    this.#write(line, Number.isNaN(givenWall) ? Math.floor(wall / 1000) : Date.now());
  }

  metadata(metric: string, metadata: object, givenWall: number, givenElapsed: number): void {
    stamp(givenWall, givenElapsed);
    const wall = times[WALL] ?? 0;
    const elapsed = times[ELAPSED] ?? 0;
    const line = metadataLine(wall, elapsed, metric, metadata, this.#nonFinite);
    stamp(wall, elapsed);
    this.#write(line, Date.now());
  }

  /** @param now milliseconds since 1970. */
  #write(line: string | Buffer, now: number): void {
    // Checked only here: a getter of the record may have closed the log.
    if (this.#isClosed) throw closedError(this.#path);
    const written = this.#backlog.length === 0 ? this.#writeNow(line, now) : 0;
    if (written === line.length) {
      this.#records++;
      return;
    }
    const bytes = typeof line === 'string' ? Buffer.from(line, 'latin1') : line;
    if (this.#backlog.add(bytes, written)) this.#records++;
    // A failure does not end the training: flush() and close() throw it.
    if (this.#backlog.isDue) this.#writeBacklog();
  }

  /** Returns how many of a line's bytes the system took. */
  #writeNow(line: string | Buffer, now: number): number {
    try {
      const isLong = line.length > MAX_FRESH;
      if (isLong || now !== this.#lookedAt) this.#keepName(now);
      if (this.#backlog.length > 0) return 0;
      const written =
        typeof line === 'string' ? this.#file.writeText(line) : this.#file.write(line);
      this.#bytes += written;
      if (!isLong && typeof line === 'string' && written === line.length) this.#fresh.push(line);
      return written;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      // The next attempt throws the error.
      return 0;
    }
  }

  /**
   * A file without a name is lost when it is closed: begins a new file at the log's path, with the lines that went to
   * the old one since the last check that it had a name.
   */
  #keepName(now: number): void {
    if (this.#file.isDeleted()) {
      const lost = this.#fresh;
      this.#fresh = [];
      this.#backlog.startAnew(lost);
      this.#switchTo(new LineFile(this.#path, true));
    }
    if (this.#fresh.length > 0) this.#fresh = [];
    this.#lookedAt = now;
  }

  #switchTo(file: LineFile): void {
    const before = this.#file;
    this.#file = file;
    this.#lookedAt = 0;
    this.#close(before);
  }

  /** A fault is kept as that of a sync: a network's file system may tell only now that it has no room. */
  #close(file: LineFile): void {
    try {
      file.close();
    } catch (error) {
      this.#keepSyncError(error);
    }
  }

  #keepSyncError(error: unknown): void {
    if (!isSystemError(error)) throw error;
    this.#lastFault = faultOf(error);
    this.#syncError = this.#errorOf(this.#lastFault);
  }

  /** Writes the kept lines to the log's file or to a new one. Returns the error that stopped it. */
  #writeBacklog(): DLLoggerError | undefined {
    const wasFailing = this.#backlog.isFailing;
    try {
      this.#keepName(Date.now());
      this.#backlog.writeTo(this.#file);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#backlog.failed(this.#file);
      this.#lastFault = faultOf(error);
      // One warning for each time that writing begins to fail.
      if (!wasFailing) {
        warnOfFault(this.#path, this.#lastFault);
        process.off('exit', this.#atExit).on('exit', this.#atExit);
      }
      return this.#errorOf(this.#lastFault);
    }
    if (wasFailing && this.#backlog.dropped === 0) process.off('exit', this.#atExit);
    return undefined;
  }

  #errorOf(fault: ReturnType<typeof faultOf>): DLLoggerError {
    return writeError(this.#path, fault, this.#lost);
  }

  get #lost(): LossCounts {
    return { unsaved: this.#backlog.length, dropped: this.#backlog.dropped };
  }

  /** Listens only after a disk has failed: one more attempt at the end, and a message about what is lost. */
  readonly #atExit = (): void => {
    const fault = this.#writeBacklog();
    const words = lossText(this.#path, fault, this.#lost);
    if (words !== '') writeSync(2, `dllogger: ${words}\n`);
  };

  flush(sync: boolean): void {
    if (this.#isClosed) return;
    const error = this.#writeBacklog();
    if (error !== undefined) throw error;
    // The next record checks the file's name at once.
    this.#lookedAt = 0;
    if (!sync) return;
    this.#sync(this.#file);
    if (this.#syncError !== undefined) throw this.#syncError;
  }

  #sync(file: LineFile): void {
    try {
      if (this.#syncError === undefined) file.sync();
    } catch (error) {
      this.#keepSyncError(error);
    }
  }

  reopen(): void {
    if (this.#isClosed) throw closedError(this.#path);
    this.#writeBacklog();
    const file = this.#open(true);
    this.#syncError = undefined;
    // The next flush({ sync: true }) promises these records, too, and the old file may have another name by then.
    if (this.#file.isDirty) this.#sync(this.#file);
    this.#switchTo(file);
    this.#backlog.startAnew([]);
  }

  stats(): LogStats {
    const { unsaved, dropped } = this.#lost;
    const notCrashSafe =
      unsaved === 0 ? undefined : 'the log cannot be written: records wait in memory';
    return {
      records: this.#records,
      unsaved,
      bytes: this.#bytes + this.#backlog.bytes,
      waits: 0,
      dropped,
      lastError: this.#lastFault && this.#errorOf(this.#lastFault),
      crashSafe: notCrashSafe === undefined,
      notCrashSafe,
      ring: undefined,
      hasLocks: false,
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.flush(false);
    process.off('exit', this.#atExit);
    if (this.#backlog.dropped > 0) this.#atExit();
    this.#isClosed = true;
    this.#syncError = undefined;
    this.#close(this.#file);
    if (this.#syncError !== undefined) throw this.#syncError;
  }
}
