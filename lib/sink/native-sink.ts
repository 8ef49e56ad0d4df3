/** The sink over the C++ writer thread: encodes records into the ring, and never makes text. */
import { statSync } from 'node:fs';
import type { DLLoggerError, LossCounts } from '../base/errors.js';
import { ValuePath } from '../base/value-path.js';
import { resolveMetadata } from '../record/value.js';
import {
  closedError,
  damageError,
  inUseError,
  openError,
  stuckError,
  warnOfFault,
  writeError,
} from './log-errors.js';
import type { NativeAddon, NativeFault } from './native.js';
import type { NumberReader } from './number-reader.js';
import { fileOf, isOpenHere, noteOpen } from './open-logs.js';
import { GENERAL, Producer } from './producer.js';
import type { RecordEncoder } from './record-encoder.js';
import { warnOfFullMemory, warnOfRecovery } from './recovery.js';
import { type Shape, ShapeTree } from './shapes.js';
import type { RecordSink, RecordSinkOptions } from './sink.js';
import type { LogStats } from './stats.js';
import { patienceFor, whileHeld } from './waiting.js';

/** Device and inode of what a path leads to. */
function fileAt(path: string): string | undefined {
  try {
    return fileOf(statSync(path, { bigint: true }));
  } catch {
    // The path leads to no file that this process may see.
    return undefined;
  }
}

function isWrittenHere(path: string): boolean {
  const file = fileAt(path);
  return file !== undefined && isOpenHere(file);
}

export class NativeSink implements RecordSink {
  readonly path: string;
  private readonly kindLog: number;
  private readonly kindMetadata: number;
  private readonly producer: Producer;
  private readonly shapes: ShapeTree;
  private readonly numbers: Float64Array;
  private record: RecordEncoder;
  /** How often writing had begun to fail at the last warning. */
  private faultsTold = 0;
  private faultTold: NativeFault | undefined;
  /** The counts as of close(). */
  private lastStats: LogStats | undefined;
  private isClosed = false;
  private readonly noteEnd: () => void;

  constructor(native: NativeAddon, options: RecordSinkOptions) {
    const { path, append } = options;
    const refusal = options.crashSafe ? '' : TURNED_OFF;
    const onFault = (fault: NativeFault) => this.warn(fault);
    const opened = whileHeld(
      patienceFor(append),
      // Waiting would be in vain: only this thread can close that writer.
      (result) => ('errno' in result && (append || !isWrittenHere(path)) ? result : undefined),
      () => native.open(path, append, options.nonFinite === 'null', refusal, onFault),
    );
    if ('errno' in opened) {
      if (opened.kind !== 'held') throw openError(path, opened);
      throw append ? stuckError(path, opened) : inUseError(path, opened);
    }
    this.path = path;
    this.producer = new Producer(native, opened);
    this.numbers = native.numbers;
    this.shapes = new ShapeTree(native.numbers.length, options.floats);
    this.record = this.producer.newRecord();
    this.kindLog = native.format.kindLog;
    this.kindMetadata = native.format.kindMetadata;
    this.noteEnd = noteOpen(() => fileAt(path));
    warnOfRecovery(path, append, opened.recovery);
    if (opened.lacksRoom) warnOfFullMemory(path, opened.stats().notCrashSafe);
  }

  log(step: unknown, data: object, wall: number, elapsed: number): void {
    const { shapes } = this;
    const shape = shapes.expected;
    const read = shape.reader?.(step, data, this.numbers);
    if (typeof read !== 'number') {
      this.logRead(step, data, shape, read, wall, elapsed);
      return;
    }
    const refusal = this.producer.publishNumbers(read, shape, this.record, wall, elapsed);
    if (refusal === undefined) {
      if (shape !== shapes.last) shapes.saw(shape);
    } else if (refusal === GENERAL) {
      this.logRead(step, data, shape, read, wall, elapsed);
    } else {
      this.warn(refusal);
    }
  }

  /** Logs whatever can be logged. */
  private logAny(step: unknown, data: object, wall: number, elapsed: number): void {
    const record = this.begin(this.kindLog, wall, elapsed);
    record.step(step);
    const shape = record.data(data, this.shapes.root);
    if (Array.isArray(step)) shape.countUnread(step.length);
    this.shapes.saw(shape);
    this.publish(record, shape);
  }

