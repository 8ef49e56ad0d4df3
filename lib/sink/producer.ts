/**
 * JavaScript's side of the ring that native/ring.h describes: room, halves, shapes, publishing,
 * waking the writer.
 */
import type { NativeAddon, NativeFault, NativeFormat, NativeLog } from './native.js';
import type { RecordBuffer } from './record.js';
import type { Shape } from './shapes.js';
import { WORD, Words } from './words.js';

export class Producer {
  readonly #native: NativeAddon;
  readonly #format: NativeFormat;
  readonly #log: NativeLog;
  readonly #control: Int32Array;
  readonly #data: Words;
  readonly #headIndex: number;
  readonly #consumerIndex: number;
  /** Bytes from the start of the data to the next record. */
  #offset = 0;
  /** Position of the data's start in this lap; positions count bytes modulo 2^32. */
  #lap = 0;
  #halfEnd: number;
  /** Where to look next whether the writer is awake. */
  #quarterEnd: number;
  /** Halves entered so far. */
  #generation = 0;
  #lastShape = 0;
  readonly #definition: RecordBuffer;

  /** @param definition a buffer for the definitions of shapes. */
  constructor(native: NativeAddon, log: NativeLog, memory: ArrayBuffer, definition: RecordBuffer) {
    const { format } = native;
    this.#native = native;
    this.#format = format;
    this.#log = log;
    this.#definition = definition;
    this.#control = new Int32Array(memory, 0, format.dataOffset / 4);
    this.#data = new Words(memory, format.dataOffset);
    this.#headIndex = format.headOffset / 4;
    this.#consumerIndex = format.consumerOffset / 4;
    this.#halfEnd = format.capacity / 2;
    this.#quarterEnd = format.capacity / 4;
  }

  /** The position behind everything that was published. */
  get position(): number {
    return (this.#lap + this.#offset) >>> 0;
  }

  /** Starts a record where it would lie. */
  begin(record: RecordBuffer, kind: number, utcOffset: number): void {
    const start = this.#offset / WORD;
    record.beginInPlace(this.#data, start, this.#quarterEnd / WORD, kind, utcOffset);
  }

  /**
   * Publishes a record, with the definition of its shape where the writer does not know it.
   * Waits for room. A fault means that the record was not taken.
   */
  publish(record: RecordBuffer, shape?: Shape): NativeFault | undefined {
    if (shape === undefined || shape.generation === this.#generation) {
      record.end(shape === undefined ? 0 : shape.id);
      if (record.isInPlace) {
        const end = this.#offset + record.size;
        Atomics.store(this.#control, this.#headIndex, (this.#lap + end) | 0);
        this.#offset = end;
        this.#wakeIfAsleep();
        return undefined;
      }
    }
    record.leave();
    record.end(0);
    return this.#publishSlowly(record, shape);
  }

  /** A new shape, or another quarter of the ring; at times a record that is too large for it. */
  #publishSlowly(record: RecordBuffer, shape: Shape | undefined): NativeFault | undefined {
    if (shape !== undefined) this.#define(shape);
    const definitionSize = shape === undefined ? 0 : this.#definition.size;
    if (Math.max(record.size, definitionSize) > this.#format.maxRecord) {
      return this.#writeThrough(record, shape);
    }
    // Reserved also where the shape is known: the next half will not know it.
    while (this.#offset + definitionSize + record.size > this.#halfEnd) {
      const fault = this.#enterNextHalf();
      if (fault !== undefined) return fault;
    }
    const isNew = shape !== undefined && shape.generation !== this.#generation;
    const id = isNew ? this.#lastShape + 1 : (shape?.id ?? 0);
    let end = this.#offset;
    if (isNew) {
      this.#definition.end(id);
      this.#copy(this.#definition, end);
      end += definitionSize;
    }
    record.end(id);
    this.#copy(record, end);
    end += record.size;
    if (end > this.#quarterEnd) this.#passQuarter();
    // A time limit may end JavaScript at any call: what belongs together has none in between.
    Atomics.store(this.#control, this.#headIndex, (this.#lap + end) | 0);
    this.#offset = end;
    if (isNew) {
      this.#lastShape = id;
      shape.id = id;
      shape.generation = this.#generation;
    }
    this.#wakeIfAsleep();
    return undefined;
  }

  /** Builds the record that defines a shape. */
  #define(shape: Shape): void {
    const keys = shape.keys();
    this.#definition.begin(this.#format.kindShape, 0);
    this.#definition.tag(this.#format.tagArray, keys.length);
    for (const key of keys) this.#definition.string(key);
    this.#definition.end(0);
  }

  #copy(record: RecordBuffer, offset: number): void {
    this.#data.halves.set(record.halves, offset / 4);
  }

  /** After every store of the head: a writer that sleeps looks no more by itself. */
  #wakeIfAsleep(): void {
    if (Atomics.load(this.#control, this.#consumerIndex) === this.#format.asleep) {
      this.#native.wake(this.#log);
    }
  }

  /** A quarter of the ring has filled: a writer that naps should begin now. */
  #passQuarter(): void {
    this.#quarterEnd = this.#halfEnd;
    if (Atomics.load(this.#control, this.#consumerIndex) !== this.#format.awake) {
      this.#native.wake(this.#log);
    }
  }

  /** Waits until the writer has left the other half, then goes there. */
  #enterNextHalf(): NativeFault | undefined {
    const half = this.#format.capacity / 2;
    const here = this.#lap + this.#halfEnd - half;
    this.#passQuarter();
    const fault = this.#wait(() => this.#native.waitForRoom(this.#log, here >>> 0));
    if (fault !== undefined) return fault;
    const rest = this.#halfEnd - this.#offset;
    if (rest > 0) {
      this.#data.halves[this.#offset / 4] = rest;
      this.#data.halves[this.#offset / 4 + 1] = this.#format.kindPad;
    }
    Atomics.store(this.#control, this.#headIndex, (this.#lap + this.#halfEnd) | 0);
    this.#offset = this.#halfEnd;
    if (this.#offset === this.#format.capacity) {
      this.#offset = 0;
      this.#lap = (this.#lap + this.#format.capacity) | 0;
    }
    this.#halfEnd = this.#offset + half;
    this.#quarterEnd = this.#offset + half / 2;
    this.#generation++;
    this.#lastShape = 0;
    this.#wakeIfAsleep();
    return undefined;
  }

  #writeThrough(record: RecordBuffer, shape: Shape | undefined): NativeFault | undefined {
    const parts = [record.bytes];
    if (shape !== undefined) {
      // The writer reads these with a dictionary of their own.
      this.#definition.end(1);
      record.end(1);
      parts.unshift(this.#definition.bytes);
    }
    return this.#wait(() => this.#native.writeThrough(this.#log, ...parts));
  }

  /** Blocks until everything so far is in the file, or on the device. */
  flush(sync: boolean): NativeFault | undefined {
    return this.#wait(() => this.#native.flush(this.#log, this.position, sync));
  }

  /** Blocks until everything is in the file, and ends the writer. */
  close(): NativeFault | undefined {
    return this.#wait(() => this.#native.close(this.#log));
  }

  /**
   * Repeats a call that gives up waiting now and then: between the calls the engine can end this
   * thread, which a call that never returned would hold for ever.
   */
  #wait(call: () => NativeFault | undefined): NativeFault | undefined {
    for (;;) {
      const fault = call();
      if (fault?.errno !== this.#format.stillWaiting) return fault;
    }
  }
}
