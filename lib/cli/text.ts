/** How values, steps and times of a log look to a person; safe to print. */

import { stepStr } from '../python/repr.js';
import type { JsonObject, JsonValue } from '../reader/types.js';
import { Timestamp, utcOffsetSeconds } from '../record/timestamp.js';
import { numberText } from '../runs/number-text.js';
import { formattedText } from '../runs/value-text.js';
import { printable } from './escape.js';

/** Limit on a text that is one value among others; longer ones are cut. */
const MAX_TEXT = 60;

/** A metric's value under its metadata's format, without the unit. */
export function valueText(
  metric: string,
  metadata: JsonObject | undefined,
  value: JsonValue,
): string {
  const text = formattedText(metric, metadata, value);
  return text === undefined ? plainText(value) : printable(text);
}

/** A value that has no format. */
export function plainText(value: JsonValue): string {
  if (typeof value === 'number') return numberText(value);
  const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
  return printable(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 3)}...` : text);
}

/** A metric's unit with a space before it; empty where it has none. */
export function unitText(metadata: JsonObject | undefined): string {
  const unit = metadata === undefined ? undefined : own(metadata, 'unit');
  return typeof unit === 'string' && unit !== '' ? ` ${printable(unit)}` : '';
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A step as Python prints it: `(0, 5)`. */
export function stepText(step: JsonValue): string {
  try {
    return printable(stepStr(step));
  } catch {
    return plainText(step);
  }
}

/** Local time to the second. */
function timeText(seconds: number): string {
  if (Number.isNaN(seconds)) return 'no time';
  return new Timestamp(Math.floor(seconds) * 1e6).toString();
}

/** Local time with its offset from UTC: `2026-11-29 16:30:03+01:00`. */
export function zonedTimeText(seconds: number): string {
  const text = timeText(seconds);
  if (Number.isNaN(seconds)) return text;
  const offset = Math.round(utcOffsetSeconds(new Date(seconds * 1000)) / 60);
  const size = Math.abs(offset);
  return `${text}${offset < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** `1 h 02 min 03 s`, `12.5 s`. */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const tail = `${pad(rest)} s`;
  return hours > 0 ? `${hours} h ${pad(minutes)} min ${tail}` : `${minutes} min ${tail}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
