/** Parses the text of any record. General, and slower than flat-record.ts. */
import { isUtf8 } from 'node:buffer';
import { nestingOf } from './bytes.js';
import type { JsonObject, JsonValue, LogEntry } from './types.js';

/** Where a record lies in the file. */
export interface FilePosition {
  readonly line: number;
  readonly offset: number;
  readonly length: number;
}

/** The text before the JSON of a record. */
export const PREFIX = Buffer.from('DLLL ');

/** The record in a text that begins with `DLLL `, or a description of what is wrong with the text. */
export function parseRecord(text: Buffer, place: FilePosition): LogEntry | string {
  if (!endsAsObject(text)) return 'does not end as a record';
  if (text.length > MAX_DEPTH && nestingOf(text) > MAX_DEPTH) {
    return `is nested deeper than ${MAX_DEPTH} levels`;
  }
  const json = text.toString('utf8', PREFIX.length);
  // Decoding turns bytes that are not UTF-8 into this character.
  if (json.includes('\ufffd') && !isUtf8(text)) return 'is not text in UTF-8';
  let value: JsonValue;
  try {
    value = parseJson(json);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `is not JSON (${reason.split('\n')[0]})`;
  }
  return entryOf(value, place);
}

/** Rejects most texts that are not records without parsing them. */
function endsAsObject(text: Buffer): boolean {
  let end = text.length;
  while (end > 0 && (text[end - 1] === SPACE || text[end - 1] === TAB)) end--;
  return text[end - 1] === CLOSE;
}

const SPACE = 0x20;
const TAB = 0x09;
const CLOSE = 0x7d;
/** Deepest nesting of a record. No logger nests deeper, and deeper values could exhaust a caller's stack. */
const MAX_DEPTH = 1100;

function entryOf(value: JsonValue, { line, offset, length }: FilePosition): LogEntry | string {
  if (!isObject(value)) return 'holds JSON that is not an object';
  // JSON.parse makes every key an own property, `__proto__` too: nothing else has these names.
  const timestamp = seconds(value.timestamp);
  if (timestamp === undefined) return 'has a timestamp that is not a number';
  const elapsedtime = seconds(value.elapsedtime);
  if (elapsedtime === undefined) return 'has an elapsedtime that is not a number';
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

/** Seconds; NaN when the member is missing, undefined when it holds anything else. */
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

/** Replaces the words that JSON does not know by strings that occur nowhere else in the text. */
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
    // If more strings were found than were put in, the text has such a string of its own.
    if (found <= words) return value;
  }
}

/**
 * Changes the parts of a JSON text outside its strings. A loop, since a pattern that matches strings
 * exhausts the stack when a string has millions of characters.
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

/** The offset behind the closing quote of the string that begins at a quote; the text's end when it is not closed. */
function endOfString(text: string, begin: number): number {
  for (let end = text.indexOf('"', begin + 1); end > 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
  return text.length;
}
