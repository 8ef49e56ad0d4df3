/** The slow and general way from the text of a record to a record. */
import { isUtf8 } from 'node:buffer';
import { nestingOf } from './bytes.js';
import type { JsonObject, JsonValue, LogEntry } from './types.js';

/** Where a record lies in the file. */
export interface Place {
  readonly line: number;
  readonly offset: number;
  readonly length: number;
}

/** Before the JSON of a record. */
export const PREFIX = Buffer.from('DLLL ');

/** The record of a text that begins with `DLLL `, or what is wrong with it. */
export function parseRecord(text: Buffer, place: Place): LogEntry | string {
  if (!endsAsObject(text)) return 'does not end as a record';
  if (text.length > MAX_DEPTH && nestingOf(text) > MAX_DEPTH) {
    return `is nested deeper than ${MAX_DEPTH} levels`;
  }
  const json = text.toString('utf8', PREFIX.length);
  // What is no UTF-8 becomes this character.
  if (json.includes('\ufffd') && !isUtf8(text)) return 'is not text in UTF-8';
  let value: JsonValue;
  try {
    value = parseJson(json);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `is no JSON (${reason.split('\n')[0]})`;
  }
  return entryOf(value, place);
}

/** Most of what is no record need not be parsed to tell. */
function endsAsObject(text: Buffer): boolean {
  let end = text.length;
  while (end > 0 && (text[end - 1] === SPACE || text[end - 1] === TAB)) end--;
  return text[end - 1] === CLOSE;
}

const SPACE = 0x20;
const TAB = 0x09;
const CLOSE = 0x7d;
/** No logger nests deeper, and what does could exhaust the stack of whoever goes through it. */
const MAX_DEPTH = 1100;

function entryOf(value: JsonValue, { line, offset, length }: Place): LogEntry | string {
  if (!isObject(value)) return 'holds JSON that is no object';
  // JSON.parse makes every key an own property, `__proto__` too: nothing else has these names.
  const timestamp = seconds(value.timestamp);
  if (timestamp === undefined) return 'has a timestamp that is no number';
  const elapsedtime = seconds(value.elapsedtime);
  if (elapsedtime === undefined) return 'has an elapsedtime that is no number';
  const datetime = typeof value.datetime === 'string' ? value.datetime : '';
  const moment = { timestamp, datetime, elapsedtime };
  const place = { line, offset, length };
  const { type } = value;
  if (type === 'LOG') {
    const { step, data } = value;
    if (step === undefined) return 'has no step';
    if (!isObject(data)) return 'has no data';
    return { kind: type, ...moment, step, data, ...place };
  }
  if (type === 'METADATA') {
    const { metric, metadata } = value;
    if (typeof metric !== 'string') return 'has no metric';
    if (!isObject(metadata)) return 'has no metadata';
    return { kind: type, ...moment, metric, metadata, ...place };
  }
  return 'has a type other than LOG and METADATA';
}

/** Seconds, NaN where there are none, undefined where something else stands. */
function seconds(value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null) return Number.NaN;
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

/** Whether a value is an object of names, and not a list. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * JSON as Python writes and reads it: with `NaN`, `Infinity` and `-Infinity`.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return parseNonFinite(text);
  }
}

const WORD = /-?Infinity|NaN/g;

/** Lets strings that the text does not hold stand for the words that JSON does not know. */
function parseNonFinite(text: string): JsonValue {
  for (let attempt = 0; ; attempt++) {
    let words = 0;
    const mark = `number${attempt}:`;
    const marked = outsideStrings(text, (part) =>
      part.replace(WORD, (word) => {
        words++;
        return `"${mark}${word}"`;
      }),
    );
    let found = 0;
    const value = JSON.parse(marked, (_key, item: unknown) => {
      if (typeof item !== 'string' || !item.startsWith(mark)) return item;
      found++;
      return Number(item.slice(mark.length));
    }) as JsonValue;
    // More than were put in: the text has such a string of its own.
    if (found <= words) return value;
  }
}

/**
 * Changes what stands between the strings of a JSON text. A loop, since a pattern that matches a string
 * exhausts the stack where the string has millions of characters.
 */
function outsideStrings(text: string, change: (part: string) => string): string {
  let changed = '';
  let at = 0;
  while (at < text.length) {
    const begin = text.indexOf('"', at);
    if (begin < 0) break;
    const end = endOfString(text, begin);
    changed += change(text.slice(at, begin)) + text.slice(begin, end);
    at = end;
  }
  return changed + change(text.slice(at));
}

/** Where the string that begins at a quote ends, behind its quote; the text's end where it does not. */
function endOfString(text: string, begin: number): number {
  for (let end = text.indexOf('"', begin + 1); end > 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
  return text.length;
}
