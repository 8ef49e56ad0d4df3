/**
 * JavaScript's side of the ring that native/ring/ring.h describes: room, halves, shapes, publishing,
 * waking the writer.
 */

import { Timestamp, utcOffsetSeconds } from '../record/timestamp.js';
import { ELAPSED, stamp, WALL } from './clock.js';
import type {
  NativeAddon,
  NativeFault,
  NativeFormat,
  NativeLog,
  NativeOpened,
  NativeStats,
} from './native.js';
import { RecordBuffer } from './record.js';
import type { Shape } from './shapes.js';
import { whileWaiting } from './waiting.js';
import { NO_WORDS, WORD, Words } from './words.js';

/** Indexes of what `commit` is told, behind those of clock.ts. */
const SECOND = 2;
const UTC_OFFSET = 3;
const SHAPE = 4;
const STEPS = 5;
const VALUES = 6;
/** Index in the header of a record, in 32-bit words. */
const SHAPE_ID = 2;
const MICROSECONDS = 1e6;
/** Records to drop before the writer is asked again, so that their count fits a word of the ring. */
const MAX_DROPPED = 2 ** 30;
/** Shapes that a half may define and still be left early: the next one has to define them anew. */
const FEW_SHAPES = 16;

export class Producer {
  private readonly native: NativeAddon;
  private readonly commit: NativeOpened['commit'];
  private readonly commitNumbers: NativeOpened['commit'];
  private readonly times: Float64Array;
  private readonly format: NativeFormat;
  private readonly log: NativeLog;
  private readonly control: Int32Array;
  private data: Words;
  private readonly tailIndex: number;
  private readonly droppedIndex: number;
  private readonly faultsIndex: number;
  /** All lengths and offsets here count words of 8 bytes. */
  private readonly capacity: number;
  private readonly maxRecord: number;
  /** From the start of the data to the next record. */
  private offset = 0;
  /** Of the data's start in this lap. */
  private lap = 0;
  private halfEnd: number;
  /** Where to look next how far the writer is: behind a quarter of the half, half of it, all of it. */
  private lookAt: number;
  /** Halves entered so far. */
  private generation = 0;
  private lastShape = 0;
  /** The fault for which a record was dropped last, and what the ring said of faults then. */
  private fault: NativeFault | undefined;
  private faultsSeen = 0;
  /** Records that were dropped since the writer was asked for room. */
  private dropped = 0;
  /** Records that were written through. */
  private written = 0;
  /** Of a record of numbers, without these: header, times and the tag of the step. */
  private readonly numbersHead: number;
  /** That of records. */
  private readonly alignmentMask: number;
  /** For the definitions of shapes. */
  private readonly definition: RecordBuffer;

  constructor(native: NativeAddon, opened: NativeOpened) {
    const { log, memory, commit, commitNumbers } = opened;
    // A copy: the engine keeps the addon's as a hash table.
    const format = { ...native.format };
    this.native = native;
    this.commit = commit;
    this.commitNumbers = commitNumbers;
    this.times = native.exchange;
    this.format = format;
    this.log = log;
    this.definition = new RecordBuffer(format);
    this.control = new Int32Array(memory, 0, format.dataOffset / 4);
    this.data = new Words(memory, format.dataOffset);
    this.tailIndex = format.tailOffset / 4;
    this.droppedIndex = format.droppedOffset / 4;
    this.faultsIndex = format.faultsOffset / 4;
    this.capacity = format.capacity / WORD;
    this.maxRecord = format.maxRecord / WORD;
    this.halfEnd = this.capacity / 2;
    this.lookAt = this.capacity / 8;
    this.numbersHead = this.definition.headWords + 1;
    this.alignmentMask = this.definition.alignmentMask;
  }

  /** The position behind everything that was published. */
  get position(): number {
    return this.positionOf(this.offset) >>> 0;
  }

  /** Positions count bytes, modulo 2^32, and never wrap at the capacity. */
  private positionOf(offset: number): number {
    // Eight bytes a word.
    return (this.lap + offset) << 3;
  }

  /** A record that can be built in the ring. */
  newRecord(): RecordBuffer {
    return new RecordBuffer(this.format, this.data);
  }

  /** Starts a record where it would lie. */
  begin(record: RecordBuffer, kind: number, wall: number, elapsed: number): void {
    // While records are dropped, most would begin in the ring only to be moved out of it.
    if (this.fault !== undefined) record.beginApart(kind, wall, elapsed);
    else record.beginInPlace(this.offset, this.lookAt, kind, wall, elapsed);
  }

  /**
   * Publishes a record, with the definition of its shape where the writer does not know it.
   * Waits for room. A fault means that the record was not taken.
   */
  publish(record: RecordBuffer, shape?: Shape): NativeFault | undefined {
    if (shape === undefined) {
      record.finish(0);
    } else {
      record.finish(shape.id);
      if (shape.generation !== this.generation) return this.publishSlowly(record, shape);
    }
    if (!record.isInPlace) return this.publishSlowly(record, shape);
    this.advance(record.length);
    return undefined;
  }

