/** Python's `json.dumps` of what can be logged, and the two kinds of log line. */
import { Place } from '../place.js';
import { Timestamp, utcOffsetSeconds } from '../timestamp.js';
import { forEachEntry, isPlain, resolve, resolveMetadata, resolveNamed } from '../value.js';
import { quote } from './json-string.js';
import { floatRepr, numberRepr } from './number.js';
import { ValueText } from './value-text.js';

/** How NaN and the infinities are written: as Python's bare words, or as `null` for strict JSON. */
export type NonFinite = 'literal' | 'null';

const hasOwn = Object.prototype.hasOwnProperty;

/**
 * A `DLLL {...}` line of type LOG with its newline.
 *
 * @param wall microseconds since 1970 UTC.
 * @param elapsed microseconds since the logger was made.
 * @returns its text; where that is too long for a string, its ASCII bytes.
 * @throws TypeError when something in it cannot be logged.
 */
export function logLine(
  wall: number,
  elapsed: number,
  step: unknown,
  data: object,
  nonFinite: NonFinite,
): string | Buffer {
  const json = new JsonText(nonFinite);
  json.text =
    `DLLL {"timestamp": "${seconds(wall)}", "datetime": "${datetime(wall)}", ` +
    `"elapsedtime": "${seconds(elapsed)}", "type": "LOG", "step": `;
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
  json.object(resolveMetadata(metadata), new Place('metadata of', metric));
  json.text += '}\n';
  return json.result;
}

const SECOND = 1e6;
/** Microseconds from where on seconds have no exponent, and up to where doubles tell them apart. */
const FIRST_DECIMAL = 100;
const LAST_DECIMAL = 2 ** 33 * SECOND;
/** 000 to 999. */
const THREE_DIGITS = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, '0'));

/** The six digits behind the point. */
function sixDigits(microseconds: number): string {
  const upper = Math.floor(microseconds / 1000);
  return `${THREE_DIGITS[upper]}${THREE_DIGITS[microseconds - upper * 1000]}`;
}

/** Microseconds as the repr of float seconds. */
function seconds(microseconds: number): string {
  if (!(microseconds >= FIRST_DECIMAL && microseconds < LAST_DECIMAL)) {
    return floatRepr(microseconds / SECOND);
  }
  const whole = Math.floor(microseconds / SECOND);
  const rest = microseconds - whole * SECOND;
  const digits = sixDigits(rest);
  return `${whole}.${rest % 10 !== 0 ? digits : digits.replace(/0{1,5}$/, '')}`;
}

/** The texts of the last second seen: most records share it with their neighbours. */
let known = { second: Number.NaN, date: '', offset: '' };

/** Local time with its UTC offset, as `str(datetime.astimezone())`. */
function datetime(wall: number): string {
  const second = Math.floor(wall / SECOND);
  if (second !== known.second) {
    const timestamp = new Timestamp(second * SECOND);
    known = { second, date: String(timestamp), offset: offsetText(utcOffsetSeconds(timestamp)) };
  }
  const microseconds = wall - second * SECOND;
  return microseconds === 0
    ? known.date + known.offset
    : `${known.date}.${sixDigits(microseconds)}${known.offset}`;
}

/** `+01:00`; seconds only where an offset has some. */
function offsetText(offset: number): string {
  const magnitude = Math.abs(offset);
  const parts = [magnitude / 3600, (magnitude / 60) % 60];
  if (magnitude % 60 !== 0) parts.push(magnitude % 60);
  const text = parts.map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
  return `${offset < 0 ? '-' : '+'}${text}`;
}

/** `"key": ` of the keys seen last: a run has few, and each record all of them. */
let keyTexts = new Map<string, string>();
const MAX_KEYS = 4096;
const MAX_KEY = 256;

function keyText(key: string): string {
  const found = keyTexts.get(key);
  if (found !== undefined) return found;
  const text = `${quote(key)}: `;
  if (key.length > MAX_KEY) return text;
  if (keyTexts.size >= MAX_KEYS) keyTexts = new Map();
  keyTexts.set(key, text);
  return text;
}

/** Code units of a string up to which its text is made as one. */
const LONG_STRING = 2 ** 20;

class JsonText extends ValueText {
  protected readonly none = 'null';
  protected readonly true = 'true';
  protected readonly false = 'false';
  readonly #nonFinite: NonFinite;

  constructor(nonFinite: NonFinite) {
    super();
    this.#nonFinite = nonFinite;
  }

  /** A step: an array stands for a tuple, and nearly always holds small integers. */
  step(step: unknown): void {
    this.value(step, new Place('step'));
  }

  /** The entries of a record's data: each metric is a place of its own. */
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

  #isFirst = true;

  #metric(key: string, value: unknown): void {
    if (typeof value === 'number') {
      this.#key(key);
      this.text += this.number(value);
    } else if (typeof value === 'string') {
      this.#key(key);
      this.string(value);
    } else {
      const place = new Place('metric', key);
      const resolved = resolve(value, place);
      if (resolved === undefined) return;
      this.#key(key);
      this.resolved(resolved, place);
    }
  }

  #key(key: string): void {
    if (this.#isFirst) this.#isFirst = false;
    else this.text += ', ';
    this.add(keyText(key));
  }

  number(value: number): string {
    // Most are small integers, or no integers at all.
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
      this.countString(value, !/^[\0-\xff]*$/.test(value));
      this.text += '"';
      for (let i = 0; i < value.length; i += LONG_STRING) {
        this.add(quote(value.slice(i, i + LONG_STRING)).slice(1, -1));
      }
      this.text += '"';
    }
  }
}
