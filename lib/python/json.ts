/** Python's `json.dumps` of what can be logged, and the two kinds of log line. */
import { Timestamp, utcOffsetSeconds } from '../timestamp.js';
import {
  arrayLength,
  Float,
  forEachEntry,
  isFloatArray,
  isTypedArray,
  type Named,
  Place,
  type Resolved,
  resolve,
  resolveMetadata,
  resolveNamed,
  typedLength,
} from '../value.js';
import { floatRepr, numberRepr } from './repr.js';

/** How NaN and the infinities are written: as Python's bare words, or as `null` for strict JSON. */
export type NonFinite = 'literal' | 'null';

/**
 * A `DLLL {...}` line of type LOG with its newline.
 *
 * @param wall microseconds since 1970 UTC.
 * @param elapsed microseconds since the logger was made.
 * @throws TypeError when something in it cannot be logged.
 */
export function logLine(
  wall: number,
  elapsed: number,
  step: unknown,
  data: object,
  nonFinite: NonFinite,
): string {
  const json = new JsonText(nonFinite);
  const stepText = json.value(step, new Place('step')) ?? 'null';
  const dataText = json.data(resolveNamed(data, 'data'));
  return (
    `DLLL {"timestamp": "${seconds(wall)}", "datetime": "${datetime(wall)}", ` +
    `"elapsedtime": "${seconds(elapsed)}", "type": "LOG", "step": ${stepText}, ` +
    `"data": ${dataText}}\n`
  );
}

/** A `DLLL {...}` line of type METADATA with its newline; as `logLine`. */
export function metadataLine(
  wall: number,
  elapsed: number,
  metric: string,
  metadata: object,
  nonFinite: NonFinite,
): string {
  const json = new JsonText(nonFinite);
  const place = new Place('metadata of', metric);
  const metadataText = json.object(resolveMetadata(metadata), place);
  return (
    `DLLL {"timestamp": "${seconds(wall)}", "elapsedtime": "${seconds(elapsed)}", ` +
    `"datetime": "${datetime(wall)}", "type": "METADATA", "metric": ${quote(metric)}, ` +
    `"metadata": ${metadataText}}\n`
  );
}

/** Microseconds as the repr of float seconds. */
function seconds(microseconds: number): string {
  return floatRepr(microseconds / 1e6);
}

/** The texts of the last second seen: most records share it with their neighbours. */
let known = { second: Number.NaN, date: '', offset: '' };

/** Local time with its UTC offset, as `str(datetime.astimezone())`. */
function datetime(wall: number): string {
  const second = Math.floor(wall / 1e6);
  if (second !== known.second) {
    const timestamp = new Timestamp(second * 1e6);
    known = { second, date: String(timestamp), offset: offsetText(utcOffsetSeconds(timestamp)) };
  }
  const microseconds = wall - second * 1e6;
  const fraction = microseconds === 0 ? '' : `.${String(microseconds).padStart(6, '0')}`;
  return known.date + fraction + known.offset;
}

/** `+01:00`; seconds only where an offset has some. */
function offsetText(offset: number): string {
  const magnitude = Math.abs(offset);
  const parts = [magnitude / 3600, (magnitude / 60) % 60];
  if (magnitude % 60 !== 0) parts.push(magnitude % 60);
  const text = parts.map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
  return `${offset < 0 ? '-' : '+'}${text}`;
}

/** A string as `json.dumps` writes it: ASCII only, lone surrogates as themselves. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

class JsonText {
  readonly #nonFinite: NonFinite;

  constructor(nonFinite: NonFinite) {
    this.#nonFinite = nonFinite;
  }

  /** The text of a value; undefined for one that is left out of an object. */
  value(value: unknown, place: Place): string | undefined {
    const resolved = resolve(value, place);
    return resolved === undefined ? undefined : this.#resolved(resolved, place);
  }

  /** The text of a record's data: each metric is a place of its own. */
  data(data: Named): string {
    const items: string[] = [];
    forEachEntry(data, (key, value) => {
      const text =
        typeof value === 'number'
          ? this.#number(value, numberRepr)
          : this.value(value, new Place('metric', key));
      if (text !== undefined) items.push(`${quote(key)}: ${text}`);
    });
    return `{${items.join(', ')}}`;
  }

  #resolved(value: Exclude<Resolved, undefined>, place: Place): string {
    switch (typeof value) {
      case 'number':
        return this.#number(value, numberRepr);
      case 'string':
        return quote(value);
      case 'boolean':
      case 'bigint':
        return String(value);
    }
    if (value === null) return 'null';
    if (value instanceof Float) return this.#number(Float.numberOf(value), floatRepr);
    if (isTypedArray(value)) {
      const repr = isFloatArray(value) ? floatRepr : String;
      const items: string[] = [];
      for (let i = 0; i < typedLength(value); i++)
        items.push(this.#number(value[i] as number, repr));
      return `[${items.join(', ')}]`;
    }
    return Array.isArray(value) ? this.#array(value, place) : this.object(value as Named, place);
  }

  #number(value: number, repr: (value: number) => string): string {
    if (typeof value === 'bigint' || Number.isFinite(value)) return repr(value);
    if (this.#nonFinite === 'null') return 'null';
    return Number.isNaN(value) ? 'NaN' : value < 0 ? '-Infinity' : 'Infinity';
  }

  #array(value: readonly unknown[], place: Place): string {
    const items: string[] = [];
    const length = arrayLength(value);
    const inside = place.enter(value);
    for (let i = 0; i < length; i++) {
      inside.at(i);
      items.push(this.value(value[i], inside) ?? 'null');
    }
    return `[${items.join(', ')}]`;
  }

  object(value: Named, place: Place): string {
    const items: string[] = [];
    const inside = place.enter(value);
    forEachEntry(value, (key, item) => {
      inside.at(key);
      const text = this.value(item, inside);
      if (text !== undefined) items.push(`${quote(key)}: ${text}`);
    });
    return `{${items.join(', ')}}`;
  }
}
