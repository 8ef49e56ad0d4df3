import type { Stats } from 'node:fs';
import { SETTLED_MS } from '../base/settled.js';
import { MAX_FAULTS } from '../plot/describe.js';
import type { Fault, RunState } from '../plot/protocol.js';
import { notRegular, ReadPosition, statusOf } from '../reader/file-reader.js';
import type { FlatRecord } from '../reader/flat-record.js';
import { LogParser, type ParserState, type RecordReceiver } from '../reader/log-parser.js';
import { LogScan } from '../reader/log-scan.js';
import { notALogError } from '../reader/problems.js';
import { RegularFile } from '../reader/regular-file.js';
import { RunFinder } from '../reader/run-finder.js';
import type { LogEntry, Problem } from '../reader/types.js';
import { LogCurves } from '../runs/log-curves.js';
import { compressionOf } from '../sink/log-kind.js';
import type { ReadingMemory } from './reading-memory.js';

/** A log that grew within so many milliseconds is live. */
const LIVE_MS = 10_000;
/** A log that has not grown for so many milliseconds has ended: its last line and its run's ring are read. */
const RESTING_MS = 600_000;
/** Limit in milliseconds on reading one log before the next. */
const TURN_MS = 10;
const NO_FAULTS: readonly Fault[] = [];

/** A log that is followed. What was read of it stays, whatever happens to its file. */
export class LiveLog implements RecordReceiver {
  readonly path: string;
  readonly name: string;
  /** What the log holds; replaced when the file was cut, or another file took its name. */
  table: LogCurves;
  problems = 0;
  /** The first problems. */
  faults = NO_FAULTS;
  /** Number of records that are not in the file, but in the ring of a dead run. */
  ringRecords = 0;
  /** Whether the file ends in the beginning of a record. */
  isUnfinished = false;
  readonly #memory: ReadingMemory;
  readonly #showsAll: boolean;
  /** For reading the log anew: knows which records later sessions replace. */
  #next: LogCurves | undefined;
  /** What is being read, to replace `table`. */
  #incoming: LogCurves | undefined;
  /** The share of the file that was read, from 0 to 1. */
  #progress = 0;
  #error = '';
  /** When the file changed last; undefined where it does not exist. */
  #changedAt: number | undefined;
  /** The file's state at the latest reading; undefined where the file is to be read in any case. */
  #seen: FileState | undefined;
  #seenAt = 0;
  /** Whether the latest reading took the log as ended. */
  #isEnded = false;
  /** The file's state at the latest check. */
  #looked: FileState | undefined;
  /** Where reading goes on; undefined where the file must be read anew. */
  #position: ReadPosition | undefined;
  /** Undefined where `#parserState` has all that is needed to go on. */
  #parser: LogParser | undefined;
  #parserState: ParserState | undefined;
  /** The unfinished reading of a file. */
  #scan: AsyncGenerator<number> | undefined;

  /** @param showsAll Whether what later sessions replaced is shown, too. */
  constructor(path: string, name: string, memory: ReadingMemory, showsAll = false) {
    this.path = path;
    this.name = name;
    this.#memory = memory;
    this.#showsAll = showsAll;
    this.table = this.#newTable();
  }

