/**
 * The record that nearly every line holds, read at speed: written by a DLLogger, with a step of
 * numbers and data of numbers. Every other line goes the slow way, through JSON.parse.
 */
import { type KeyNode, KeyTree, type Shape } from './key-tree.js';
import { NumberReader } from './number.js';
import type { JsonValue, LogRecord } from './types.js';

const BEGIN = Buffer.from('DLLL {"timestamp": "');
const DATETIME = Buffer.from('", "datetime": "');
const ELAPSED = Buffer.from('", "elapsedtime": "');
const STEP = Buffer.from('", "type": "LOG", "step": ');
const DATA = Buffer.from(', "data": {');

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Steps longer than this go the slow way. */
const MAX_STEP = 8;
/** And so does data with more values than this. */
const MAX_VALUES = 1024;

/** One such record; the next `read` overwrites it. */
export class FlatRecord {
  timestamp = Number.NaN;
  /** NaN where the record has none. */
  elapsedtime = Number.NaN;
  /** Whether the step is a list; a number of its own otherwise. */
  stepIsList = false;
  stepLength = 0;
  readonly step = new Float64Array(MAX_STEP);
  /** The names of `values`. */
  shape: Shape;
  readonly values = new Float64Array(MAX_VALUES);

  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #datetimeStart = 0;
  #datetimeEnd = 0;
  #at = 0;
  readonly #numbers = new NumberReader();
  readonly #keys = new KeyTree();

  constructor() {
    this.shape = this.#keys.root.shape;
  }

  /** The moment as written. Valid until the bytes of the record change. */
  get datetime(): string {
    return this.#bytes.toString('latin1', this.#datetimeStart, this.#datetimeEnd);
  }

  /** The record as it stands in the log. Valid until the bytes of the record change. */
  get text(): Buffer {
    return this.#bytes.subarray(this.#start, this.#at + 1);
  }

  /** The step, in memory of its own. */
  get stepValue(): JsonValue {
    if (!this.stepIsList) return this.step[0] as number;
    const places: number[] = [];
    for (let i = 0; i < this.stepLength; i++) places.push(this.step[i] as number);
    return places;
  }

  /** The record as an object of its own. */
  entry(line: number, offset: number, length: number): LogRecord {
    const { timestamp, datetime, elapsedtime, stepValue: step, values } = this;
    const { names } = this.shape;
    const data: Record<string, number> = {};
    for (let i = 0; i < names.length; i++) data[names[i] as string] = values[i] as number;
    return { kind: 'LOG', timestamp, datetime, elapsedtime, step, data, line, offset, length };
  }

  /**
   * Reads the line that begins at `start`; a newline ends it somewhere in `bytes`.
   *
   * @returns where the record's text ends, at its line's newline or the return before it; -1 where
   *   the line is not such a record.
   */
  read(bytes: Buffer, start: number): number {
    this.#bytes = bytes;
    this.#start = start;
    let at = after(bytes, start, BEGIN);
    if (at < 0) return -1;
    const numbers = this.#numbers;
    this.timestamp = numbers.read(bytes, at);
    at = after(bytes, numbers.end, DATETIME);
    if (at < 0) return -1;
    this.#datetimeStart = at;
    at = this.#endOfText(at);
    this.#datetimeEnd = at;
    const elapsed = after(bytes, at, ELAPSED);
    if (elapsed < 0) {
      this.elapsedtime = Number.NaN;
    } else {
      this.elapsedtime = numbers.read(bytes, elapsed);
      at = numbers.end;
    }
    this.#at = after(bytes, at, STEP);
    if (this.#at < 0 || !this.#readStep()) return -1;
    this.#at = after(bytes, this.#at, DATA);
    if (this.#at < 0 || !this.#readData()) return -1;
    at = this.#at;
    if (bytes[at] !== CLOSE) return -1;
    at++;
    return bytes[at] === NEWLINE || (bytes[at] === RETURN && bytes[at + 1] === NEWLINE) ? at : -1;
  }

  /** Where plain text ends at its quote; -1 where something else stands in it. */
  #endOfText(start: number): number {
    const bytes = this.#bytes;
    for (let at = start; ; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) return at;
      if (byte === undefined || byte < SPACE || byte > 0x7e || byte === BACKSLASH) return -1;
    }
  }

  #readStep(): boolean {
    const bytes = this.#bytes;
    const numbers = this.#numbers;
    let at = this.#at;
    this.stepLength = 0;
    this.stepIsList = bytes[at] === OPEN_LIST;
    if (!this.stepIsList) {
      this.step[0] = numbers.read(bytes, at);
      this.stepLength = 1;
      this.#at = numbers.end;
      return numbers.end >= 0;
    }
    at++;
    if (bytes[at] === CLOSE_LIST) {
      this.#at = at + 1;
      return true;
    }
    for (;;) {
      if (this.stepLength === MAX_STEP) return false;
      this.step[this.stepLength++] = numbers.read(bytes, at);
      at = numbers.end;
      if (at < 0) return false;
      if (bytes[at] === CLOSE_LIST) {
        this.#at = at + 1;
        return true;
      }
      if (bytes[at] !== COMMA || bytes[at + 1] !== SPACE) return false;
      at += 2;
    }
  }

  #readData(): boolean {
    const bytes = this.#bytes;
    const numbers = this.#numbers;
    let at = this.#at;
    let node: KeyNode = this.#keys.root;
    if (bytes[at] === CLOSE) {
      this.shape = node.shape;
      this.#at = at + 1;
      return true;
    }
    for (let count = 0; count < MAX_VALUES; count++) {
      const next = this.#keys.follow(node, bytes, at);
      if (next === undefined) return false;
      node = next;
      at += node.raw.length;
      if (bytes[at] !== COLON || bytes[at + 1] !== SPACE) return false;
      this.values[count] = numbers.read(bytes, at + 2);
      at = numbers.end;
      if (at < 0) return false;
      if (bytes[at] === CLOSE) {
        this.shape = node.shape;
        this.#at = at + 1;
        return true;
      }
      if (bytes[at] !== COMMA || bytes[at + 1] !== SPACE) return false;
      at += 2;
    }
    return false;
  }
}

/** Where the literal that stands at `start` ends; -1 where it does not. */
function after(bytes: Buffer, start: number, literal: Buffer): number {
  if (start < 0) return -1;
  for (let i = 0; i < literal.length; i++) {
    if (bytes[start + i] !== literal[i]) return -1;
  }
  return start + literal.length;
}
