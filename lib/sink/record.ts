/**
 * One record in the making; native/record.h describes its words. They are written where they are to
 * lie in the ring, beyond what is published. User code that runs meanwhile (getters, toJSON,
 * Proxies) may log too: then the unfinished record moves out of the way. So may one that finds too
 * little room. Hence nothing here keeps an index of a word across user code.
 */
import { ELAPSED, times, WALL } from '../clock.js';
import {
  arrayLength,
  Float,
  forEachEntry,
  isBigIntArray,
  isFloatArray,
  isMap,
  isPlain,
  isTypedArray,
  type Named,
  Place,
  resolve,
  resolveNamed,
  type TypedArray,
  typedLength,
} from '../value.js';
import type { NativeFormat } from './native.js';
import type { Shape } from './shapes.js';
import { allocate, MAX_WORDS, NO_WORDS, tooLarge, WORD, type Words } from './words.js';

const hasOwn = Object.prototype.hasOwnProperty;

const INITIAL_WORDS = 512;
/** Bytes: one huge record must not pin its memory for the rest of the run. */
const MAX_SPARE = 2 ** 20;
/** Behind the header: wall and elapsed microseconds. */
const TIME_WORDS = 2;
/** Up to here a loop over a string's code units beats a call into the runtime. */
const SHORT_STRING = 24;

export class RecordBuffer {
  private readonly format: NativeFormat;
  /** Where records are built in place. */
  private readonly ring: Words;
  /** Memory of our own, for records that are not. */
  private heap = NO_WORDS;
  /** Where the record lies, and its three views. */
  private words: Words;
  private doubles: Float64Array;
  private halves: Int32Array;
  private bytes: Buffer;
  /** The record's first word, the one that comes next, and the end of the room. */
  private start = 0;
  private next = 0;
  private limit = 0;
  /** From its beginning to its end; one that is given up stays open. */
  isOpen = false;

  private readonly headerWords: number;
  /** Header and times. */
  private readonly headWords: number;
  /** Records are padded to pairs of words; the ring's room is a multiple of that. */
  private readonly alignmentMask: number;

