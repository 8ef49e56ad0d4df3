/** The sink over the C++ writer thread: encodes records into the ring, and never makes text. */
import { systemError } from '../errors.js';
import { Place, resolveMetadata } from '../value.js';
import { closedError, openError } from './log-errors.js';
import type { NativeAddon, NativeFault } from './native.js';
import { Producer } from './producer.js';
import type { RecordBuffer } from './record.js';
import { type Shape, ShapeTree } from './shapes.js';
import type { LineSink, LineSinkOptions } from './sink.js';

export class NativeSink implements LineSink {
  private readonly path: string;
  private readonly kindLog: number;
  private readonly kindMetadata: number;
  private readonly producer: Producer;
  private readonly shapes = new ShapeTree();
  private record: RecordBuffer;
  private dropped = 0;
  private isClosed = false;

  constructor(native: NativeAddon, options: LineSinkOptions) {
    const opened = native.open(options.path, options.append, options.nonFinite === 'null');
    if ('errno' in opened) throw openError(options.path, opened, opened.holder);
    this.path = options.path;
    this.producer = new Producer(native, opened.log, opened.memory);
    this.record = this.producer.newRecord();
    this.kindLog = native.format.kindLog;
    this.kindMetadata = native.format.kindMetadata;
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
    const fault = this.producer.flush(sync);
    if (fault !== undefined) throw systemError('cannot write log', { ...fault, path: this.path });
  }

  close(): void {
    const fault = this.producer.close();
    if (fault !== undefined) throw systemError('cannot write log', { ...fault, path: this.path });
    this.isClosed = true;
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
    else if (this.dropped > 0) this.dropped = 0;
  }

  /** The ring is full of records that cannot be written: says so once, and lets training go on. */
  private drop(fault: NativeFault): void {
    if (this.dropped++ > 0) return;
    const error = systemError('cannot write log', { ...fault, path: this.path });
    process.emitWarning(`${error.message}: records are being dropped`, { code: error.code });
  }
}