  /** Logs what a reader has read; no value is read twice, since getters may be the user's code. */
  private logRead(
    step: unknown,
    data: object,
    shape: Shape,
    read: ReturnType<NumberReader>,
    wall: number,
    elapsed: number,
  ): void {
    if (read === undefined) {
      this.logAny(step, data, wall, elapsed);
      return;
    }
    let values = read;
    if (typeof values === 'number')
      values = Array.from(this.numbers.subarray(0, values + shape.depth));
    else shape.readerFailed();
    const steps = values.length - shape.depth;
    const copy = Object.fromEntries(shape.keys().map((key, i) => [key, values[steps + i]]));
    this.logAny(values.slice(0, steps), copy, wall, elapsed);
  }

  metadata(metric: string, metadata: object, wall: number, elapsed: number): void {
    const record = this.begin(this.kindMetadata, wall, elapsed);
    record.string(metric);
    record.object(resolveMetadata(metadata), new ValuePath('metadata of', metric));
    this.publish(record);
  }

  flush(sync: boolean): void {
    if (!this.isClosed) this.raise(this.producer.flush(sync));
  }

  reopen(): void {
    if (this.isClosed) throw closedError(this.path);
    const fault = whileHeld(
      patienceFor(true),
      (result) => result,
      () => this.producer.reopen(),
    );
    if (fault?.kind === 'held') throw stuckError(this.path, fault);
    if (fault !== undefined) throw openError(this.path, fault);
  }

  stats(): LogStats {
    if (this.lastStats !== undefined) return this.lastStats;
    const { records, unsaved, bytes, waits, dropped, fault, notCrashSafe, ring, hasLocks } =
      this.producer.stats();
    return {
      records,
      unsaved,
      bytes,
      waits,
      dropped,
      lastError: fault && this.errorOf(fault, { unsaved, dropped }),
      crashSafe: notCrashSafe === '',
      notCrashSafe: notCrashSafe === '' ? undefined : notCrashSafe,
      ring: ring === '' ? undefined : ring,
      hasLocks,
    };
  }

  close(): void {
    if (this.isClosed) return;
    const flushed = this.producer.flush(false);
    // Damaged records stay damaged: close the log, then throw.
    if (flushed?.kind !== 'damaged') this.raise(flushed);
    const stats = this.stats();
    // A record that is being built must leave the ring before the ring's memory is released.
    this.record.leave();
    this.raise(this.producer.close());
    this.lastStats = stats;
    this.isClosed = true;
    this.noteEnd();
    if (!this.record.isOpen) this.record = this.producer.newRecord();
    if (flushed !== undefined) throw this.errorOf(flushed, stats);
  }

  /** Warns once for each time that writing begins to fail. */
  warn(fault: NativeFault): void {
    // The producer returns the same object for each record that it drops for one fault.
    if (fault === this.faultTold) return;
    this.faultTold = fault;
    const { faults } = this.producer.stats();
    if (faults === this.faultsTold) return;
    this.faultsTold = faults;
    warnOfFault(this.path, fault);
  }

  private raise(fault: NativeFault | undefined): void {
    if (fault !== undefined) throw this.errorOf(fault, this.producer.stats());
  }

  private errorOf(fault: NativeFault, lost: LossCounts): DLLoggerError {
    const isDamage = fault.kind === 'damaged';
    return isDamage ? damageError(this.path, lost) : writeError(this.path, fault, lost);
  }

  private begin(kind: number, wall: number, elapsed: number): RecordEncoder {
    let record = this.record;
    if (record.isOpen) {
      // The record is being built, and its user code logs; or it was given up.
      record.leave();
      record = this.producer.newRecord();
      this.record = record;
    }
    this.producer.begin(record, kind, wall, elapsed);
    return record;
  }

  private publish(record: RecordEncoder, shape?: Shape): void {
    // Checked only here: a getter of the record may have closed the log.
    if (this.isClosed) throw closedError(this.path);
    const fault = this.producer.publish(record, shape);
    // The ring is full of records that cannot be written: training goes on without this one.
    if (fault !== undefined) this.warn(fault);
  }
}

const TURNED_OFF = 'the option crashSafe is false';
