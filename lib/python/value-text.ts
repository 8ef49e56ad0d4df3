/** Walks a value and writes it as Python does, in the notation of `json.dumps` or of `repr`. */

import { isFloatArray, isTypedArray, type TypedArray, typedLength } from '../base/typed-array.js';
import type { ValuePath } from '../base/value-path.js';
import { Float } from '../record/float.js';
import { isPlain } from '../record/plain.js';
import {
  arrayLength,
  forEachEntry,
  MAX_VALUES,
  type Named,
  type Resolved,
  resolve,
  tooLarge,
} from '../record/value.js';

const hasOwn = Object.prototype.hasOwnProperty;
/**
 * Limit on the characters gathered in one string. V8's strings end at half a billion characters, and a string to which
 * short texts are added takes several times its size until it is read.
 */
const MAX_TEXT = 2 ** 20;
/**
 * Bytes of the first buffer of a longer text. glibc's allocator gives memory back at once only above 32 MiB: of smaller
 * buffers, tens of megabytes stay with the process.
 */
const FIRST_BYTES = 33 * 2 ** 20;
/** Bytes of a word in the native ring. */
const WORD = 8;

/** Gathers the text of values. Subclasses define where the two notations differ. */
export abstract class ValueText {
  /** The end of the text, behind `bytes`. */
  text = '';
  /** The beginning of a text that is too long for one string. */
  #bytes: Buffer | undefined;
  /** Number of bytes that are text. */
  #size = 0;
  /** Number of values, counted as the native ring does, so that both implementations refuse the same records. */
  #values = 0;

  /** The encoding of `bytes`. */
  protected abstract readonly encoding: 'latin1' | 'utf16le';
  protected abstract readonly none: string;
  protected abstract readonly true: string;
  protected abstract readonly false: string;
  abstract number(value: number): string;
  protected abstract float(value: number): string;
  /** Adds an object's key with the punctuation around it. */
  protected abstract key(key: string, isFirst: boolean): void;
  /** Adds a string, with its quotes. */
  abstract string(value: string): void;

  /** The whole text; as bytes when it is too long to be gathered in one string. */
  get result(): string | Buffer {
    if (this.#bytes === undefined) return this.text;
    return this.#moveText(this.#bytes).subarray(0, this.#size);
  }

  /** Adds text of any length. */
  protected add(text: string): void {
    if (this.text.length + text.length > MAX_TEXT) {
      this.#bytes = this.#moveText(this.#bytes ?? Buffer.allocUnsafe(FIRST_BYTES));
    }
    this.text += text;
  }

  /** Moves the text to the end of the bytes, or of a larger copy of them, which it returns. */
  #moveText(bytes: Buffer): Buffer {
    const size = this.#size + Buffer.byteLength(this.text, this.encoding);
    let target = bytes;
    if (size > bytes.length) {
      target = Buffer.allocUnsafe(2 * size);
      bytes.copy(target, 0, 0, this.#size);
    }
    target.write(this.text, this.#size, this.encoding);
    this.#size = size;
    this.text = '';
    return target;
  }

  protected count(values: number): void {
    this.#values += values;
    if (this.#values > MAX_VALUES) throw tooLarge('the record is too large');
  }

  protected countString(value: string, isWide: boolean): void {
    this.count(1 + (value.length * (isWide ? 2 : 1)) / WORD);
  }

  /** Adds a value at a place that cannot be left out: undefined becomes Python's None. */
  value(value: unknown, place: ValuePath): void {
    if (typeof value === 'number') this.text += this.number(value);
    else if (typeof value === 'string') this.string(value);
    else this.resolved(resolve(value, place), place);
  }

  resolved(value: Resolved, place: ValuePath): void {
    switch (typeof value) {
      case 'number':
        this.text += this.number(value);
        return;
      case 'string':
        this.string(value);
        return;
      case 'boolean':
        this.text += value ? this.true : this.false;
        return;
      case 'bigint':
        this.add(String(value));
        return;
      case 'undefined':
        this.text += this.none;
        return;
    }
    if (value === null) this.text += this.none;
    else if (Array.isArray(value)) this.list(value, place, '[', ']');
    else if (value instanceof Float) this.text += this.float(Float.numberOf(value));
    else if (isTypedArray(value)) this.numbers(value, '[', ']');
    else this.object(value as Named, place);
  }

  list(value: readonly unknown[], place: ValuePath, open: string, close: string): void {
    const length = arrayLength(value, this.#values, place);
    this.count(length);
    const inside = place.enter(value);
    this.text += open;
    for (let i = 0; i < length; i++) {
      if (i > 0) this.add(', ');
      const item = value[i];
      if (typeof item === 'number') {
        this.text += this.number(item);
      } else {
        inside.at(i);
        this.value(item, inside);
      }
    }
    this.text += close;
  }

  numbers(value: TypedArray, open: string, close: string): void {
    const length = typedLength(value);
    this.count(length);
    const isFloat = isFloatArray(value);
    this.text += open;
    for (let i = 0; i < length; i++) {
      const item = value[i] as number;
      const text = isFloat ? this.float(item) : `${item}`;
      if (i > 0) this.add(', ');
      this.text += text;
    }
    this.text += close;
  }

  object(value: Named, place: ValuePath): void {
    const inside = place.enter(value);
    this.text += '{';
    let isFirst = true;
    if (isPlain(value)) {
      for (const key in value) {
        if (hasOwn.call(value, key) && this.entry(key, value[key], inside, isFirst))
          isFirst = false;
      }
    } else {
      forEachEntry(value, (key, item) => {
        if (this.entry(key, item, inside, isFirst)) isFirst = false;
      });
    }
    this.text += '}';
  }

  /** Adds an object's key and value. Returns false, having added nothing, when the value is left out. */
  private entry(key: string, item: unknown, inside: ValuePath, isFirst: boolean): boolean {
    if (typeof item === 'number') {
      this.key(key, isFirst);
      this.text += this.number(item);
      this.count(1);
      return true;
    }
    inside.at(key);
    const resolved = resolve(item, inside);
    if (resolved === undefined) return false;
    this.key(key, isFirst);
    this.resolved(resolved, inside);
    this.count(1);
    return true;
  }
}
