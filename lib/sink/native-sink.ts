/** The sink over the C++ writer thread: encodes records into the ring, and never makes text. */
import { systemError } from '../errors.js';
import { Timestamp, utcOffsetSeconds } from '../timestamp.js';
import { Place, resolveMetadata, resolveNamed } from '../value.js';
import { closedError, openError } from './log-errors.js';
import type { NativeAddon, NativeFault } from './native.js';
import { Producer } from './producer.js';
import { RecordBuffer } from './record.js';
import { type Shape, ShapeTree } from './shapes.js';
import type { LineSink, LineSinkOptions } from './sink.js';

const SECOND = 1e6;
/** One huge record must not pin its memory for the rest of the run. */
const MAX_SPARE = 2 ** 20;

export class NativeSink implements LineSink {
  readonly #native: NativeAddon;
  readonly #path: string;
  readonly #producer: Producer;
  readonly #shapes = new ShapeTree();
  /** Taken while a record is built: user code in it may log too, and then finds none. */
  #spare: RecordBuffer | undefined;
  /** What is being built in the ring, or was given up there. */
  #building: RecordBuffer | undefined;
  #utcOffset = 0;
  /** The second, in microseconds, for which the offset holds. */
  #second = Number.NEGATIVE_INFINITY;
  #dropped = 0;
  #isClosed = false;

  constructor(native: NativeAddon, options: LineSinkOptions) {
    const opened = native.open(options.path, options.append, options.nonFinite === 'null');
    if ('errno' in opened) throw openError(options.path, opened, opened.holder);
    this.#native = native;
    this.#path = options.path;
    const definition = new RecordBuffer(native.format);
    this.#producer = new Producer(native, opened.log, opened.memory, definition);
  }

  log(wall: number, elapsed: number, step: unknown, data: object): void {
    const record = this.#begin(this.#native.format.kindLog, wall, elapsed);
    record.step(step);
    const shape = record.data(resolveNamed(data, 'data'), this.#shapes.root);
    this.#publish(record, shape);
  }

  metadata(wall: number, elapsed: number, metric: string, metadata: object): void {
    const record = this.#begin(this.#native.format.kindMetadata, wall, elapsed);
    record.string(metric);
    record.object(resolveMetadata(metadata), new Place('metadata of', metric));
    this.#publish(record);
  }

  flush(sync: boolean): void {
    const fault = this.#producer.flush(sync);
    if (fault !== undefined) throw systemError('cannot write log', { ...fault, path: this.#path });
  }

  close(): void {
    const fault = this.#producer.close();
    if (fault !== undefined) throw systemError('cannot write log', { ...fault, path: this.#path });
    this.#isClosed = true;
  }

  #begin(kind: number, wall: number, elapsed: number): RecordBuffer {
    const record = this.#spare ?? this.#another();
    this.#spare = undefined;
    this.#building = record;
    this.#producer.begin(record, kind, this.#offsetAt(wall));
    record.number(wall);
    record.number(elapsed);
    return record;
  }

  #another(): RecordBuffer {
    this.#building?.leave();
    return new RecordBuffer(this.#native.format);
  }

  #publish(record: RecordBuffer, shape?: Shape): void {
    // Only now: a getter of the record may have closed the log.
    if (this.#isClosed) throw closedError(this.#path);
    if (record.capacity <= MAX_SPARE) this.#spare = record;
    const fault = this.#producer.publish(record, shape);
    this.#building = undefined;
    if (fault !== undefined) this.#drop(fault);
    else this.#dropped = 0;
  }

  /** The ring is full of records that cannot be written: says so once, and lets training go on. */
  #drop(fault: NativeFault): void {
    if (this.#dropped++ > 0) return;
    const error = systemError('cannot write log', { ...fault, path: this.#path });
    process.emitWarning(`${error.message}: records are being dropped`, { code: error.code });
  }

  /** Offsets change at whole seconds, and rarely: asked once a second. */
  #offsetAt(wall: number): number {
    if (wall < this.#second || wall >= this.#second + SECOND) {
      this.#second = Math.floor(wall / SECOND) * SECOND;
      this.#utcOffset = utcOffsetSeconds(new Timestamp(wall));
    }
    return this.#utcOffset;
  }
}