  get state(): RunState {
    if (this.#error !== '') return 'failed';
    if (this.#changedAt === undefined) return this.table.records === 0 ? 'waiting' : 'gone';
    if (this.#progress < 1) return 'reading';
    return Date.now() - this.#changedAt < LIVE_MS ? 'live' : 'idle';
  }

  /** When the file changed, in milliseconds since 1970-01-01 UTC; 0 where it does not exist. */
  get changedAt(): number {
    return this.#changedAt ?? 0;
  }

  /** Seconds since the file changed; NaN where it does not exist. */
  get silence(): number {
    return (Date.now() - (this.#changedAt ?? Number.NaN)) / 1000;
  }

  /** A sentence about the state; empty where none is needed. */
  get note(): string {
    if (this.#error !== '') return this.#error;
    return this.state === 'reading' ? `${Math.floor(this.#progress * 100)} % read` : '';
  }

  /** Checks the file. Returns whether it has something to read. */
  look(): boolean {
    let status: Stats | undefined;
    let hasFailed = false;
    try {
      status = statusOf(this.path);
    } catch (error) {
      hasFailed = true;
      this.#fail(error);
    }
    this.#changedAt = status?.mtimeMs;
    if (status === undefined) {
      this.#looked = undefined;
      this.#seen = undefined;
      if (!hasFailed) this.#error = '';
      return false;
    }
    if (!status.isFile()) {
      this.#fail(notRegular(this.path, status));
      this.#seen = undefined;
      return false;
    }
    const now = stateOf(status);
    this.#looked = now;
    if (this.#seen === undefined || !isSame(now, this.#seen)) return true;
    this.#looked = this.#seen;
    if (!this.#isEnded && isResting(now)) return true;
    // A write within the same moment as the last check need not change the file's time.
    return this.#seenAt - now.mtimeMs < SETTLED_MS && Date.now() - this.#seenAt >= SETTLED_MS;
  }

  /** Reads on for a while. Returns whether all is read; never throws. */
  async read(): Promise<boolean> {
    const until = performance.now() + TURN_MS;
    try {
      const isDone = this.#scan === undefined ? this.#readOn(until) : await this.#scanOn(until);
      if (!isDone) return false;
      const table = this.#incoming ?? this.table;
      if (!table.isSettled) {
        this.#next = table.again();
        this.#position = undefined;
        return false;
      }
      this.#advance(1);
      this.#rest();
      return true;
    } catch (error) {
      this.#scan = undefined;
      this.#position = undefined;
      // Tried again when the file changes.
      this.#seen = this.#looked;
      this.#seenAt = Date.now();
      this.#isEnded = true;
      this.#fail(error);
      return true;
    }
  }

  /** Releases what an unfinished reading holds. */
  async close(): Promise<void> {
    await this.#scan?.return(0);
    this.#scan = undefined;
  }

  #readOn(until: number): boolean {
    const { path } = this;
    const file = RegularFile.open(path);
    try {
      const { size, uid } = file.status;
      const isEnded = isResting(file.status);
      const hasRing = isEnded && this.#memory.rings.ringsOf(path, uid).length > 0;
      const goesOn = hasRing ? undefined : this.#goesOnIn(file);
      const position = goesOn ?? new ReadPosition();
      let chunk = file.read(this.#memory.chunk, position.offset);
      if (goesOn === undefined) {
        const { ino, size: seen = 0 } = this.#seen ?? {};
        if (ino !== file.status.ino || size < seen) this.#next = undefined;
        this.#begin();
        const isCompressed = chunk.length > 0 && compressionOf(chunk) !== undefined;
        if (isCompressed || hasRing) {
          this.#note(file.status, isEnded);
          this.#scan = scanSteps(path, this, (ringRecords) => {
            this.ringRecords = ringRecords;
          });
          return false;
        }
        this.#position = position;
      }
      this.#note(file.status, isEnded);
      const { flat } = this.#memory;
      this.#parser ??= new LogParser(this, { flat, state: this.#parserState });
      const parser = this.#parser;
      while (chunk.length > 0) {
        position.advance(chunk);
        parser.push(chunk);
        this.#advance(position.offset / size);
        // Shorter than the memory: the end of the file.
        if (chunk.length < this.#memory.chunk.length) break;
        if (performance.now() > until) return false;
        chunk = file.read(this.#memory.chunk, position.offset);
      }
      if (isEnded) {
        parser.end();
        // The last line was taken as ended: later bytes would not continue it.
        this.#position = undefined;
        if (parser.records === 0) this.#fail(notALogError(path, parser.problems));
      }
      return true;
    } finally {
      file.close();
    }
  }

  /** Where reading goes on, if the file is still the one that was read, and has at most grown. */
  #goesOnIn(file: RegularFile): ReadPosition | undefined {
    const position = this.#position;
    const { dev, ino, size } = file.status;
    const isSame =
      position !== undefined &&
      this.#seen?.dev === dev &&
      this.#seen.ino === ino &&
      size >= position.offset &&
      file.holds(position);
    return isSame ? position : undefined;
  }

  /** Releases what only a log that grows needs: a folder may hold thousands of logs at rest. */
  #rest(): void {
    this.#parserState = this.#position === undefined ? undefined : this.#parser?.state;
    if (this.#position === undefined || this.#parserState !== undefined) this.#parser = undefined;
    this.#position?.rest();
    this.table.rest();
  }

  async #scanOn(until: number): Promise<boolean> {
    while (this.#scan !== undefined) {
      const { value: bytes, done } = await this.#scan.next();
      if (done === true) break;
      this.#advance(bytes / (this.#seen?.size ?? 1));
      if (performance.now() > until) return false;
    }
    this.#scan = undefined;
    return true;
  }

  #begin(): void {
    this.problems = 0;
    this.faults = NO_FAULTS;
    this.ringRecords = 0;
    this.isUnfinished = false;
    this.#progress = 0;
    this.#error = '';
    this.#position = undefined;
    this.#parser = undefined;
    this.#parserState = undefined;
    this.#incoming = this.#next ?? this.#newTable();
    this.#next = undefined;
  }

  /** Takes a record that is read. */
  flat(record: FlatRecord, line: number, offset: number, length: number): void {
    (this.#incoming ?? this.table).flat(record, line, offset, length);
  }

  /** Takes a record that is read. */
  entry(entry: LogEntry): void {
    (this.#incoming ?? this.table).entry(entry);
  }

  /** Takes a problem of what is read. */
  problem({ reason, line, message }: Problem): void {
    this.problems++;
    if (this.faults.length < MAX_FAULTS) this.faults = [...this.faults, { line, message }];
    if (reason === 'unfinished') this.isUnfinished = true;
  }

  #newTable(): LogCurves {
    return new LogCurves(new RunFinder(this.#showsAll));
  }

  #note(status: Stats, isEnded: boolean): void {
    this.#error = '';
    this.#isEnded = isEnded;
    this.#seen = stateOf(status);
    this.#looked = this.#seen;
    this.#seenAt = Date.now();
  }

  #fail(error: unknown): void {
    if (error === undefined) return;
    this.#error = error instanceof Error ? error.message : String(error);
    this.#progress = 1;
    const { code } = error as NodeJS.ErrnoException;
    // The file's state will not change when descriptors are free again, so that the reading must be asked for.
    if (code === 'EMFILE' || code === 'ENFILE') this.#seen = undefined;
  }

  /** The first content is shown while it is read; content that replaces other content only when it is whole. */
  #advance(share: number): void {
    this.#progress = Math.min(share, 1);
    const incoming = this.#incoming;
    if (incoming === undefined || (this.table.records > 0 && this.#progress < 1)) return;
    this.table = incoming;
    this.#incoming = undefined;
  }
}

/** Yields the bytes read so far, after each step. Returns the number of records in rings of dead runs. */
async function* scanSteps(
  path: string,
  sink: RecordReceiver,
  atEnd: (ringRecords: number) => void,
): AsyncGenerator<number> {
  const scan = new LogScan(path, sink, {});
  for await (const _ of scan.steps()) yield scan.bytesRead;
  atEnd(scan.ringRecords);
}

/** What of a file's status shows that the file has changed. Status objects are some ten times as large. */
interface FileState {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

function isResting({ mtimeMs }: FileState): boolean {
  return Date.now() - mtimeMs > RESTING_MS;
}

function stateOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): FileState {
  return { dev, ino, size, mtimeMs, ctimeMs };
}

function isSame(now: FileState, before: FileState): boolean {
  return (
    now.size === before.size &&
    now.mtimeMs === before.mtimeMs &&
    now.ctimeMs === before.ctimeMs &&
    now.ino === before.ino &&
    now.dev === before.dev
  );
}
