/**
 * Fast reading of the record that nearly every line holds: written by a DLLogger, with a step of
 * numbers. Only nested values of its data go through JSON.parse. All other lines go through JSON.parse whole.
 */
import { after } from './bytes.js';
import { KeyReader } from './key-reader.js';
import { type KeyNode, NO_TEXTS, type Shape } from './key-tree.js';
import { NumberReader } from './number.js';
import { parseJson } from './parse.js';
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
const OPEN = 0x7b;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Limit on the components of a step. Records with more are left to JSON.parse. */
const MAX_STEP = 8;
/** Limit on the values of a record, likewise. */
const MAX_VALUES = 2 ** 17;
/** Values that there is room for at first. */
const FEW_VALUES = 64;
/** Limit on the nesting of a value, likewise. */
const MAX_DEPTH = 100;
/** Longest text to keep: a longer one is not expected to occur again. */
const MAX_KEPT_TEXT = 64;
/** Number of texts kept of one metric. */
const MAX_TEXTS = 8;

/** A record that was read the fast way. The next `read` overwrites the record. */
export class FlatRecord {
  timestamp = Number.NaN;
  /** NaN when the record has no elapsed time. */
  elapsedtime = Number.NaN;
  /** Whether the step is a list, and not a plain number. */
  stepIsList = false;
  stepLength = 0;
  readonly step = new Float64Array(MAX_STEP);
  /** The names of `values`. */
  shape: Shape = { names: [] };
  values = new Float64Array(FEW_VALUES);
  /** Whether any value is not a number. Such values are in `others`. */
  hasOthers = false;
  /** The values that are not numbers, at their index in `shape`. */
  readonly others: (JsonValue | undefined)[] = [];

  /** Offsets in the text: where the step, the data's first member and each value begin, and where values end. */
  stepStart = 0;
  dataStart = 0;
  valueStarts = new Uint32Array(FEW_VALUES);
  valueEnds = new Uint32Array(FEW_VALUES);

  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #datetimeStart = 0;
  #datetimeEnd = 0;
  #at = 0;
  readonly #numbers = new NumberReader();
  readonly #keys = new KeyReader();

  /** Whether the memory for names is full: records with new names are then left to JSON.parse. */
  get isFull(): boolean {
    return this.#keys.isFull;
  }

  /** The datetime as written. Valid until the bytes of the record change. */
  get datetime(): string {
    return this.#bytes.toString('latin1', this.#datetimeStart, this.#datetimeEnd);
  }

  /** The line as it stands in the log, a character for each byte. Valid until the bytes of the record change. */
  get line(): string {
    return this.#bytes.toString('latin1', this.#start, this.#at + 1);
  }

  /** Where in the line the timestamp begins. */
  get timestampStart(): number {
    return BEGIN.length;
  }

  get timestampEnd(): number {
    return this.datetimeStart - DATETIME.length;
  }

  get datetimeStart(): number {
    return this.#datetimeStart - this.#start;
  }

  get datetimeEnd(): number {
    return this.#datetimeEnd - this.#start;
  }

  get elapsedStart(): number {
    return this.datetimeEnd + ELAPSED.length;
  }

  get elapsedEnd(): number {
    return this.stepStart - STEP.length;
  }

  /** The bytes among which the record stands, from `start` to before `end`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#at + 1;
  }

  /** The record as it stands in the log. Valid until the bytes of the record change. */
  get text(): Buffer {
    return this.#bytes.subarray(this.#start, this.end);
  }

  /** A value that is not a number; undefined when the value is a number. */
  other(i: number): JsonValue | undefined {
    return this.hasOthers ? this.others[i] : undefined;
  }

  /** A copy of the step. */
  get stepValue(): JsonValue {
    if (!this.stepIsList) return this.step[0] as number;
    const places = new Array<number>(this.stepLength);
    for (let i = 0; i < this.stepLength; i++) places[i] = this.step[i] as number;
    return places;
  }

  /** A copy of the record as an object. */
  entry(line: number, offset: number, length: number): LogRecord {
    const { timestamp, datetime, elapsedtime, stepValue: step, values } = this;
    const { names } = this.shape;
    const data: Record<string, JsonValue> = {};
    for (let i = 0; i < names.length; i++) {
      const other = this.other(i);
      data[names[i] as string] = other === undefined ? (values[i] as number) : other;
    }
    return { kind: 'LOG', timestamp, datetime, elapsedtime, step, data, line, offset, length };
  }

