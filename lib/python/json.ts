/** Python's `json.dumps` of what can be logged, and the two kinds of log line. */
import { matches } from '../base/matches.js';
import { ValuePath } from '../base/value-path.js';
import { floatRepr, numberRepr } from '../record/number.js';
import { isPlain } from '../record/plain.js';
import { Timestamp, utcOffsetSeconds } from '../record/timestamp.js';
import {
  arrayLength,
  forEachEntry,
  resolve,
  resolveMetadata,
  resolveNamed,
} from '../record/value.js';
import { quote } from './json-string.js';
import { ValueText } from './value-text.js';

/** How NaN and the infinities are written: as Python's bare words, or as `null` for strict JSON. */
type NonFinite = 'literal' | 'null';

const LATIN1 = /^[\0-\xff]*$/;
const STEP = new ValuePath('step');
const hasOwn = Object.prototype.hasOwnProperty;

/**
 * A `DLLL {...}` line of type LOG with its newline.
 *
 * @param wall microseconds since 1970 UTC.
 * @param elapsed microseconds since the logger was made.
 * @param floats metrics whose whole numbers are floats.
 * @returns the line; as ASCII bytes when it is long.
 * @throws TypeError when something in it cannot be logged.
 */
export function logLine(
  wall: number,
  elapsed: number,
  step: unknown,
  data: object,
  nonFinite: NonFinite,
  floats?: ReadonlySet<string>,
): string | Buffer {
  const json = floats === undefined ? new JsonText(nonFinite) : new FloatsText(nonFinite, floats);
  json.text = `${logTimes(wall)}${seconds(elapsed)}", "type": "LOG", "step": `;
  json.step(step);
  json.text += ', "data": {';
  json.data(data);
  json.text += '}}\n';
  return json.result;
}

/** A `DLLL {...}` line of type METADATA with its newline; as `logLine`. */
export function metadataLine(
  wall: number,
  elapsed: number,
  metric: string,
  metadata: object,
  nonFinite: NonFinite,
): string | Buffer {
  const json = new JsonText(nonFinite);
  json.text =
    `DLLL {"timestamp": "${seconds(wall)}", "elapsedtime": "${seconds(elapsed)}", ` +
    `"datetime": "${datetime(wall)}", "type": "METADATA", "metric": `;
  json.string(metric);
  json.text += ', "metadata": ';
  json.object(resolveMetadata(metadata), new ValuePath('metadata of', metric));
  json.text += '}\n';
  return json.result;
}

const SECOND = 1e6;
/** Range in microseconds in which seconds have no exponent and doubles tell microseconds apart. */
const FIRST_DECIMAL = 100;
const LAST_DECIMAL = 2 ** 33 * SECOND;
const ZERO = 0x30;
/** 000 to 999. */
const THREE_DIGITS = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, '0'));

/** The six digits behind the point. */
function sixDigits(microseconds: number): string {
  const upper = Math.floor(microseconds / 1000);
  return `${THREE_DIGITS[upper]}${THREE_DIGITS[microseconds - upper * 1000]}`;
}

function withoutZeros(digits: string): string {
  let end = digits.length;
  while (end > 1 && digits.charCodeAt(end - 1) === ZERO) end--;
  return end === digits.length ? digits : digits.slice(0, end);
}

/** Whether the repr of microseconds as float seconds is whole seconds, a point and six digits. */
function isDecimal(microseconds: number): boolean {
  return microseconds >= FIRST_DECIMAL && microseconds < LAST_DECIMAL;
}

/** Microseconds as the repr of float seconds. */
function seconds(microseconds: number): string {
  if (!isDecimal(microseconds)) return floatRepr(microseconds / SECOND);
  const whole = Math.floor(microseconds / SECOND);
  return `${whole}.${withoutZeros(sixDigits(microseconds - whole * SECOND))}`;
}

/** The text of a second in records' times. */
class Second {
  readonly second: number;
  /** Local time, and its UTC offset. */
  readonly date: string;
  readonly offset: string;
  /** The text around the digits behind the points in a record's times. */
  readonly begin: string;
  readonly middle: string;
  readonly end: string;

  constructor(second: number) {
    const timestamp = new Timestamp(second * SECOND);
    this.second = second;
    this.date = String(timestamp);
    this.offset = offsetText(utcOffsetSeconds(timestamp));
    this.begin = `DLLL {"timestamp": "${second}.`;
    this.middle = `", "datetime": "${this.date}.`;
    this.end = `${this.offset}", "elapsedtime": "`;
  }
}

/** The second of the last record: most records share it with their neighbours. */
let known = new Second(0);

function secondOf(wall: number): Second {
  const second = Math.floor(wall / SECOND);
  if (second !== known.second) known = new Second(second);
  return known;
}

/** Local time with its UTC offset, as `str(datetime.astimezone())`. */
function datetime(wall: number): string {
  const { second, date, offset } = secondOf(wall);
  const microseconds = wall - second * SECOND;
  return microseconds === 0 ? date + offset : `${date}.${sixDigits(microseconds)}${offset}`;
}

/** The beginning of a record's line, up to its elapsed time. */
function logTimes(wall: number): string {
  const { second, begin, middle, end } = secondOf(wall);
  const microseconds = wall - second * SECOND;
  if (microseconds === 0 || !isDecimal(wall)) {
    return `DLLL {"timestamp": "${seconds(wall)}", "datetime": "${datetime(wall)}", "elapsedtime": "`;
  }
  const digits = sixDigits(microseconds);
  return `${begin}${withoutZeros(digits)}${middle}${digits}${end}`;
}

