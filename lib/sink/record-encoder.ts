/** One record in the making: what is logged, as words. */

import { matches } from '../base/matches.js';
import {
  isBigIntArray,
  isFloatArray,
  isTypedArray,
  type TypedArray,
  typedLength,
} from '../base/typed-array.js';
import { ValuePath } from '../base/value-path.js';
import { Float } from '../record/float.js';
import { isPlain } from '../record/plain.js';
import {
  arrayLength,
  forEachEntry,
  isMap,
  type Named,
  resolve,
  resolveNamed,
} from '../record/value.js';
import type { Shape } from './shapes.js';
import { WordWriter } from './word-writer.js';

const STEP = new ValuePath('step');
const hasOwn = Object.prototype.hasOwnProperty;

/** Up to here a loop over a string's code units beats a call into the runtime. */
const SHORT_STRING = 24;
const LATIN1 = /^[\0-\xff]*$/;

export class RecordEncoder extends WordWriter {
  string(value: string): void {
    const length = value.length;
    if (length <= SHORT_STRING) {
      this.shortString(value);
    } else if (matches(LATIN1, value)) {
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
    const { bytes } = this;
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

  /** A step: an array stands for a tuple, and nearly always holds numbers. */
  step(step: unknown): void {
    if (typeof step === 'number') {
      this.number(step);
    } else if (Array.isArray(step) && !('toJSON' in step)) {
      const length = arrayLength(step, 0, STEP);
      this.tag(this.format.tagArray, length);
      for (let i = 0; i < length; i++) {
        const item: unknown = step[i];
        if (typeof item === 'number') this.number(item);
        else this.stepItem(step, item, i);
      }
    } else {
      this.value(step, new ValuePath('step'));
    }
  }

  private stepItem(step: readonly unknown[], item: unknown, index: number): void {
    const place = new ValuePath('step').enter(step);
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
        return this.resolvable(value, new ValuePath('metric', key));
    }
  }

  /** Any value, where a value is required: undefined becomes null. */
  value(value: unknown, place: ValuePath): void {
    if (!this.resolvable(value, place)) this.tag(this.format.tagNull, 0);
  }

  /** Any value; false, and nothing written, when it resolves to undefined. */
  private resolvable(value: unknown, place: ValuePath): boolean {
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
    else if (Array.isArray(resolved)) this.array(resolved, place);
    else if (resolved instanceof Float) this.float(Float.numberOf(resolved));
    else if (isTypedArray(resolved)) this.typedArray(resolved);
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

  private array(value: readonly unknown[], place: ValuePath): void {
    const length = arrayLength(value, this.length, place);
    this.tag(this.format.tagArray, length);
    const inside = place.enter(value);
    for (let i = 0; i < length; i++) {
      const item = value[i];
      if (typeof item === 'number') {
        this.number(item);
      } else {
        inside.at(i);
        this.value(item, inside);
      }
    }
  }

  object(value: Named, place: ValuePath): void {
    // The count is known only when the getters have run, and they may have moved the record.
    const start = this.next - this.start;
    let count = 0;
    this.tag(this.format.tagObject, 0);
    const inside = place.enter(value);
    if (isPlain(value)) {
      for (const key in value) {
        if (hasOwn.call(value, key) && this.entry(key, value[key], inside)) count++;
      }
    } else {
      forEachEntry(value, (key, item) => {
        if (this.entry(key, item, inside)) count++;
      });
    }
    this.halves[(this.start + start) * 2] = count;
  }

  /** An object's key and value; false, and nothing written, when it is left out. */
  private entry(key: string, value: unknown, place: ValuePath): boolean {
    const { size } = this;
    this.string(key);
    if (typeof value === 'number') {
      this.number(value);
      return true;
    }
    place.at(key);
    if (this.resolvable(value, place)) return true;
    this.cut(size);
    return false;
  }
}