  /**
   * Reads the line that begins at `start`. Its newline has to be in `bytes`.
   *
   * @returns where the record's text ends: at the newline of the line, or at the carriage return before it.
   *   -1 when the line has to be read by JSON.parse.
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
    this.stepStart = this.#at - start;
    if (this.#at < 0 || !this.#readStep()) return -1;
    this.#at = after(bytes, this.#at, DATA);
    this.dataStart = this.#at - start;
    if (this.#at < 0 || !this.#readData()) return -1;
    at = this.#at;
    if (bytes[at] !== CLOSE) return -1;
    at++;
    return bytes[at] === NEWLINE || (bytes[at] === RETURN && bytes[at + 1] === NEWLINE) ? at : -1;
  }

  /** The offset of the quote that ends plain text; -1 when the text holds escapes or other bytes. */
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
    const keys = this.#keys;
    keys.begin();
    this.hasOthers = false;
    if (bytes[at] === CLOSE) return this.#endData(at);
    for (let count = 0; count < MAX_VALUES; count++) {
      at = keys.read(bytes, at);
      if (at < 0) return false;
      if (bytes[at] !== COLON || bytes[at + 1] !== SPACE) return false;
      if (count === this.values.length) this.#widen();
      this.valueStarts[count] = at + 2 - this.#start;
      this.values[count] = numbers.read(bytes, at + 2);
      if (this.hasOthers) this.others[count] = undefined;
      at = numbers.end < 0 ? this.#readOther(at + 2, count) : numbers.end;
      if (at < 0) return false;
      this.valueEnds[count] = at - this.#start;
      if (bytes[at] === CLOSE) return this.#endData(at);
      if (bytes[at] !== COMMA || bytes[at + 1] !== SPACE) return false;
      at += 2;
    }
    return false;
  }

  /** Ends the data at its brace. */
  #endData(at: number): boolean {
    const shape = this.#keys.end();
    if (shape === undefined) return false;
    this.shape = shape;
    this.#at = at + 1;
    return true;
  }

  /** Makes room for more values. */
  #widen(): void {
    const [values, starts, ends] = [this.values, this.valueStarts, this.valueEnds];
    const length = 4 * values.length;
    this.values = new Float64Array(length);
    this.values.set(values);
    this.valueStarts = new Uint32Array(length);
    this.valueStarts.set(starts);
    this.valueEnds = new Uint32Array(length);
    this.valueEnds.set(ends);
  }

  /** Reads a value that is not a number. Returns where the value ends; -1 when there is no value. */
  #readOther(start: number, index: number): number {
    const bytes = this.#bytes;
    if (!this.hasOthers) this.others.fill(undefined, 0, index);
    this.hasOthers = true;
    if (bytes[start] === QUOTE) {
      const end = this.#endOfText(start + 1);
      if (end >= 0) {
        this.others[index] = textOf(this.#keys.node, bytes, start + 1, end);
        return end + 1;
      }
    }
    for (const [word, value] of WORDS) {
      const end = after(bytes, start, word);
      if (end >= 0) {
        this.others[index] = value;
        return end;
      }
    }
    const end = endOfValue(bytes, start);
    if (end < 0) return -1;
    try {
      this.others[index] = parseJson(bytes.toString('latin1', start, end));
      return end;
    } catch {
      return -1;
    }
  }
}

/** Where a text, list or object in ASCII ends; -1 when it does not end on its line, or is something else. */
function endOfValue(bytes: Buffer, start: number): number {
  let depth = 0;
  let isInText = false;
  for (let at = start; ; at++) {
    const byte = bytes[at];
    if (byte === undefined || byte < SPACE || byte > 0x7e) return -1;
    if (isInText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isInText = false;
    } else if (byte === QUOTE) {
      isInText = true;
    } else if (byte === OPEN_LIST || byte === OPEN) {
      // JSON.parse decides whether the value is too deep.
      if (++depth > MAX_DEPTH) return -1;
    } else if (byte === CLOSE_LIST || byte === CLOSE) {
      depth--;
    } else if (depth === 0) {
      return -1;
    }
    if (depth === 0 && !isInText) return at + 1;
  }
}

const WORDS: readonly (readonly [Buffer, boolean | null])[] = [
  [Buffer.from('true'), true],
  [Buffer.from('false'), false],
  [Buffer.from('null'), null],
];

/** A value of plain text. Metrics often have only a few different texts, so some are kept. */
function textOf(node: KeyNode, bytes: Buffer, start: number, end: number): string {
  const { texts } = node;
  for (const { raw, text } of texts) {
    if (raw.length === end - start && after(bytes, start, raw) >= 0) return text;
  }
  const text = bytes.toString('latin1', start, end);
  if (texts.length < MAX_TEXTS && text.length <= MAX_KEPT_TEXT) {
    const kept = { raw: Buffer.from(text, 'latin1'), text };
    if (texts === NO_TEXTS) node.texts = [kept];
    else texts.push(kept);
  }
  return text;
}
