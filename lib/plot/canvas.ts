/** A canvas of Braille characters, each of which has two by four dots. */

import type { TextBytes } from './text-bytes.js';

const SPACE = 0x20;
/** The three bytes of a Braille character in UTF-8: the last two have a bit for each dot, six of them in the last. */
const [BRAILLE_FIRST, BRAILLE_SECOND, BRAILLE_THIRD] = [0xe2, 0xa0, 0x80];
const BRAILLE_BYTES = 3;
const BITS_IN_THIRD = 6;
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

/** A canvas without dots. It is the canvas of an earlier call, if that one was as large. */
export function blankCanvas(width: number, height: number): Canvas {
  if (last === undefined || width * height > last.room || height !== last.height) {
    last = new Canvas(width, height);
  }
  last.clear(width);
  return last;
}

/** Braille characters. Each belongs to the line that drew in it last. */
export class Canvas {
  width: number;
  readonly height: number;
  /** Characters that there is memory for. */
  readonly room: number;
  /** The dots of the line that is drawn: for each column of dots a bit for each row, in words. */
  readonly #columns: Int32Array;
  /** Words of a column. */
  readonly #words: number;
  /** The bits of each character's dots. */
  readonly #dots: Uint8Array;
  /** The index of each character's line; -1 for a blank. */
  readonly #owner: Int16Array;
  /** Where the blanks at the end of each row begin. */
  readonly #ends: Int32Array;
  /** The letter that stands in place of the dots; 0 for none. Made for the first letter. */
  #letters: Uint8Array | undefined;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.room = width * height;
    this.#words = Math.ceil(height / WORD_ROWS);
    this.#columns = new Int32Array(width * DOTS_WIDE * this.#words);
    this.#dots = new Uint8Array(width * height);
    this.#owner = new Int16Array(width * height);
    this.#ends = new Int32Array(height);
  }

  /** Makes the canvas blank, in a width for which there is room. */
  clear(width: number): void {
    const cells = width * this.height;
    this.width = width;
    this.#dots.fill(0, 0, cells);
    this.#owner.fill(-1, 0, cells);
    this.#ends.fill(0);
    this.#letters = undefined;
  }

  /** Draws a line between two dots, which are included. Both lie on the canvas. It shows after `own()`. */
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
    for (let x = left; x <= right; x++) {
      // Where the line passes into the next column: the dot there belongs to that column.
      const edge = leftY + (high * (x - left + 0.5)) / wide;
      if (high > 0) {
        const lowest = x === right ? rightY : Math.ceil(edge) - 1;
        this.#rise(x, y, lowest);
        y = lowest + 1;
      } else {
        const highest = x === right ? rightY : Math.floor(edge) + 1;
        this.#rise(x, highest, y);
        y = highest - 1;
      }
    }
  }

  /** Draws the dots of a column from `top` to `bottom`. */
  #rise(x: number, top: number, bottom: number): void {
    if (top > bottom) return;
    const columns = this.#columns;
    const first = x * this.#words;
    const end = first + (bottom >> 5);
    let at = first + (top >> 5);
    let dots = -1 << top;
    for (; at < end; at++) {
      columns[at] = (columns[at] as number) | dots;
      dots = -1;
    }
    columns[at] = (columns[at] as number) | (dots & (-1 >>> (WORD - 1 - (bottom & (WORD - 1)))));
  }

  /** Gives the characters in which lines were drawn since the last call to a line. */
  own(owner: number): void {
    const { width, height } = this;
    const [columns, words, dots, owners, ends] = [
      this.#columns,
      this.#words,
      this.#dots,
      this.#owner,
      this.#ends,
    ];
    for (let column = 0; column < width; column++) {
      for (let word = 0; word < words; word++) {
        const at = column * DOTS_WIDE * words + word;
        let left = columns[at] as number;
        let right = columns[at + words] as number;
        if ((left | right) === 0) continue;
        columns[at] = 0;
        columns[at + words] = 0;
        for (let row = word * WORD_ROWS; row < height; row++) {
          const pair = (left & 0xf) | ((right & 0xf) << DOTS_HIGH);
          left >>>= DOTS_HIGH;
          right >>>= DOTS_HIGH;
          if (pair !== 0) {
            const cell = row * width + column;
            dots[cell] = (dots[cell] as number) | (CELLS[pair] as number);
            owners[cell] = owner;
            if (column >= (ends[row] as number)) ends[row] = column + 1;
          }
          if ((left | right) === 0) break;
        }
      }
    }
  }

  write(column: number, row: number, letter: string, owner: number): void {
    const at = row * this.width + column;
    this.#letters ??= new Uint8Array(this.room);
    this.#letters[at] = letter.charCodeAt(0);
    this.#owner[at] = owner;
    this.#ends[row] = Math.max(this.#ends[row] as number, column + 1);
  }

  /**
   * Writes the characters of a row, without blanks at its end.
   *
   * @param paints By line; undefined where there are no colours. Adjacent characters of one line are painted together.
   */
  writeRow(out: TextBytes, row: number, paints: readonly Paint[] | undefined): void {
    const begin = row * this.width;
    const end = begin + (this.#ends[row] as number);
    if (paints === undefined) {
      this.#writeCells(out, begin, end);
      return;
    }
    const owners = this.#owner;
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

  #writeCells(out: TextBytes, begin: number, end: number): void {
    const bytes = out.reserve(BRAILLE_BYTES * (end - begin));
    const dots = this.#dots;
    const letters = this.#letters;
    let { length } = out;
    for (let at = begin; at < end; at++) {
      const bits = dots[at] as number;
      const letter = letters === undefined ? 0 : (letters[at] as number);
      if (letter !== 0 || bits === 0) {
        bytes[length++] = letter === 0 ? SPACE : letter;
      } else {
        bytes[length] = BRAILLE_FIRST;
        bytes[length + 1] = BRAILLE_SECOND | (bits >> BITS_IN_THIRD);
        bytes[length + 2] = BRAILLE_THIRD | (bits & ((1 << BITS_IN_THIRD) - 1));
        length += BRAILLE_BYTES;
      }
    }
    out.length = length;
  }
}

const UNPAINTED: Paint = ['', ''];
