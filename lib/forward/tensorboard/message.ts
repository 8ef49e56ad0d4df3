/** Protocol buffer messages, field by field: only what TensorBoard's files need. */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const encoder = new TextEncoder();

/** A message that is being written: memory that grows, and a view of it for numbers. */
export class Message {
  bytes: Uint8Array;
  #view: DataView;
  length = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  clear(): this {
    this.length = 0;
    return this;
  }

  /** Adds so many bytes to the message. */
  claim(size: number): number {
    const at = this.length;
    if (at + size > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, at + size));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.length = at + size;
    return at;
  }

  /** Overwrites four bytes. */
  setFloat(at: number, value: number): void {
    this.#view.setFloat32(at, value, true);
  }

  setUint32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  setDouble(at: number, value: number): void {
    this.#view.setFloat64(at, value, true);
  }

  raw(bytes: Uint8Array): this {
    const at = this.claim(bytes.length);
    this.bytes.set(bytes, at);
    return this;
  }

  /** A whole number of up to 53 bits and a sign, for int64 and enums. */
  varint(field: number, value: number): this {
    this.#number((field << 3) | VARINT);
    if (value < 0) this.#negative(value);
    else this.#number(value);
    return this;
  }

  double(field: number, value: number): this {
    this.#number((field << 3) | FIXED64);
    const at = this.claim(8);
    this.setDouble(at, value);
    return this;
  }

  /** A number in single precision. Returns the offset of its four bytes. */
  float(field: number, value: number): number {
    this.#number((field << 3) | FIXED32);
    const at = this.claim(4);
    this.setFloat(at, value);
    return at;
  }

  data(field: number, bytes: Uint8Array): this {
    this.#number((field << 3) | BYTES);
    this.#number(bytes.length);
    return this.raw(bytes);
  }

  text(field: number, text: string): this {
    return this.data(field, encoder.encode(text));
  }

  /** A message within this one. */
  message(field: number, build: (inner: Message) => void): this {
    const inner = new Message();
    build(inner);
    return this.data(field, inner.take());
  }

  /** A copy of the message's bytes. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  #number(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.#byte(rest);
  }

  /** Ten bytes of two's complement. */
  #negative(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (let i = 0; i < 9; i++) {
      this.#byte(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.#byte(Number(rest));
  }

  #byte(value: number): void {
    const at = this.claim(1);
    this.bytes[at] = value;
  }
}