/** `+01:00`, or `+01:00:30` for an offset with seconds. */
function offsetText(offset: number): string {
  const magnitude = Math.abs(offset);
  const parts = [magnitude / 3600, (magnitude / 60) % 60];
  if (magnitude % 60 !== 0) parts.push(magnitude % 60);
  const text = parts.map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
  return `${offset < 0 ? '-' : '+'}${text}`;
}

/** The text before a value. */
interface KeyText {
  /** `"key": ` */
  readonly first: string;
  /** `, "key": `, behind another value. */
  readonly next: string;
}

/** Cache of the keys' texts: a run has few keys, and each record has them all. */
let keyTexts = new Map<string, KeyText>();
const MAX_KEYS = 4096;
const MAX_KEY = 256;

function keyText(key: string): KeyText {
  const found = keyTexts.get(key);
  if (found !== undefined) return found;
  const first = `${quote(key)}: `;
  const text = { first, next: `, ${first}` };
  if (key.length > MAX_KEY) return text;
  if (keyTexts.size >= MAX_KEYS) keyTexts = new Map();
  keyTexts.set(key, text);
  return text;
}

/** Code units from which on the text of a string is made in pieces. */
const LONG_STRING = 2 ** 20;

class JsonText extends ValueText {
  /** The text is ASCII: all else is escaped. */
  protected readonly encoding = 'latin1';
  protected readonly none = 'null';
  protected readonly true = 'true';
  protected readonly false = 'false';
  readonly #nonFinite: NonFinite;
  /** Whether the next metric is the first of the record's data. */
  #isFirst = true;

  constructor(nonFinite: NonFinite) {
    super();
    this.#nonFinite = nonFinite;
  }

  /** Adds a step. An array stands for a tuple, and nearly always holds small integers. */
  step(step: unknown): void {
    if (!Array.isArray(step) || 'toJSON' in step) {
      this.value(step, STEP);
      return;
    }
    const length = arrayLength(step, 0, STEP);
    this.count(length);
    let inside: ValuePath | undefined;
    let text = '[';
    for (let i = 0; i < length; i++) {
      const item: unknown = step[i];
      if (i > 0) text += ', ';
      if (typeof item === 'number') {
        text += this.number(item);
        continue;
      }
      this.add(text);
      text = '';
      inside ??= STEP.enter(step);
      inside.at(i);
      this.value(item, inside);
    }
    this.add(`${text}]`);
  }

  /** Adds the entries of a record's data. Each metric is a `ValuePath` of its own. */
  data(data: object): void {
    const named = resolveNamed(data, 'data');
    if (!isPlain(named)) {
      forEachEntry(named, (key, value) => this.#metric(key, value));
      return;
    }
    for (const key in named) {
      if (hasOwn.call(named, key)) this.#metric(key, named[key]);
    }
  }

  #metric(key: string, value: unknown): void {
    if (typeof value === 'number') {
      this.key(key, this.#isFirst);
      this.text += this.metricNumber(key, value);
    } else if (typeof value === 'string') {
      this.key(key, this.#isFirst);
      this.string(value);
    } else {
      const place = new ValuePath('metric', key);
      const resolved = resolve(value, place);
      if (resolved === undefined) return;
      this.key(key, this.#isFirst);
      if (typeof resolved === 'number') this.text += this.metricNumber(key, resolved);
      else this.resolved(resolved, place);
    }
    this.#isFirst = false;
  }

  /** Adds a number as a metric's value. */
  protected metricNumber(_key: string, value: number): string {
    return this.number(value);
  }

  protected key(key: string, isFirst: boolean): void {
    const { first, next } = keyText(key);
    this.add(isFirst ? first : next);
  }

  number(value: number): string {
    // Most numbers are small integers, or no integers at all.
    return (value | 0) === value && value !== 0 ? `${value}` : this.#other(value, numberRepr);
  }

  protected float(value: number): string {
    return this.#other(value, floatRepr);
  }

  #other(value: number, repr: (value: number) => string): string {
    if (Number.isFinite(value)) return repr(value);
    if (this.#nonFinite === 'null') return 'null';
    return Number.isNaN(value) ? 'NaN' : value < 0 ? '-Infinity' : 'Infinity';
  }

  string(value: string): void {
    if (value.length <= LONG_STRING) {
      const text = quote(value);
      this.countString(value, text.length > value.length + 2);
      this.add(text);
    } else {
      this.countString(value, !matches(LATIN1, value));
      this.text += '"';
      for (let i = 0; i < value.length; i += LONG_STRING) {
        this.add(quote(value.slice(i, i + LONG_STRING)).slice(1, -1));
      }
      this.text += '"';
    }
  }
}

/** JSON text with metrics that are always floats. A class of its own, so that logs without them pay nothing. */
class FloatsText extends JsonText {
  readonly #floats: ReadonlySet<string>;

  constructor(nonFinite: NonFinite, floats: ReadonlySet<string>) {
    super(nonFinite);
    this.#floats = floats;
  }

  protected override metricNumber(key: string, value: number): string {
    return this.#floats.has(key) ? this.float(value) : this.number(value);
  }
}
