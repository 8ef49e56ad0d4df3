/** Bytes that grow at their end. */
export class BytesList {
  /** The bytes, and room beyond them. Changes when the list grows: do not keep it. */
  data = Buffer.alloc(0);
  length = 0;

  add(bytes: Uint8Array, start: number, end: number): void {
    const length = this.length + end - start;
    if (length > this.data.length) {
      const larger = Buffer.alloc(2 * length);
      larger.set(this.data);
      this.data = larger;
    }
    for (let at = start; at < end; at++) this.data[this.length++] = bytes[at] as number;
  }

  /** The offset behind the bytes of this list from `begin` up to `end`, if they are in `bytes` at `start`; else -1. */
  after(begin: number, end: number, bytes: Buffer, start: number): number {
    const { data } = this;
    let at = start;
    for (let i = begin; i < end; i++, at++) {
      if (bytes[at] !== data[i]) return -1;
    }
    return at;
  }
}
