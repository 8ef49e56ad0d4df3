/** Bytes that there is room for at first. */
const FIRST_SIZE = 2 ** 16;
/** Most bytes that a character in UTF-16 takes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** Text in UTF-8 in the making: gathers pieces without a string for each. */
export class TextBytes {
  /** The bytes of the text, and room beyond them. `reserve()` and `take()` replace it. */
  bytes = Buffer.allocUnsafe(FIRST_SIZE);
  length = 0;

  /** Makes room for more bytes. Returns the memory, in which the caller may write from `length` on. */
  reserve(count: number): Buffer {
    const needed = this.length + count;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.bytes.length));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    return this.bytes;
  }

  add(text: string): void {
    const bytes = this.reserve(MAX_BYTES_PER_UNIT * text.length);
    this.length += bytes.write(text, this.length);
  }

  /** The text so far; what follows is another text. */
  take(): Buffer {
    const text = this.bytes.subarray(0, this.length);
    this.bytes = Buffer.allocUnsafe(FIRST_SIZE);
    this.length = 0;
    return text;
  }
}
