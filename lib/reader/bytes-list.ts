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
}