  /**
   * Publishes the record whose step, of so many numbers, and values are in `numbers`. Waits for room.
   * A fault means that the record was not taken; false, that it is none for this.
   */
  publishNumbers(
    stepLength: number,
    shape: Shape,
    wall: number,
    elapsed: number,
  ): boolean | NativeFault {
    const { times } = this;
    // First, since whoever has to wait for room stamps the record before.
    times[WALL] = wall;
    times[ELAPSED] = elapsed;
    const unpadded = this.numbersHead + stepLength + shape.depth;
    const words = unpadded + (unpadded & this.alignmentMask);
    if (this.offset + words > this.lookAt || shape.generation !== this.generation) {
      const fault = this.dropAtOnce(words, shape);
      if (fault !== undefined) return fault;
      const hasRoom = this.makeRoomForNumbers(words, shape);
      if (hasRoom !== true) return hasRoom;
    }
    times[SHAPE] = shape.id;
    times[STEPS] = stepLength;
    times[VALUES] = shape.depth;
    if (this.commitNumbers() !== undefined) this.commitAnew(this.commitNumbers);
    this.offset += words;
    return true;
  }

  private makeRoomForNumbers(words: number, shape: Shape): boolean | NativeFault {
    if (this.data === NO_WORDS) return false;
    const definition = this.define(shape);
    if (definition.length > this.maxRecord * 2) return false;
    return this.makeRoom(words, shape, definition) ?? true;
  }

  /** Has the record at the head published. */
  private advance(length: number): void {
    if (this.commit() !== undefined) this.commitAnew(this.commit);
    // A time limit may end JavaScript at any call: what belongs together has none in between.
    this.offset += length;
  }

  /** The record is of another second than the one before. */
  private commitAnew(commit: NativeOpened['commit']): void {
    this.askUtcOffset();
    commit();
  }

  /** Offsets change at whole seconds, and rarely: asked once a second. */
  private askUtcOffset(): void {
    const wall = this.times[WALL] ?? 0;
    this.times[SECOND] = Math.floor(wall / MICROSECONDS) * MICROSECONDS;
    this.times[UTC_OFFSET] = utcOffsetSeconds(new Timestamp(wall));
  }

  /** A new shape, or it is time to look at the writer; at times a record that is too large for the ring. */
  private publishSlowly(record: RecordBuffer, shape: Shape | undefined): NativeFault | undefined {
    const dropped = this.dropAtOnce(record.length, shape);
    if (dropped !== undefined) {
      // Without a stamp: a backend that follows stamps the record.
      this.times[WALL] = record.wall;
      this.times[ELAPSED] = record.elapsed;
      return dropped;
    }
    record.leave();
    // Before any wait: the record is of now.
    this.stamp(record);
    const definition = shape === undefined ? NO_WORDS.halves : this.define(shape);
    if (Math.max(record.length, definition.length / 2) > this.maxRecord) {
      return this.writeThrough(record, definition);
    }
    const fault = this.makeRoom(record.length, shape, definition);
    if (fault !== undefined) return fault;
    record.finish(shape?.id ?? 0);
    this.copy(record, this.offset);
    this.advance(record.length);
    return undefined;
  }

  /** Sees to it that a record of so many words fits, and that its shape is known. */
  private makeRoom(
    words: number,
    shape?: Shape,
    definition = NO_WORDS.halves,
  ): NativeFault | undefined {
    if (this.offset + words > this.lookAt) this.lookAtWriter();
    // Reserved also where the shape is known: the next half will not know it.
    while (this.offset + definition.length / 2 + words > this.halfEnd) {
      const fault = this.enterNextHalf();
      if (fault !== undefined) return fault;
    }
    if (shape !== undefined && shape.generation !== this.generation) {
      this.publishDefinition(shape, definition);
    }
    return undefined;
  }

  /** Does what commit() does for a record at the head of the ring. */
  private stamp(record: RecordBuffer): void {
    const { times } = this;
    stamp(record.wall, record.elapsed);
    this.askUtcOffset();
    record.setTimes(times[WALL] ?? 0, times[ELAPSED] ?? 0, times[UTC_OFFSET] ?? 0);
  }

  private publishDefinition(shape: Shape, definition: Int32Array): void {
    const id = this.lastShape + 1;
    this.data.halves.set(definition, this.offset * 2);
    this.data.halves[this.offset * 2 + SHAPE_ID] = id;
    const end = this.offset + definition.length / 2;
    this.native.publish(this.log, this.positionOf(end) >>> 0);
    this.offset = end;
    this.lastShape = id;
    shape.id = id;
    shape.generation = this.generation;
  }

  /** The record that defines a shape, but for the id. Kept from the second time on: every half needs it. */
  private define(shape: Shape): Int32Array {
    if (shape.definition !== undefined) return shape.definition;
    const keys = shape.keys();
    this.definition.beginDefinition(this.format.kindShape);
    this.definition.tag(this.format.tagArray, keys.length);
    for (const key of keys) {
      if (shape.isFloat(key)) this.definition.tag(this.format.tagArray, 1);
      this.definition.string(key);
    }
    this.definition.finish(0);
    const definition = this.definition.recordHalves;
    if (shape.generation >= 0) shape.keep(definition.slice());
    return definition;
  }

