import type { ByteSink } from '../base/byte-sink.js';

const COMMA = 0x2c;
/** Bytes that are written at once: few enough to stay in the processor's cache. */
const SIZE = 2 ** 18;
/** Characters that are held before they become bytes. */
const TEXT_SIZE = 2 ** 14;
/** UTF-8 has at most so many bytes for a code unit of UTF-16. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Texts with long runs of commas between. The memory is full of commas beforehand, so that a run of them costs nothing
 * before it is written; afterwards the places of the texts are filled with commas again.
 */
export class CommaText {
  readonly #file: ByteSink;
  readonly #memory = Buffer.alloc(SIZE, COMMA);
  #size = 0;
  /** Text that is not in the memory yet. */
  #held = '';
  /** The end of each text in the memory, after its begin. */
  readonly #places: number[] = [];

  constructor(file: ByteSink) {
    this.#file = file;
  }

  /** Adds a text, and so many commas. */
  add(text: string, commas: number): void {
    this.#encode(text);
    let left = commas;
    while (this.#size + left > SIZE) {
      left -= SIZE - this.#size;
      this.#size = SIZE;
      this.#flush();
    }
    this.#size += left;
  }

  /** Adds a text that is stored together with the next one. */
  hold(text: string): void {
    this.#held += text;
    if (this.#held.length >= TEXT_SIZE) this.#encode('');
  }

  /** Passes everything on. */
  end(): void {
    this.#encode('');
    this.#flush();
  }

  #encode(text: string): void {
    const all = this.#held + text;
    this.#held = '';
    const most = MAX_BYTES_PER_UNIT * all.length;
    if (this.#size + most > SIZE) this.#flush();
    if (most > SIZE) this.#file.write(all);
    else if (most > 0) {
      const begin = this.#size;
      this.#size += this.#memory.write(all, begin);
      this.#places.push(begin, this.#size);
    }
  }

  #flush(): void {
    const places = this.#places;
    this.#file.write(this.#memory.subarray(0, this.#size));
    for (let i = 0; i < places.length; i += 2) this.#memory.fill(COMMA, places[i], places[i + 1]);
    places.length = 0;
    this.#size = 0;
  }
}