  constructor(format: NativeFormat, ring: Words = NO_WORDS) {
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

  /** Whether the record lies where it was begun. */
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

  /** Starts the definition of a shape, in memory of our own, with room for its header. */
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
   * Starts a record in the ring, in words `start` to `end`, with room for its header and times.
   * Where that does not suffice it moves to memory of our own.
   */
  beginInPlace(start: number, end: number, kind: number): void {
    this.isOpen = true;
    if (this.words !== this.ring) this.use(this.ring);
    this.start = start;
    this.next = start;
    this.limit = end;
    const words = this.headWords;
    if (start + words > end) this.grow(words);
    this.halves[this.start * 2 + 1] = kind;
    const next = this.start + words;
    this.next = next;
    // As they are now: user code of the record may log too, and then leaves times of its own there.
    this.doubles[next - 2] = times[WALL] ?? 0;
    this.doubles[next - 1] = times[ELAPSED] ?? 0;
  }

  private use(words: Words): void {
    // One huge record must not pin its memory for the rest of the run.
    if (this.words === this.heap && this.heap.bytes.length > MAX_SPARE) this.heap = NO_WORDS;
    this.words = words;
    this.doubles = words.doubles;
    this.halves = words.halves;
    this.bytes = words.bytes;
  }

  /** Moves a record that is in place to memory of our own: another is to be built there. */
  leave(): void {
    if (this.isInPlace) this.grow(0);
  }

  /** Completes the record, all but its times: pads it, fills in the header. May be called again. */
  finish(shapeId: number): void {
    if (((this.next - this.start) & this.alignmentMask) !== 0) this.number(0);
    this.isOpen = false;
    const halves = this.halves;
    const at = this.start * 2;
    // Eight bytes a word.
    halves[at] = (this.next - this.start) << 3;
    halves[at + 2] = shapeId;
  }

  /** Fills in what commit() knows of records in the ring. */
  setTimes(wall: number, elapsed: number, utcOffset: number): void {
    const at = this.start + this.headerWords;
    this.halves[this.start * 2 + 3] = utcOffset;
    this.doubles[at] = wall;
    this.doubles[at + 1] = elapsed;
  }

  /** Wall and elapsed as the record has them, so that they can be told to somebody else. */
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

  string(value: string): void {
    const length = value.length;
    if (length <= SHORT_STRING) {
      this.shortString(value);
    } else if (/^[\0-\xff]*$/.test(value)) {
      const at = this.payload(this.format.tagLatin1, length, length);
      this.bytes.write(value, at, length, 'latin1');
    } else {
      this.wideString(value);
    }
  }

  private shortString(value: string): void {
    const { size } = this;
    const { length } = value;
    const at = this.payload(this.format.tagLatin1, length, length);
    const bytes = this.bytes;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0xff) {
        this.cut(size);
        this.wideString(value);
        return;
      }
      bytes[at + i] = unit;
    }
  }

  private wideString(value: string): void {
    const size = value.length * 2;
    const at = this.payload(this.format.tagUtf16, value.length, size);
    this.bytes.write(value, at, size, 'utf16le');
  }

  /** Tags a payload, zeroes its padding, and returns the byte at which it begins. */
  private payload(tag: number, count: number, size: number): number {
    const words = Math.ceil(size / WORD);
    this.tag(tag, count);
    this.reserve(words);
    const at = this.next * WORD;
    this.next += words;
    if (words > 0) this.doubles[this.next - 1] = 0;
    return at;
  }

  /** Forgets everything beyond a size that the record had. */
  private cut(size: number): void {
    this.next = this.start + size / WORD;
  }

  /** A step: an array stands for a tuple, and nearly always holds numbers. */
  step(step: unknown): void {
    if (typeof step === 'number') {
      this.number(step);
    } else if (Array.isArray(step) && !('toJSON' in step)) {
      const length = arrayLength(step);
      this.tag(this.format.tagArray, length);
      for (let i = 0; i < length; i++) {
        const item: unknown = step[i];
        if (typeof item === 'number') this.number(item);
        else this.stepItem(step, item, i);
      }
    } else {
      this.value(step, new Place('step'));
    }
  }

  private stepItem(step: readonly unknown[], item: unknown, index: number): void {
    const place = new Place('step');
    place.enter(step);
    place.at(index);
    this.value(item, place);
  }

  /** The values of a record's data; returns the shape of their keys. */
  data(data: object, root: Shape): Shape {
    return isPlain(data) ? this.objectData(data, root) : this.otherData(data, root);
  }

  private otherData(data: object, root: Shape): Shape {
    const named = resolveNamed(data, 'data');
    return isMap(named)
      ? this.mapData(named, root)
      : this.objectData(named as Readonly<Record<string, unknown>>, root);
  }

  private objectData(data: Readonly<Record<string, unknown>>, root: Shape): Shape {
    let shape = root;
    for (const key in data) {
      // Free in the usual case: the engine sees that for-in's own list answers it.
      if (!hasOwn.call(data, key)) continue;
      const value = data[key];
      if (typeof value === 'number') this.number(value);
      else if (!this.named(key, value)) continue;
      shape = shape.with(key);
    }
    return shape;
  }

  private mapData(data: Named, root: Shape): Shape {
    let shape = root;
    forEachEntry(data, (key, value) => {
      if (this.named(key, value)) shape = shape.with(key);
    });
    return shape;
  }

  /** A metric's value; false when it is left out. */
  private named(key: string, value: unknown): boolean {
    switch (typeof value) {
      case 'number':
        this.number(value);
        return true;
      case 'string':
        this.string(value);
        return true;
      case 'boolean':
        this.tag(value ? this.format.tagTrue : this.format.tagFalse, 0);
        return true;
      case 'undefined':
        return false;
      default:
        if (value === null) {
          this.tag(this.format.tagNull, 0);
          return true;
        }
        return this.resolvable(value, new Place('metric', key));
    }
  }

  /** Any value where something must stand: undefined is null. */
  value(value: unknown, place: Place): void {
    if (!this.resolvable(value, place)) this.tag(this.format.tagNull, 0);
  }

  /** Any value; false, and nothing written, when it resolves to undefined. */
  private resolvable(value: unknown, place: Place): boolean {
    const resolved = resolve(value, place);
    switch (typeof resolved) {
      case 'number':
        this.number(resolved);
        return true;
      case 'string':
        this.string(resolved);
        return true;
      case 'boolean':
        this.tag(resolved ? this.format.tagTrue : this.format.tagFalse, 0);
        return true;
      case 'bigint':
        this.integer(resolved);
        return true;
      case 'undefined':
        return false;
    }
    if (resolved === null) this.tag(this.format.tagNull, 0);
    else if (resolved instanceof Float) this.float(Float.numberOf(resolved));
    else if (isTypedArray(resolved)) this.typedArray(resolved);
    else if (Array.isArray(resolved)) this.array(resolved, place);
    else this.object(resolved as Named, place);
    return true;
  }

  private integer(value: bigint): void {
    const digits = String(value);
    const at = this.payload(this.format.tagInteger, digits.length, digits.length);
    this.bytes.write(digits, at, digits.length, 'latin1');
  }

  private float(value: number): void {
    if (Number.isNaN(value)) {
      this.tag(this.format.tagNan, 0);
    } else {
      this.tag(this.format.tagFloat, 0);
      this.number(value);
    }
  }

  private typedArray(value: TypedArray): void {
    const length = typedLength(value);
    if (isBigIntArray(value)) {
      this.tag(this.format.tagArray, length);
      for (let i = 0; i < length; i++) this.integer(value[i] ?? 0n);
    } else {
      // Integers cannot pose as tags, and a block of floats is not searched for tags.
      this.tag(isFloatArray(value) ? this.format.tagFloats : this.format.tagArray, length);
      this.reserve(length);
      // A detached array has no elements, and cannot be copied from.
      if (length > 0) this.doubles.set(value, this.next);
      this.next += length;
    }
  }

  private array(value: readonly unknown[], place: Place): void {
    const length = arrayLength(value);
    this.tag(this.format.tagArray, length);
    place.enter(value);
    for (let i = 0; i < length; i++) {
      const item = value[i];
      if (typeof item === 'number') {
        this.number(item);
      } else {
        place.at(i);
        this.value(item, place);
      }
    }
    place.leave();
  }

  object(value: Named, place: Place): void {
    // The count is known only when the getters have run, and they may have moved the record.
    const start = this.next - this.start;
    let count = 0;
    this.tag(this.format.tagObject, 0);
    place.enter(value);
    forEachEntry(value, (key, item) => {
      place.at(key);
      const { size } = this;
      this.string(key);
      if (this.resolvable(item, place)) count++;
      else this.cut(size);
    });
    place.leave();
    this.halves[(this.start + start) * 2] = count;
  }

  private reserve(words: number): void {
    if (this.next + words > this.limit) this.grow(words);
  }

  /** Moves the record to memory of our own that has room for more words. */
  private grow(words: number): void {
    const record = this.recordHalves;
    const length = this.next - this.start;
    const needed = length + words;
    if (needed > MAX_WORDS) throw tooLarge();
    const capacity = this.heap.doubles.length;
    if (needed > capacity) {
      this.heap = allocate(Math.min(Math.max(needed, capacity * 2, INITIAL_WORDS), MAX_WORDS));
    }
    this.heap.halves.set(record);
    this.use(this.heap);
    this.start = 0;
    this.next = length;
    this.limit = this.heap.doubles.length;
  }
}
