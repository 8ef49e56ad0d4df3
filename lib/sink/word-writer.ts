/**
 * Writes the words of a record; native/record/record.h describes them. They are written at their final place in the
 * ring, beyond the published records. User code that runs meanwhile (getters, toJSON, Proxies) may log: then the
 * unfinished record moves to separate memory. So does a record that finds too little room. Hence no index of a word is
 * kept across user code.
 *
 * Members are private to TypeScript only: the engine inlines by the size of the code, and private names take twice as
 * much of it.
 */

import { tooLarge } from '../record/value.js';
import type { NativeFormat } from './native.js';
import {
  allocate,
  MAX_WORDS,
  NO_WORDS,
  type RecordMemory,
  TOO_LARGE,
  WORD,
} from './record-memory.js';

const INITIAL_WORDS = 512;
/** Limit in bytes on separate memory that is kept: one huge record must not hold its memory for the rest of the run. */
const MAX_SPARE = 2 ** 20;
/** Behind the header: wall and elapsed microseconds. */
const TIME_WORDS = 2;

export class WordWriter {
  protected readonly format: NativeFormat;
  /** Where records are built in place. */
  private readonly ring: RecordMemory;
  /** Separate memory, for the other records. */
  private heap = NO_WORDS;
  /** Where the record lies, and its three views. */
  private words: RecordMemory;
  protected doubles: Float64Array;
  protected halves: Int32Array;
  protected bytes: Buffer;
  /** The record's first word, its next word, and the end of the room. */
  protected start = 0;
  protected next = 0;
  private limit = 0;
  /** Whether the record has begun and not ended; a record that is given up stays open. */
  isOpen = false;

  private readonly headerWords: number;
  /** Header and times. */
  readonly headWords: number;
  /** Records are padded to pairs of words; the ring's room is a multiple of that. */
  readonly alignmentMask: number;

  constructor(format: NativeFormat, ring: RecordMemory = NO_WORDS) {
    this.format = format;
    this.headerWords = format.headerSize / WORD;
    this.headWords = this.headerWords + TIME_WORDS;
    this.alignmentMask = format.alignment / WORD - 1;
    this.ring = ring;
    this.words = ring;
    this.doubles = ring.doubles;
    this.halves = ring.halves;
    this.bytes = ring.bytes;
  }

  /** Words of the record so far. */
  get length(): number {
    return this.next - this.start;
  }

  /** Bytes of the record so far. */
  get size(): number {
    return this.length * WORD;
  }

  /** Whether the record lies in the ring. */
  get isInPlace(): boolean {
    return this.words === this.ring;
  }

  /** The record, for copying. */
  get recordHalves(): Int32Array {
    return this.halves.subarray(this.start * 2, this.next * 2);
  }

  get recordBytes(): Uint8Array {
    return this.bytes.subarray(this.start * WORD, this.next * WORD);
  }

  /** Starts the definition of a shape, in separate memory, with room for its header. */
  beginDefinition(kind: number): void {
    this.use(this.heap);
    this.start = 0;
    this.next = 0;
    this.limit = this.heap.doubles.length;
    this.reserve(this.headerWords);
    this.halves[this.start * 2 + 1] = kind;
    this.next += this.headerWords;
  }

  /**
   * Starts a record in the ring, in words `start` to `end`, with room for its header and times. A record that needs
   * more room moves to separate memory.
   */
  beginInPlace(start: number, end: number, kind: number, wall: number, elapsed: number): void {
    if (this.words !== this.ring) this.use(this.ring);
    this.beginAt(start, end, kind, wall, elapsed);
  }

  /** The same in separate memory. */
  beginApart(kind: number, wall: number, elapsed: number): void {
    const { heap } = this;
    if (this.words !== heap || heap.bytes.length > MAX_SPARE) this.use(heap);
    this.beginAt(0, this.heap.doubles.length, kind, wall, elapsed);
  }

