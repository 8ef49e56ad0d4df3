/** From the bytes of a log, in whatever chunks they come, to records and problems. */
import { FlatRecord } from './flat-record.js';
import { readSegment, type SegmentHandler } from './segment.js';

/** Who gets what a scanner finds, in the order of the file. */
export interface Handler extends SegmentHandler {
  /** A record of numbers only. `record` is the scanner's own: the next one overwrites it. */
  flat(record: FlatRecord, line: number, offset: number, length: number): void;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const NUL = 0;
/** A line longer than this is left out, so that no file can fill the memory. */
const MAX_LINE = 64 * 2 ** 20;
/** After so many lines that are not of the usual form, only every so manieth is tried for it. */
const MAX_MISSES = 16;
const RETRY = 16;

export class Scanner {
  readonly #handler: Handler;
  readonly #flat: FlatRecord;
  #line = 1;
  /** Where the next byte to come lies in the file. */
  #offset = 0;
  /** Lines since the last one of the usual form. */
  #misses = 0;
  /** NUL bytes before the text. */
  #hole = 0;
  /** The text so far of a line that is not whole yet. */
  #text: Buffer[] = [];
  #textLength = 0;
  /** Whether the rest of a line comes first that began before. */
  #isInside = false;
  /** Whether a part of this line was dealt with already. */
  #lineHasParts = false;

  /** @param start where in the file reading begins: after the first newline from there. */
  constructor(handler: Handler, start = 0, flat = new FlatRecord()) {
    this.#handler = handler;
    this.#flat = flat;
    if (start === 0) return;
    this.#offset = start;
    this.#isInside = true;
    // How many lines came before is not known.
    this.#line = Number.NaN;
  }

  /** Bytes taken so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Reads a chunk; nothing refers to its memory afterwards. */
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

  /** The file has ended: deals with what its last line holds. */
  end(): void {
    if (this.#textLength + this.#hole > 0) this.#segment(true);
    this.#lineHasParts = false;
  }

  /** After the end: what comes next belongs at an offset of the file. */
  goTo(offset: number): void {
    this.#offset = offset;
  }

  /** A file in place of the one before begins. */
  restart(): void {
    this.end();
    this.#isInside = false;
    this.#line = 1;
    this.#offset = 0;
  }

  get #isInLine(): boolean {
    return this.#textLength > 0 || this.#hole > 0 || this.#lineHasParts;
  }

  /** Lines that are whole in a chunk, one after another. */
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

  /** The rest of a line whose beginning came in chunks before. */
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

  /** Takes a part of a line, and deals with what a hole ends. */
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

  /** The text collected so far moves to memory of its own. */
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

  /** Deals with the text collected, and with the hole before it. */
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

function leadingNuls(bytes: Buffer): number {
  let count = 0;
  while (count < bytes.length && bytes[count] === NUL) count++;
  return count;
}
