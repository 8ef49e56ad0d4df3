/** The sink over the C++ writer thread: encodes records into the ring, and never makes text. */
import type { LogStats } from '../stats.js';
import { Place, resolveMetadata } from '../value.js';
import {
  closedError,
  inUseError,
  openError,
  stuckError,
  warnOfFault,
  writeError,
} from './log-errors.js';
import type { NativeAddon, NativeFault, NativeLog } from './native.js';
import { Producer } from './producer.js';
import type { RecordBuffer } from './record.js';
import { warnOfRecovery } from './recovery.js';
import { type Shape, ShapeTree } from './shapes.js';
import type { LineSink, LineSinkOptions } from './sink.js';
import { isHeld, patienceFor, whileHeld } from './waiting.js';

/** Open logs of this thread, for the writer threads' complaints. */
const sinks = new Map<NativeLog, NativeSink>();
let isListening = false;

export class NativeSink implements LineSink {
  private readonly native: NativeAddon;
  private readonly path: string;
  private readonly id: NativeLog;
  private readonly kindLog: number;
  private readonly kindMetadata: number;
  private readonly producer: Producer;
  private readonly shapes = new ShapeTree();
  private record: RecordBuffer;
  private isDropping = false;
  /** How many times writing had begun to fail when that was last warned of. */
  private faultsTold = 0;
  /** Once it is closed. */
  private lastStats: LogStats | undefined;
  private isClosed = false;

  constructor(native: NativeAddon, options: LineSinkOptions) {
    if (!isListening) {
      native.listen((log, fault) => sinks.get(log)?.warn(fault));
      isListening = true;
    }
    const { path, append } = options;
    const isPlain = !options.crashSafe || !native.hasExternalBuffers;
    const refusal = isPlain ? (options.crashSafe ? NO_EXTERNAL_BUFFERS : TURNED_OFF) : '';
    const opened = whileHeld(
      patienceFor(append),
      (result) => 'errno' in result && isHeld(native, result),
      () =>
        native.open(
          path,
          append,
          options.nonFinite === 'null',
          refusal,
          native.hasExternalBuffers ? undefined : new ArrayBuffer(native.format.memorySize),
        ),
    );
    if ('errno' in opened) {
      if (!isHeld(native, opened)) throw openError(path, opened);
      throw (append ? stuckError : inUseError)(path, opened.holder);
    }
    this.native = native;
    this.path = path;
    this.id = opened.log;
    this.producer = new Producer(native, opened.log, opened.memory);
    this.record = this.producer.newRecord();
    this.kindLog = native.format.kindLog;
    this.kindMetadata = native.format.kindMetadata;
    sinks.set(opened.log, this);
    warnOfRecovery(path, append, opened.recovery);
  }

  log(step: unknown, data: object): void {
    const record = this.begin(this.kindLog);
    record.step(step);
    this.publish(record, record.data(data, this.shapes.root));
  }

  metadata(metric: string, metadata: object): void {
    const record = this.begin(this.kindMetadata);
    record.string(metric);
    record.object(resolveMetadata(metadata), new Place('metadata of', metric));
    this.publish(record);
  }

  flush(sync: boolean): void {
    if (!this.isClosed) this.raise(this.producer.flush(sync));
  }

  reopen(): void {
    if (this.isClosed) throw closedError(this.path);
    const { native } = this;
    const fault = whileHeld(
      patienceFor(true),
      (result) => isHeld(native, result),
      () => this.producer.reopen(),
    );
    if (isHeld(native, fault)) throw stuckError(this.path, undefined);
    if (fault !== undefined) throw openError(this.path, fault);
  }

  stats(): LogStats {
    if (this.lastStats !== undefined) return this.lastStats;
    const { records, unsaved, bytes, waits, dropped, fault, notCrashSafe } = this.producer.stats();
    return {
      records,
      unsaved,
      bytes,
      waits,
      dropped,
      lastError: fault && writeError(this.path, fault, { unsaved, dropped }),
      crashSafe: notCrashSafe === '',
      notCrashSafe: notCrashSafe === '' ? undefined : notCrashSafe,
    };
  }

  close(): void {
    if (this.isClosed) return;
    this.raise(this.producer.flush(false));
    const stats = this.stats();
    // What is being built must not lie in the ring when that goes.
    this.record.leave();
    this.raise(this.producer.close());
    this.lastStats = stats;
    this.isClosed = true;
    sinks.delete(this.id);
    if (!this.record.isOpen) this.record = this.producer.newRecord();
  }

  /** Once for each time that writing begins to fail. */
  warn(fault: NativeFault): void {
    const { faults } = this.producer.stats();
    if (faults === this.faultsTold) return;
    this.faultsTold = faults;
    warnOfFault(this.path, fault);
  }

  private raise(fault: NativeFault | undefined): void {
    if (fault !== undefined) throw writeError(this.path, fault, this.producer.stats());
  }

  private begin(kind: number): RecordBuffer {
    let record = this.record;
    if (record.isOpen) {
      // It is being built, and its user code logs; or it was given up.
      record.leave();
      record = this.producer.newRecord();
      this.record = record;
    }
    this.producer.begin(record, kind);
    return record;
  }

  private publish(record: RecordBuffer, shape?: Shape): void {
    // Only now: a getter of the record may have closed the log.
    if (this.isClosed) throw closedError(this.path);
    const fault = this.producer.publish(record, shape);
    if (fault !== undefined) this.drop(fault);
    else if (this.isDropping) this.isDropping = false;
  }

  /** The ring is full of records that cannot be written: lets training go on. */
  private drop(fault: NativeFault): void {
    if (this.isDropping) return;
    this.isDropping = true;
    this.warn(fault);
  }
}

const TURNED_OFF = 'the option crashSafe is false';
const NO_EXTERNAL_BUFFERS = 'this runtime does not allow JavaScript to see mapped memory';