  private beginAt(start: number, end: number, kind: number, wall: number, elapsed: number): void {
    this.isOpen = true;
    this.start = start;
    this.next = start;
    this.limit = end;
    const words = this.headWords;
    if (start + words > end) this.grow(words);
    this.halves[this.start * 2 + 1] = kind;
    const next = this.start + words;
    this.next = next;
    this.doubles[next - 2] = wall;
    this.doubles[next - 1] = elapsed;
  }

  private use(words: RecordMemory): void {
    if (this.words === this.heap && this.heap.bytes.length > MAX_SPARE) this.heap = NO_WORDS;
    this.words = words;
    this.doubles = words.doubles;
    this.halves = words.halves;
    this.bytes = words.bytes;
  }

  /** Moves a record out of the ring to separate memory: another record is built there. */
  leave(): void {
    if (this.isInPlace) this.grow(0);
  }

  /** Completes the record but for its times: pads it, fills in the header. May be called again. */
  finish(shapeId: number): void {
    if (((this.next - this.start) & this.alignmentMask) !== 0) this.number(0);
    this.isOpen = false;
    const halves = this.halves;
    const at = this.start * 2;
    // Eight bytes a word.
    halves[at] = (this.next - this.start) << 3;
    halves[at + 2] = shapeId;
  }

  /** Fills in the times and the UTC offset, which commit() fills in for records in the ring. */
  setTimes(wall: number, elapsed: number, utcOffset: number): void {
    const at = this.start + this.headerWords;
    this.halves[this.start * 2 + 3] = utcOffset;
    this.doubles[at] = wall;
    this.doubles[at + 1] = elapsed;
  }

  /** The record's times, for the backends that follow. */
  get wall(): number {
    return this.doubles[this.start + this.headerWords] ?? 0;
  }

  get elapsed(): number {
    return this.doubles[this.start + this.headerWords + 1] ?? 0;
  }

  number(value: number): void {
    if (Number.isNaN(value)) {
      this.notANumber();
    } else {
      if (this.next === this.limit) this.grow(1);
      this.doubles[this.next++] = value;
    }
  }

  /** NaN has many bit patterns, and some are tags. */
  private notANumber(): void {
    this.tag(this.format.tagNan, 0);
  }

  tag(tag: number, count: number): void {
    if (this.next === this.limit) this.grow(1);
    const halves = this.halves;
    const at = this.next++ * 2;
    halves[at] = count;
    halves[at + 1] = tag;
  }

  /** Tags a payload, zeroes its padding, and returns the byte at which it begins. */
  protected payload(tag: number, count: number, size: number): number {
    const words = (size + WORD - 1) >> 3;
    if (this.next + words >= this.limit) this.grow(1 + words);
    const { next, halves } = this;
    // Zeroes the payload's last word; without a payload, the tag, which is written next.
    this.doubles[next + words] = 0;
    halves[next * 2] = count;
    halves[next * 2 + 1] = tag;
    this.next = next + 1 + words;
    return (next + 1) * WORD;
  }

  /** Forgets everything beyond a size that the record had. */
  protected cut(size: number): void {
    this.next = this.start + size / WORD;
  }

  protected reserve(words: number): void {
    if (this.next + words > this.limit) this.grow(words);
  }

  /** Moves the record to separate memory with room for more words. */
  private grow(words: number): void {
    const length = this.next - this.start;
    const record = length === 0 ? undefined : this.recordHalves;
    const needed = length + words;
    if (needed > MAX_WORDS) throw tooLarge(TOO_LARGE);
    const capacity = this.heap.doubles.length;
    if (needed > capacity) {
      this.heap = allocate(Math.min(Math.max(needed, capacity * 2, INITIAL_WORDS), MAX_WORDS));
    }
    if (record !== undefined) this.heap.halves.set(record);
    this.use(this.heap);
    this.start = 0;
    this.next = length;
    this.limit = this.heap.doubles.length;
  }
}