  private copy(record: RecordBuffer, offset: number): void {
    this.data.halves.set(record.recordHalves, offset * 2);
  }

  /**
   * A part of the half has filled. Where the writer keeps up it goes on in the other half, whose beginning
   * the caches still have: so the rest of the ring costs no memory until the writer falls behind.
   */
  private lookAtWriter(): void {
    const near = (this.capacity * 3) / 32;
    // He is in this half then, and has left the other.
    const keepsUp = this.offset - this.halfStart >= near && this.behind <= near * WORD;
    if (keepsUp && this.lastShape <= FEW_SHAPES) {
      this.goToNextHalf();
      return;
    }
    const part = this.lookAt - this.halfStart;
    if (part >= this.capacity / 4) this.native.wake(this.log);
    this.lookAt = Math.min(this.halfStart + part * 2, this.halfEnd);
  }

  private get halfStart(): number {
    return this.halfEnd - this.capacity / 2;
  }

  /** How many bytes are not yet in the file. */
  private get behind(): number {
    return (this.position - Atomics.load(this.control, this.tailIndex)) >>> 0;
  }

  /** Waits until the writer has left the other half, then goes there. */
  private enterNextHalf(): NativeFault | undefined {
    const here = this.positionOf(this.halfStart) >>> 0;
    const fault = whileWaiting(() => this.native.waitForRoom(this.log, here));
    this.dropped = 0;
    this.faultsSeen = Atomics.load(this.control, this.faultsIndex);
    if (fault === undefined) this.goToNextHalf();
    this.fault = fault;
    return fault;
  }

  /**
   * Drops a record for which the half has no room, where the writer has refused room for another one
   * and still fails for the same fault: dropping is to cost less than logging. Undefined where the
   * writer has to be asked.
   */
  private dropAtOnce(words: number, shape: Shape | undefined): NativeFault | undefined {
    const { fault, control } = this;
    if (fault === undefined) return undefined;
    const definition = (shape?.definition?.length ?? 0) / 2;
    if (this.offset + definition + words <= this.halfEnd) return undefined;
    const faults = Atomics.load(control, this.faultsIndex);
    const isFailing = faults === this.faultsSeen && (faults & 1) === 1;
    const hasRoom = this.behind <= this.offset * WORD - this.halfStart * WORD;
    if (!isFailing || hasRoom || this.dropped === MAX_DROPPED) return undefined;
    this.dropped++;
    Atomics.store(control, this.droppedIndex, this.dropped);
    return fault;
  }

  private goToNextHalf(): void {
    const rest = this.halfEnd - this.offset;
    if (rest > 0) {
      this.data.halves[this.offset * 2] = rest * WORD;
      this.data.halves[this.offset * 2 + 1] = this.format.kindPad;
    }
    this.native.publish(this.log, this.positionOf(this.halfEnd) >>> 0);
    this.offset = this.halfEnd;
    if (this.offset === this.capacity) {
      this.offset = 0;
      this.lap = (this.lap + this.capacity) | 0;
    }
    this.halfEnd = this.offset + this.capacity / 2;
    this.lookAt = this.offset + this.capacity / 8;
    this.generation++;
    this.lastShape = 0;
  }

  /** Returns when the record is in the file, or is kept beside the ring because it cannot be. */
  private writeThrough(record: RecordBuffer, definition: Int32Array): NativeFault | undefined {
    const pieces = [record.recordBytes];
    if (definition.length > 0) {
      // The writer reads these with a dictionary of their own.
      definition[SHAPE_ID] = 1;
      record.finish(1);
      const { buffer, byteOffset, byteLength } = definition;
      pieces.unshift(new Uint8Array(buffer, byteOffset, byteLength));
    }
    const id = ++this.written;
    const fault = whileWaiting(() => this.native.writeThrough(this.log, id, ...pieces));
    if (fault === undefined) return undefined;
    const length = this.format.asideSize / WORD;
    const noRoom = this.makeRoom(length);
    if (noRoom !== undefined) return noRoom;
    if (this.native.putAside(this.log, ...pieces) !== undefined) return fault;
    this.offset += length;
    return undefined;
  }

  /** Blocks until everything so far is in the file, or on the device. */
  flush(sync: boolean): NativeFault | undefined {
    return whileWaiting(() => this.native.flush(this.log, this.position, sync));
  }

  /** Goes on in the file that the log's path leads to now; gives up when others hold that. */
  reopen(): NativeFault | undefined {
    return whileWaiting(() => this.native.reopen(this.log));
  }

  stats(): NativeStats {
    return this.native.stats(this.log);
  }

  /** Blocks until everything is in the file, and ends the writer. The ring is gone then. */
  close(): NativeFault | undefined {
    const fault = whileWaiting(() => this.native.close(this.log));
    if (fault !== undefined) return fault;
    this.data = NO_WORDS;
    this.offset = 0;
    this.lookAt = 0;
    return undefined;
  }
}
