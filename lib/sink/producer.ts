/**
 * JavaScript's side of the ring: builds records at their place in the ring, and has the addon publish them.
 * native/ring/ring_producer.h decides on the place, and keeps which shapes the writer knows.
 */

import { Timestamp, utcOffsetSeconds } from '../record/timestamp.js';
import { ELAPSED, stamp, WALL } from './clock.js';
import type {
  NativeAddon,
  NativeAnswer,
  NativeFault,
  NativeFormat,
  NativeLog,
  NativeStats,
} from './native.js';
import { RecordEncoder } from './record-encoder.js';
import { NO_WORDS, RecordMemory, WORD } from './record-memory.js';
import type { Shape } from './shapes.js';
import { whileWaiting } from './waiting.js';

/** Indexes in the call block, behind those of clock.ts. */
const SECOND = 2;
const UTC_OFFSET = 3;
const SHAPE = 4;
const STEPS = 5;
const VALUES = 6;
/** What the calls for a record answer; Answer in native/node/call_block.h. */
const ASK_OFFSET = 1;
const DROPPED = 4;
/** What `prepare` answers beside the number of a shape. */
const NO_ROOM_DROPPED = -2;
/** Index in the header of a record, in 32-bit words. */
const SHAPE_ID = 2;
const MICROSECONDS = 1e6;
/** Words of a record of numbers beside these: header, times, the tag of the step, and what pads it. */
const BESIDE_NUMBERS = 6;

/**
 * The shape whose number and counts lie in the call block, which all logs of this thread share: they are written again
 * only when a record of numbers has another shape. No log's that is building a record.
 */
const told: { shape: Shape | undefined } = { shape: undefined };

/** What `publishNumbers` answers for a record that must take the general way. */
export const GENERAL = 'general';

export class Producer {
  private readonly log: NativeLog;
  private readonly commit: NativeLog['commit'];
  private readonly commitNumbers: NativeLog['commit'];
  private readonly block: Float64Array;
  private readonly format: NativeFormat;
  private readonly control: Int32Array;
  private data: RecordMemory;
  private readonly headIndex: number;
  /** Bits of a position, which counts bytes modulo 2^32: those within the ring, and within a half of it. */
  private readonly ringMask: number;
  private readonly halfMask: number;
  /** Bytes. */
  private readonly maxRecord: number;
  /** The writer has forgotten at least the shapes with numbers up to this one. */
  private forgotten = 0;
  /** The fault of the last wait for room. */
  private fault: NativeFault | undefined;
  /** How many oversized records were handed over. */
  private written = 0;
  /** For the definitions of shapes. */
  private readonly definition: RecordEncoder;

  constructor(native: NativeAddon, log: NativeLog) {
    const { memory, commit, commitNumbers } = log;
    // A copy: the engine keeps the addon's object as a hash table.
    const format = { ...native.format };
    this.log = log;
    this.commit = commit;
    this.commitNumbers = commitNumbers;
    this.block = native.callBlock;
    this.format = format;
    this.definition = new RecordEncoder(format);
    this.control = new Int32Array(memory, 0, format.dataOffset / 4);
    this.data = new RecordMemory(memory, format.dataOffset);
    this.headIndex = format.headOffset / 4;
    this.ringMask = format.capacity - 1;
    this.halfMask = format.half - 1;
    this.maxRecord = format.maxRecord;
  }

  /** A record that can be built in the ring. */
  newRecord(): RecordEncoder {
    return new RecordEncoder(this.format, this.data);
  }

  /** Starts a record at its place in the ring. */
  begin(record: RecordEncoder, kind: number, wall: number, elapsed: number): void {
    told.shape = undefined;
    const head = (this.control[this.headIndex] ?? 0) & this.ringMask;
    // Elsewhere while records are dropped, since most would have to leave the ring; and at the start of a half, where
    // the writer may still be reading.
    if (this.fault !== undefined || (head & this.halfMask) === 0) {
      record.beginApart(kind, wall, elapsed);
    } else {
      // Eight bytes a word.
      const end = ((head | this.halfMask) + 1) >> 3;
      record.beginInPlace(head >> 3, end, kind, wall, elapsed);
    }
  }

  /**
   * Publishes a record, with the definition of its shape where the writer does not know it.
   * Waits for room. A fault means that the record was not taken.
   */
  publish(record: RecordEncoder, shape?: Shape): NativeFault | undefined {
    record.finish(0);
    const isKnown = shape === undefined || shape.id > this.forgotten;
    if (isKnown && record.isInPlace && this.commitRecord(shape) === undefined) return undefined;
    return this.publishSlowly(record, shape);
  }

  /** Publishes the record at the head. */
  private commitRecord(shape: Shape | undefined): NativeAnswer | undefined {
    told.shape = undefined;
    this.block[SHAPE] = shape === undefined ? 0 : shape.id;
    const answer = this.commit();
    if (answer !== ASK_OFFSET) return answer;
    this.askUtcOffset();
    return this.commit();
  }

  /**
   * Publishes the record in `numbers`: its step, of so many numbers, then its values. Waits for room. A fault means
   * that the record was not taken. `current` is the log's other record, which may be in the making.
   */
  publishNumbers(
    stepLength: number,
    shape: Shape,
    current: RecordEncoder,
    wall: number,
    elapsed: number,
  ): NativeFault | typeof GENERAL | undefined {
    const { block, commitNumbers } = this;
    block[WALL] = wall;
    block[ELAPSED] = elapsed;
    if (told.shape !== shape && !this.tell(stepLength, shape, current)) return GENERAL;
    const answer = commitNumbers();
    return answer === undefined ? undefined : this.commitNumbersSlowly(answer, shape);
  }

