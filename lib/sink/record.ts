/**
 * One record in the making: its words in memory of our own. All user code that a record runs
 * (getters, toJSON, Proxies) runs while it is here; what reaches the ring is complete.
 * native/record.h describes the words.
 */
import { DLLoggerError } from '../errors.js';
import {
  Float,
  forEachEntry,
  isFloatArray,
  isTypedArray,
  type Named,
  Place,
  resolve,
  type TypedArray,
} from '../value.js';
import type { NativeFormat } from './native.js';
import type { Shape } from './shapes.js';

const hasOwn = Object.prototype.hasOwnProperty;

const WORD = 8;
const INITIAL_WORDS = 512;
/** A header counts bytes in 32 bits; far less is already a mistake. */
const MAX_WORDS = 2 ** 30 / WORD;
/** Up to here a loop over a string's code units beats a call into the runtime. */
const SHORT_STRING = 24;

export class RecordBuffer {
  readonly #format: NativeFormat;
  #capacity = 0;
  #length = 0;
  doubles = new Float64Array(0);
  halves = new Int32Array(0);
  bytes = Buffer.alloc(0);

  constructor(format: NativeFormat) {
    this.#format = format;
    this.#grow(INITIAL_WORDS);
  }

  /** Bytes of the record so far. */
  get size(): number {
    return this.#length * WORD;
  }

  /** Bytes of memory behind it. */
  get capacity(): number {
    return this.#capacity * WORD;
  }

  /** Starts a record with its header, all but size and shape. */
  begin(kind: number, utcOffset: number): void {
    this.halves[1] = kind;
    this.halves[3] = utcOffset;
    this.#length = this.#format.headerSize / WORD;
  }

