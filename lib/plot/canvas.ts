/** A canvas of Braille characters, each of which has two by four dots. */

import type { TextBytes } from './text-bytes.js';

const SPACE = 0x20;
const BRAILLE_BYTES = 3;
/** The bytes of a character in UTF-8, by the bits of its dots: three of a Braille character, one of a blank. */
const FIRST_BYTES = new Uint8Array(256).fill(0xe2).fill(SPACE, 0, 1);
const SECOND_BYTES = Uint8Array.from({ length: 256 }, (_, bits) => 0xa0 | (bits >> 6));
const THIRD_BYTES = Uint8Array.from({ length: 256 }, (_, bits) => 0x80 | (bits & 0x3f));
const LENGTHS = new Uint8Array(256).fill(BRAILLE_BYTES).fill(1, 0, 1);
/** Dots of a Braille character. */
export const DOTS_WIDE = 2;
export const DOTS_HIGH = 4;
/** The bits of a Braille character's dots, by column and row. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
/** The bits of a character by the dots of its left column, a bit for each row from the top, and those of its right. */
const CELLS = Uint8Array.from({ length: 256 }, (_, dots) =>
  DOTS.flat().reduce((bits, dot, i) => ((dots >> i) & 1 ? bits | dot : bits), 0),
);
/** Rows of dots in a word. */
const WORD = 32;
/** Rows of characters in a word. */
const WORD_ROWS = WORD / DOTS_HIGH;

/** What a terminal gets before and after text of a line, to colour it. */
export type Paint = readonly [begin: string, end: string];

/** The canvas used last: a log may have thousands of charts, of few sizes. */
let last: Canvas | undefined;

/** A canvas without dots: the canvas of the call before, if its size allows. */
export function blankCanvas(width: number, height: number, isPainted: boolean): Canvas {
  if (last === undefined || width * height > last.room || height !== last.height) {
    last = new Canvas(width, height);
  }
  last.clear(width, isPainted);
  return last;
}