  /**
   * Tells the addon the form of the records of numbers that follow; false after close(), and while the log's other
   * record is in the making.
   */
  private tell(stepLength: number, shape: Shape, current: RecordEncoder): boolean {
    if (current.isOpen || this.data === NO_WORDS) return false;
    const { block } = this;
    block[SHAPE] = shape.id;
    block[STEPS] = stepLength;
    block[VALUES] = shape.depth;
    told.shape = shape;
    return true;
  }

  /** The record is of another second than the one before, the writer has forgotten its shape, or there is no room. */
  private commitNumbersSlowly(
    first: NativeAnswer,
    shape: Shape,
  ): NativeFault | typeof GENERAL | undefined {
    for (let answer: NativeAnswer | undefined = first; answer !== undefined; ) {
      if (answer === ASK_OFFSET) {
        this.askUtcOffset();
      } else if (answer === DROPPED) {
        return this.fault;
      } else {
        const definition = this.define(shape);
        if (definition.byteLength > this.maxRecord) return GENERAL;
        const count = (this.block[STEPS] ?? 0) + shape.depth;
        const fault = this.makeRoom((BESIDE_NUMBERS + count) * WORD, shape, definition);
        if (fault !== undefined) return fault;
        this.block[SHAPE] = shape.id;
      }
      answer = this.commitNumbers();
    }
    return undefined;
  }

  /** Offsets change at whole seconds, and rarely: asked once a second. */
  private askUtcOffset(): void {
    const wall = this.block[WALL] ?? 0;
    this.block[SECOND] = Math.floor(wall / MICROSECONDS) * MICROSECONDS;
    this.block[UTC_OFFSET] = utcOffsetSeconds(new Timestamp(wall));
  }

  /** A new shape, or a half has filled; at times a record that is too large for the ring. */
  private publishSlowly(record: RecordEncoder, shape: Shape | undefined): NativeFault | undefined {
    record.leave();
    if (this.fault !== undefined && this.isDropped(record, shape)) {
      // Without a stamp: a backend that follows stamps the record.
      this.block[WALL] = record.wall;
      this.block[ELAPSED] = record.elapsed;
      return this.fault;
    }
    // Before any wait: the record's time is now.
    this.stamp(record);
    const definition = shape === undefined ? undefined : this.define(shape);
    if (Math.max(record.size, definition?.byteLength ?? 0) > this.maxRecord) {
      return this.writeOversized(record, definition);
    }
    const fault = this.makeRoom(record.size, shape, definition);
    if (fault !== undefined) return fault;
    const head = (this.control[this.headIndex] ?? 0) & this.ringMask;
    this.data.halves.set(record.recordHalves, head >> 2);
    this.commitRecord(shape);
    return undefined;
  }

  /** Makes room for a record of so many bytes, and defines its shape. */
  private makeRoom(bytes: number, shape?: Shape, definition?: Int32Array): NativeFault | undefined {
    for (;;) {
      const answer = this.log.prepare(bytes, shape?.id ?? 0, definition);
      if (answer >= 0) {
        told.shape = undefined;
        this.forgotten = this.block[SHAPE] ?? 0;
        if (shape !== undefined) shape.id = answer;
        return undefined;
      }
      if (answer === NO_ROOM_DROPPED && this.fault !== undefined) return this.fault;
      this.fault = whileWaiting(() => this.log.waitForRoom());
      if (this.fault !== undefined) return this.fault;
    }
  }

  /**
   * Drops a record for which the half has no room, when the writer has refused room for an earlier record and the
   * same fault lasts: dropping must cost less than logging.
   */
  private isDropped(record: RecordEncoder, shape: Shape | undefined): boolean {
    const bytes = record.size + (shape?.definition?.byteLength ?? 0);
    return this.log.prepare(bytes, 0) === NO_ROOM_DROPPED;
  }

  /** Stamps a record that does not lie at the head of the ring, as commit() stamps one that does. */
  private stamp(record: RecordEncoder): void {
    const { block } = this;
    stamp(record.wall, record.elapsed);
    this.askUtcOffset();
    record.setTimes(block[WALL] ?? 0, block[ELAPSED] ?? 0, block[UTC_OFFSET] ?? 0);
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
    if (shape.id > 0) shape.keep(definition.slice());
    return definition;
  }

  /** Returns when the record is in the file, or is kept beside the ring because it cannot be. */
  private writeOversized(record: RecordEncoder, definition?: Int32Array): NativeFault | undefined {
    const pieces = [record.recordBytes];
    if (definition !== undefined) {
      // The writer reads these with a dictionary of their own.
      definition[SHAPE_ID] = 1;
      record.finish(1);
      const { buffer, byteOffset, byteLength } = definition;
      pieces.unshift(new Uint8Array(buffer, byteOffset, byteLength));
    }
    const id = ++this.written;
    const fault = whileWaiting(() => this.log.writeOversized(id, ...pieces));
    if (fault === undefined) return undefined;
    const noRoom = this.makeRoom(this.format.overflowSize);
    if (noRoom !== undefined) return noRoom;
    return this.log.putOverflow(...pieces) === null ? undefined : fault;
  }

  /** Blocks until everything so far is in the file, or on the device. */
  flush(sync: boolean): NativeFault | undefined {
    return whileWaiting(() => this.log.flush(sync));
  }

  /** Continues in the file that the log's path leads to now; gives up when another process holds it for long. */
  reopen(): NativeFault | undefined {
    return whileWaiting(() => this.log.reopen());
  }

  stats(): NativeStats {
    return this.log.stats();
  }

  /** Blocks until everything is in the file, and ends the writer. The ring's memory is released. */
  close(): NativeFault | undefined {
    const fault = whileWaiting(() => this.log.close());
    if (fault !== undefined) return fault;
    this.data = NO_WORDS;
    told.shape = undefined;
    return undefined;
  }
}
