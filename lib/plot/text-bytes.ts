/** Bytes that there is room for at first. */
const FIRST_SIZE = 2 ** 16;
/** Most bytes that a character in UTF-16 takes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
/** The first units of UTF-16 that take two bytes, that take three, and that may be half of a pair. */
const [TWO_BYTES, THREE_BYTES, SURROGATES] = [0x80, 0x800, 0xd800];

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
    const units = text.length;
    let at = this.length;
    for (let i = 0; i < units; i++) {
      const code = text.charCodeAt(i);
      if (code < TWO_BYTES) {
        bytes[at++] = code;
      } else if (code < THREE_BYTES) {
        bytes[at++] = 0xc0 | (code >> 6);
        bytes[at++] = 0x80 | (code & 0x3f);
      } else if (code < SURROGATES) {
        bytes[at++] = 0xe0 | (code >> 12);
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
        bytes[at++] = 0x80 | (code & 0x3f);
      } else {
        at += bytes.write(text.slice(i), at);
        break;
      }
    }
    this.length = at;
  }

  /** The text so far; what follows is another text. */
  take(): Buffer {
    const text = this.bytes.subarray(0, this.length);
    this.bytes = Buffer.allocUnsafe(FIRST_SIZE);
    this.length = 0;
    return text;
  }
}