/** Braille characters. Each belongs to the line that drew in it last. */
export class Canvas {
  width: number;
  readonly height: number;
  /** Characters that there is memory for. */
  readonly room: number;
  /** The dots of the line that is drawn, a bit for each: the first words of all columns of dots, then the second ... */
  readonly #columns: Int32Array;
  /** Columns that there is memory for. */
  readonly #stride: number;
  /** The bits of each character's dots. */
  readonly #dots: Uint8Array;
  /** The index of each character's line; -1 for a blank. Undefined where there are no colours. */
  #owners: Int16Array | undefined;
  /** The letter that stands in place of the dots; 0 for none. Made for the first letter. */
  #letters: Uint8Array | undefined;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.room = width * height;
    this.#stride = width * DOTS_WIDE;
    this.#columns = new Int32Array(this.#stride * Math.ceil(height / WORD_ROWS));
    this.#dots = new Uint8Array(this.room);
  }

  /** Makes the canvas blank, in a width for which there is room. */
  clear(width: number, isPainted: boolean): void {
    this.width = width;
    this.#dots.fill(0);
    this.#owners = isPainted ? (this.#owners ?? new Int16Array(this.room)).fill(-1) : undefined;
    this.#letters = undefined;
  }

  /** Draws a line between two dots, which are included. Both lie on the canvas. The line shows after `own()`. */
  line(fromX: number, fromY: number, toX: number, toY: number): void {
    const isForward = fromX <= toX;
    const left = isForward ? fromX : toX;
    const leftY = isForward ? fromY : toY;
    const right = isForward ? toX : fromX;
    const rightY = isForward ? toY : fromY;
    const wide = right - left;
    const high = rightY - leftY;
    if (wide === 0) {
      this.#rise(left, Math.min(leftY, rightY), Math.max(leftY, rightY));
      return;
    }
    if (Math.abs(high) <= wide) {
      for (let x = left; x <= right; x++) {
        const y = Math.round(leftY + (high * (x - left)) / wide);
        this.#rise(x, y, y);
      }
      return;
    }
    // All dots of a steep line in one column are drawn at once.
    let y = leftY;
    for (let x = left; x < right; x++) {
      // Where the line passes into the next column: the dot there belongs to that column.
      const edge = leftY + (high * (x - left + 0.5)) / wide;
      if (high > 0) {
        const lowest = Math.ceil(edge) - 1;
        this.#rise(x, y, lowest);
        y = lowest + 1;
      } else {
        const highest = Math.floor(edge) + 1;
        this.#rise(x, highest, y);
        y = highest - 1;
      }
    }
    this.#rise(right, high > 0 ? y : rightY, high > 0 ? rightY : y);
  }

  /** Draws the dots of a column from `top` to `bottom`. */
  #rise(x: number, top: number, bottom: number): void {
    if (top > bottom) return;
    const columns = this.#columns;
    const stride = this.#stride;
    const end = x + (bottom >> 5) * stride;
    let at = x + (top >> 5) * stride;
    let dots = -1 << top;
    for (; at < end; at += stride) {
      columns[at] = (columns[at] as number) | dots;
      dots = -1;
    }
    columns[at] = (columns[at] as number) | (dots & (-1 >>> (WORD - 1 - (bottom & (WORD - 1)))));
  }

  /** Shows the lines that were drawn since the call before. Their characters belong to `owner` from now on. */
  own(owner: number): void {
    const { width, height } = this;
    const columns = this.#columns;
    const dots = this.#dots;
    const owners = this.#owners;
    for (let row = 0, cell = 0; row < height; row++) {
      const shift = (row % WORD_ROWS) * DOTS_HIGH;
      let at = Math.floor(row / WORD_ROWS) * this.#stride;
      for (let column = 0; column < width; column++, cell++, at += DOTS_WIDE) {
        const left = ((columns[at] as number) >>> shift) & 0xf;
        const right = ((columns[at + 1] as number) >>> shift) & 0xf;
        const bits = CELLS[left | (right << DOTS_HIGH)] as number;
        // Without an `if`: a processor cannot predict which characters have dots.
        dots[cell] = (dots[cell] as number) | bits;
        if (owners !== undefined && bits !== 0) owners[cell] = owner;
      }
    }
    columns.fill(0);
  }

  write(column: number, row: number, letter: string, owner: number): void {
    const at = row * this.width + column;
    this.#letters ??= new Uint8Array(this.room);
    this.#letters[at] = letter.charCodeAt(0);
    if (this.#owners !== undefined) this.#owners[at] = owner;
  }

  /**
   * Writes the characters of a row, without blanks at its end.
   *
   * @param paints By line; undefined where there are no colours. Adjacent characters of one line are painted together.
   */
  writeRow(out: TextBytes, row: number, paints: readonly Paint[] | undefined): void {
    const begin = row * this.width;
    let end = begin + this.width;
    while (end > begin && this.#isBlank(end - 1)) end--;
    const owners = this.#owners;
    if (owners === undefined || paints === undefined) {
      this.#writeCells(out, begin, end);
      return;
    }
    for (let at = begin; at < end; ) {
      const owner = owners[at] as number;
      let next = at + 1;
      while (next < end && owners[next] === owner) next++;
      const [before, after] = paints[owner] ?? UNPAINTED;
      out.add(before);
      this.#writeCells(out, at, next);
      out.add(after);
      at = next;
    }
  }

  #isBlank(at: number): boolean {
    return this.#dots[at] === 0 && (this.#letters === undefined || this.#letters[at] === 0);
  }

  #writeCells(out: TextBytes, begin: number, end: number): void {
    // Three bytes are written of each character, even if the next character begins earlier.
    const bytes = out.reserve(BRAILLE_BYTES * (end - begin));
    const dots = this.#dots;
    const letters = this.#letters;
    let { length } = out;
    for (let at = begin; at < end; at++) {
      const letter = letters === undefined ? 0 : (letters[at] as number);
      if (letter !== 0) {
        bytes[length++] = letter;
        continue;
      }
      const bits = dots[at] as number;
      bytes[length] = FIRST_BYTES[bits] as number;
      bytes[length + 1] = SECOND_BYTES[bits] as number;
      bytes[length + 2] = THIRD_BYTES[bits] as number;
      length += LENGTHS[bits] as number;
    }
    out.length = length;
  }
}

const UNPAINTED: Paint = ['', ''];
