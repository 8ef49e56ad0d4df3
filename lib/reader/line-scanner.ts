/** Turns the bytes of a log, in chunks of any size, into records and problems. */
import { FlatRecord } from './flat-record.js';
import { readSegment, type SegmentHandler } from './segment.js';

/** Receives the records and problems that a scanner finds, in file order. */
export interface Handler extends SegmentHandler {
  /** A record of numbers only. `record` is the scanner's own: the next one overwrites it. */
  flat(record: FlatRecord, line: number, offset: number, length: number): void;
}

/** A place between two lines. */
export interface LinePlace {
  /** Number of the line that follows, counted from 1. */
  readonly line: number;
  /** Bytes before it. */
  readonly offset: number;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const NUL = 0;
const ZEROS = Buffer.alloc(4096);
/** Longest line to read, in bytes. Longer lines are problems, so that no file can fill the memory. */
const MAX_LINE = 64 * 2 ** 20;
/** After MAX_MISSES lines in a row that are not flat records, only each RETRYth line is tried as one. */
const MAX_MISSES = 16;
const RETRY = 16;

export class LineScanner {
  readonly #handler: Handler;
  readonly #flat: FlatRecord;
  #line = 1;
  /** Offset in the file of the next byte. */
  #offset = 0;
  /** Lines since the last flat record. */
  #misses = 0;
  /** NUL bytes before the text. */
  #hole = 0;
  /** The collected text of a line that is not complete yet. */
  #text: Buffer[] = [];
  #textLength = 0;
  /** Whether to skip to the first newline: reading began inside a line. */
  #isInside = false;
  /** Whether a part of the current line was handled already. */
  #lineHasParts = false;

  /**
   * @param start where reading begins: between two lines, or at an offset. From an offset on, the first line is the one
   *   after the next newline.
   */
  constructor(handler: Handler, start: number | LinePlace = 0, flat = new FlatRecord()) {
    this.#handler = handler;
    this.#flat = flat;
    if (start === 0) return;
    if (typeof start === 'object') {
      this.#line = start.line;
      this.#offset = start.offset;
      return;
    }
    this.#offset = start;
    this.#isInside = true;
    // The number of lines before is not known.
    this.#line = Number.NaN;
  }

  /** Bytes taken so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes of text of the first line so far; undefined when the line has ended. */
  get firstLineText(): number | undefined {
    return this.#line === 1 ? this.#textLength : undefined;
  }