  /** Completes the record: pads it and fills in the header. */
  end(shapeId: number): void {
    const alignment = this.#format.alignment / WORD;
    this.#reserve(alignment);
    while (this.#length % alignment !== 0) this.doubles[this.#length++] = 0;
    this.halves[0] = this.size;
    this.halves[2] = shapeId;
  }

  number(value: number): void {
    if (this.#length >= this.#capacity) this.#grow(1);
    // NaN has many bit patterns, and some are tags.
    if (Number.isNaN(value)) this.tag(this.#format.tagNan, 0);
    else this.doubles[this.#length++] = value;
  }

  tag(tag: number, count: number): void {
    if (this.#length >= this.#capacity) this.#grow(1);
    const at = this.#length++ * 2;
    this.halves[at] = count;
    this.halves[at + 1] = tag;
  }

  string(value: string): void {
    const length = value.length;
    if (length <= SHORT_STRING) {
      this.#shortString(value);
    } else if (/^[\0-\xff]*$/.test(value)) {
      const at = this.#payload(this.#format.tagLatin1, length, length);
      this.bytes.write(value, at, length, 'latin1');
    } else {
      const at = this.#payload(this.#format.tagUtf16, length, length * 2);
      this.bytes.write(value, at, length * 2, 'utf16le');
    }
  }

  #shortString(value: string): void {
    const start = this.#length;
    const length = value.length;
    const at = this.#payload(this.#format.tagLatin1, length, length);
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0xff) {
        this.#length = start;
        const wide = this.#payload(this.#format.tagUtf16, length, length * 2);
        this.bytes.write(value, wide, length * 2, 'utf16le');
        return;
      }
      this.bytes[at + i] = unit;
    }
  }

  /** Tags a payload, zeroes its padding, and returns the byte at which it begins. */
  #payload(tag: number, count: number, size: number): number {
    const words = Math.ceil(size / WORD);
    this.tag(tag, count);
    this.#reserve(words);
    const at = this.#length * WORD;
    this.#length += words;
    if (words > 0) this.doubles[this.#length - 1] = 0;
    return at;
  }

  /** A step: an array stands for a tuple, and nearly always holds numbers. */
  step(step: unknown): void {
    if (typeof step === 'number') {
      this.number(step);
    } else if (Array.isArray(step)) {
      const length = step.length;
      this.tag(this.#format.tagArray, length);
      for (let i = 0; i < length; i++) {
        const item: unknown = step[i];
        if (typeof item === 'number') this.number(item);
        else this.#stepItem(step, item, i);
      }
    } else {
      this.value(step, new Place('step'));
    }
  }

  #stepItem(step: readonly unknown[], item: unknown, index: number): void {
    const place = new Place('step');
    place.enter(step);
    place.at(index);
    this.value(item, place);
  }

  /** The values of a record's data; returns the shape of their keys. */
  data(data: Named, root: Shape): Shape {
    return data instanceof Map
      ? this.#mapData(data, root)
      : this.#objectData(data as Readonly<Record<string, unknown>>, root);
  }

  #objectData(data: Readonly<Record<string, unknown>>, root: Shape): Shape {
    let shape = root;
    for (const key in data) {
      // Free in the usual case: the engine sees that for-in's own list answers it.
      if (!hasOwn.call(data, key)) continue;
      const value = data[key];
      if (typeof value === 'number') this.number(value);
      else if (!this.#named(key, value)) continue;
      shape = shape.with(key);
    }
    return shape;
  }

  #mapData(data: ReadonlyMap<string, unknown>, root: Shape): Shape {
    let shape = root;
    for (const [key, value] of data) {
      if (this.#named(key, value)) shape = shape.with(key);
    }
    return shape;
  }

  /** A metric's value; false when it is left out. */
  #named(key: string, value: unknown): boolean {
    switch (typeof value) {
      case 'number':
        this.number(value);
        return true;
      case 'string':
        this.string(value);
        return true;
      case 'boolean':
        this.tag(value ? this.#format.tagTrue : this.#format.tagFalse, 0);
        return true;
      case 'undefined':
        return false;
      default:
        if (value === null) {
          this.tag(this.#format.tagNull, 0);
          return true;
        }
        return this.#resolvable(value, new Place('metric', key));
    }
  }

  /** Any value where something must stand: undefined is null. */
  value(value: unknown, place: Place): void {
    if (!this.#resolvable(value, place)) this.tag(this.#format.tagNull, 0);
  }

  /** Any value; false, and nothing written, when it resolves to undefined. */
  #resolvable(value: unknown, place: Place): boolean {
    const resolved = resolve(value, place);
    switch (typeof resolved) {
      case 'number':
        this.number(resolved);
        return true;
      case 'string':
        this.string(resolved);
        return true;
      case 'boolean':
        this.tag(resolved ? this.#format.tagTrue : this.#format.tagFalse, 0);
        return true;
      case 'bigint':
        this.#integer(resolved);
        return true;
      case 'undefined':
        return false;
    }
    if (resolved === null) this.tag(this.#format.tagNull, 0);
    else if (resolved instanceof Float) this.#float(resolved.valueOf());
    else if (isTypedArray(resolved)) this.#typedArray(resolved);
    else if (Array.isArray(resolved)) this.#array(resolved, place);
    else this.object(resolved as Named, place);
    return true;
  }

  #integer(value: bigint): void {
    const digits = String(value);
    const at = this.#payload(this.#format.tagInteger, digits.length, digits.length);
    this.bytes.write(digits, at, digits.length, 'latin1');
  }

  #float(value: number): void {
    if (Number.isNaN(value)) {
      this.tag(this.#format.tagNan, 0);
    } else {
      this.tag(this.#format.tagFloat, 0);
      this.number(value);
    }
  }

  #typedArray(value: TypedArray): void {
    const length = value.length;
    if (value instanceof BigInt64Array || value instanceof BigUint64Array) {
      this.tag(this.#format.tagArray, length);
      for (let i = 0; i < length; i++) this.#integer(value[i] ?? 0n);
    } else {
      // Integers cannot pose as tags, and a block of floats is not searched for tags.
      this.tag(isFloatArray(value) ? this.#format.tagFloats : this.#format.tagArray, length);
      this.#reserve(length);
      this.doubles.set(value, this.#length);
      this.#length += length;
    }
  }

  #array(value: readonly unknown[], place: Place): void {
    const length = value.length;
    this.tag(this.#format.tagArray, length);
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
    // The count is known only when the getters have run.
    const start = this.#length;
    let count = 0;
    this.tag(this.#format.tagObject, 0);
    place.enter(value);
    forEachEntry(value, (key, item) => {
      place.at(key);
      const before = this.#length;
      this.string(key);
      if (this.#resolvable(item, place)) count++;
      else this.#length = before;
    });
    place.leave();
    this.halves[start * 2] = count;
  }

  #reserve(words: number): void {
    if (this.#length + words > this.#capacity) this.#grow(words);
  }

  #grow(words: number): void {
    const needed = this.#length + words;
    if (needed > MAX_WORDS) throw tooLarge();
    const memory = allocate(Math.min(Math.max(needed, this.#capacity * 2), MAX_WORDS) * WORD);
    const bytes = Buffer.from(memory);
    bytes.set(this.bytes.subarray(0, this.size));
    this.bytes = bytes;
    this.doubles = new Float64Array(memory);
    this.halves = new Int32Array(memory);
    this.#capacity = memory.byteLength / WORD;
  }
}

function allocate(size: number): ArrayBuffer {
  try {
    return new ArrayBuffer(size);
  } catch {
    throw tooLarge();
  }
}

function tooLarge(): DLLoggerError {
  return new DLLoggerError(
    'ERR_DLLOGGER_RECORD_TOO_LARGE',
    'the record is too large to be held in memory; it was not logged',
  );
}