  /** The place between two lines at which the scanner stands; undefined when it stands within a line. */
  get place(): LinePlace | undefined {
    if (this.#isInside || this.#isInLine) return undefined;
    return { line: this.#line, offset: this.#offset };
  }

  /** Reads a chunk. Keeps no reference to its memory. */
  push(chunk: Buffer): void {
    if (this.#isInside) {
      const begin = chunk.indexOf(NEWLINE) + 1;
      this.#isInside = begin === 0;
      const skipped = begin === 0 ? chunk.length : begin;
      this.#offset += skipped;
      this.push(chunk.subarray(skipped));
      return;
    }
    const whole = chunk.lastIndexOf(NEWLINE) + 1;
    let at = 0;
    if (whole > 0 && this.#isInLine) {
      const end = chunk.indexOf(NEWLINE) + 1;
      this.#endLine(chunk.subarray(0, end));
      at = end;
    }
    if (at < whole) this.#lines(chunk, at, whole);
    if (whole < chunk.length) {
      this.#collect(chunk.subarray(whole));
      this.#own();
    }
  }

  /** Ends the file: handles its last line. */
  end(): void {
    if (this.#textLength + this.#hole > 0) this.#segment(true);
    this.#lineHasParts = false;
  }

  /** After the end: sets the offset of the bytes that follow. */
  goTo(offset: number): void {
    this.#offset = offset;
  }

  /** Begins another file in place of this one. */
  restart(): void {
    this.end();
    this.#isInside = false;
    this.#line = 1;
    this.#offset = 0;
  }

  get #isInLine(): boolean {
    return this.#textLength > 0 || this.#hole > 0 || this.#lineHasParts;
  }

  /** Reads the complete lines of a chunk. */
  #lines(chunk: Buffer, start: number, end: number): void {
    const flat = this.#flat;
    const handler = this.#handler;
    const base = this.#offset - start;
    let at = start;
    while (at < end) {
      const isTried = this.#misses < MAX_MISSES || this.#line % RETRY === 0;
      const stop = isTried ? flat.read(chunk, at) : -1;
      if (stop < 0) {
        this.#misses++;
        const next = chunk.indexOf(NEWLINE, at) + 1;
        this.#offset = base + at;
        this.#collect(chunk.subarray(at, next - 1));
        this.#newline();
        at = next;
      } else {
        this.#misses = 0;
        handler.flat(flat, this.#line++, base + at, stop - at);
        at = chunk[stop] === NEWLINE ? stop + 1 : stop + 2;
      }
    }
    this.#offset = base + at;
  }

  /** Completes a line that began in earlier chunks. */
  #endLine(rest: Buffer): void {
    this.#collect(rest.subarray(0, -1));
    if (this.#hole > 0 || this.#lineHasParts || this.#textLength > MAX_LINE) {
      this.#newline();
      return;
    }
    const line = Buffer.concat([...this.#text, Buffer.of(NEWLINE)]);
    this.#text = [];
    this.#offset -= this.#textLength;
    this.#textLength = 0;
    this.#lines(line, 0, line.length);
  }

  /** Collects a part of a line, and handles the text that a hole ends. */
  #collect(part: Buffer): void {
    let rest = part;
    while (rest.length > 0) {
      if (this.#textLength === 0) {
        const nuls = leadingNuls(rest);
        this.#hole += nuls;
        this.#offset += nuls;
        rest = rest.subarray(nuls);
      }
      const end = rest.indexOf(NUL);
      const text = end < 0 ? rest : rest.subarray(0, end);
      if (text.length > 0) this.#text.push(text);
      this.#textLength += text.length;
      this.#offset += text.length;
      if (this.#textLength > MAX_LINE) this.#text = [];
      if (end < 0) return;
      this.#segment(false);
      rest = rest.subarray(end);
    }
  }

  /** Copies the collected text, since the chunk's memory is used again. */
  #own(): void {
    if (this.#text.length === 0) return;
    const last = this.#text.length - 1;
    this.#text[last] = Buffer.from(this.#text[last] as Buffer);
  }

  #newline(): void {
    const last = this.#text.length - 1;
    const text = this.#text[last];
    const hasReturn = text !== undefined && text[text.length - 1] === RETURN;
    if (hasReturn) {
      this.#text[last] = text.subarray(0, -1);
      this.#textLength--;
      this.#offset--;
    }
    if (this.#textLength + this.#hole > 0 || !this.#lineHasParts) this.#segment(false);
    this.#offset += hasReturn ? 2 : 1;
    this.#line++;
    this.#lineHasParts = false;
  }

  /** Handles the collected text, and the hole before it. */
  #segment(isLast: boolean): void {
    const length = this.#textLength;
    const hole = this.#hole;
    const line = this.#line;
    const offset = this.#offset - length - hole;
    const parts = this.#text;
    this.#text = [];
    this.#textLength = 0;
    this.#hole = 0;
    this.#lineHasParts = true;
    if (length > MAX_LINE) {
      const message = `a line of more than ${MAX_LINE} bytes`;
      const place = { line, offset, length: length + hole };
      this.#handler.problem({ reason: 'oversized', ...place, message, excerpt: '' });
      return;
    }
    const text = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    readSegment({ text, line, offset, hole, isLast }, this.#handler);
  }
}

export function leadingNuls(bytes: Buffer): number {
  let count = 0;
  // Holes are long, and comparing many bytes at once is some twenty times as quick.
  while (bytes.subarray(count, count + ZEROS.length).equals(ZEROS)) count += ZEROS.length;
  while (count < bytes.length && bytes[count] === NUL) count++;
  return count;
}
