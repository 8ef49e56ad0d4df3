/** Writes numbers and times for people, in the terminal and on the page. */
import type { Axis } from './axis.js';

const SIGNIFICANT_DIGITS = 5;
const counts = new Intl.NumberFormat('en');

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 15 });

/**
 * A value of a metric: `0.12346`, `1.2e-7`, `12,345.6`. Rounding never makes the value look like another
 * number: 0.999999 is not `1`.
 */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const isExponential = size !== 0 && (size < 1e-4 || size >= 1e15);
  let digits = isExponential ? SIGNIFICANT_DIGITS - 1 : SIGNIFICANT_DIGITS;
  while (digits < MOST_DIGITS && looksLikeAnother(value, digits)) digits++;
  if (isExponential) return value.toExponential(digits - 1).replace(/\.?0+e/, 'e');
  const rounded = Number(value.toPrecision(digits));
  return size >= 1e4 ? grouped.format(rounded) : String(rounded);
}

/** Digits that tell all doubles apart. */
const MOST_DIGITS = 17;
/** Relative difference below which numbers differ only by rounding: floats of 32 bits are no more exact. */
const SAME = 1e-7;
const SAME_WHOLE = 1e-12;

/** Whether a rounded number looks exact, since its last zeros are not written, but is not. */
function looksLikeAnother(value: number, digits: number): boolean {
  const rounded = Number(value.toPrecision(digits));
  const isShort = Number(value.toPrecision(digits - 1)) === rounded;
  const same = Number.isInteger(rounded) && Math.abs(value) < 1e15 ? SAME_WHOLE : SAME;
  const looksExact = isShort || Number.isInteger(rounded);
  return looksExact && Math.abs(rounded - value) > Math.abs(value) * same;
}

/** A whole number of things: `1,234,567`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds as a duration in the two largest units: `2h 05m`, `12.5s`, `340ms`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 0) return `-${formatDuration(-seconds)}`;
  if (seconds === 0) return '0s';
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(3))}ms`;
  if (seconds < MINUTE) return `${Number(seconds.toPrecision(3))}s`;
  const whole = Math.round(seconds);
  if (whole < HOUR) return pair(Math.floor(whole / MINUTE), 'm', whole % MINUTE, 's');
  const minutes = Math.round(seconds / MINUTE);
  if (minutes < DAY / MINUTE) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'm');
  const hours = Math.round(seconds / HOUR);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  if (small === 0) return `${large}${largeUnit}`;
  return `${large}${largeUnit} ${String(small).padStart(2, '0')}${smallUnit}`;
}

/** A moment in this machine's zone: `2026-11-24 21:05:09`. */
export function formatTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return '';
  return `${formatDay(date)} ${formatClock(date)}`;
}

function formatDay(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function formatClock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** A place on an axis, in full. */
export function formatPlace(axis: Axis, x: number): string {
  if (axis === 'time') return formatTime(x);
  if (axis === 'elapsed') return formatDurationBy(x, Math.abs(x) < MINUTE ? 0.001 : 1);
  return formatCount(Number(x.toFixed(2)));
}

/** The labels of an axis' ticks, with as many digits as tell the ticks apart. */
export function formatTicks(axis: Axis | 'value', ticks: readonly number[]): string[] {
  const gaps = ticks.slice(1).map((tick, i) => tick - (ticks[i] ?? 0));
  const step = gaps.length === 0 ? 0 : Math.min(...gaps);
  if (axis === 'time') return formatTimeTicks(ticks, step);
  if (axis === 'elapsed') return ticks.map((tick) => formatDurationBy(tick, step));
  // All labels have one form: the exact one where any tick is too long for the short one.
  const isShort = ticks.every((tick) => Math.abs(tick) < 1e4 || shortTick(tick) !== undefined);
  return ticks.map((tick) => (isShort && shortTick(tick)) || formatTick(tick, step));
}

/** `10k`, `2.5M`; undefined for numbers that are too small or too large, or have more digits. */
function shortTick(tick: number): string | undefined {
  const size = Math.abs(tick);
  if (size < 1e4 || size >= 1e15) return undefined;
  const [unit, letter] = LARGE.find(([one]) => size >= one) ?? LARGE[3];
  const short = Number((tick / unit).toPrecision(12));
  return Number(short.toFixed(SHORT_DIGITS)) === short ? `${short}${letter}` : undefined;
}

/** `0.001`, `1e-7`, `1764000002`. */
function formatTick(tick: number, step: number): string {
  const size = Math.abs(tick);
  if (size === 0 || size < step * 1e-6) return '0';
  // A single tick has no step: its own digits say how exact it is.
  const least = step > 0 ? step : size * 1e-9;
  // A computed power of ten may lie just below the exact one.
  if (size < 1e-4 * (1 - 1e-9) || size >= 1e15) {
    const digits = Math.floor(Math.log10(size) + 1e-9) - Math.floor(Math.log10(least) + 1e-9);
    return tick.toExponential(Math.min(Math.max(digits, 0), 15)).replace(/\.?0+e/, 'e');
  }
  return String(Number(tick.toFixed(decimals(least))));
}

/** Limit on a short label's digits behind the point: with more, the full number is no longer. */
const SHORT_DIGITS = 3;
const LARGE = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** Digits behind the point that tell numbers apart which differ by `step`. */
function decimals(step: number): number {
  if (!(step > 0)) return 0;
  return Math.min(Math.max(-Math.floor(Math.log10(step) + 1e-9), 0), 20);
}

/** A duration in the units that tell it from a duration `step` seconds away: `1d 11h 05m`. */
function formatDurationBy(seconds: number, step: number): string {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 0) return `-${formatDurationBy(-seconds, step)}`;
  const digits = step > 0 && step < 1 ? decimals(step) : 0;
  const rounded = Number(seconds.toFixed(digits));
  if (rounded === 0) return '0s';
  if (rounded < 1) return `${Number((seconds * 1000).toFixed(Math.max(digits - 3, 0)))}ms`;
  const whole = Math.floor(rounded);
  const rest = Number(((rounded % MINUTE) + 0).toFixed(digits));
  const parts = [
    [Math.floor(whole / DAY), 'd'],
    [Math.floor(whole / HOUR) % 24, 'h'],
    [Math.floor(whole / MINUTE) % 60, 'm'],
    [rest, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const last = parts.findLastIndex(([count]) => count > 0);
  return parts
    .slice(first, last + 1)
    .map(([count, unit], i) => `${i === 0 ? count : padded(count)}${unit}`)
    .join(' ');
}

function padded(count: number): string {
  const [whole = '', ...fraction] = String(count).split('.');
  return [whole.padStart(2, '0'), ...fraction].join('.');
}

/** Clock times, as exact as the ticks are close; the day where a new day begins, the year where years differ. */
function formatTimeTicks(ticks: readonly number[], step: number): string[] {
  const digits = step > 0 && step < 1 ? Math.min(decimals(step), 6) : 0;
  const times = ticks.map((tick) => Number(tick.toFixed(digits)));
  const dates = times.map((time) => new Date(Math.floor(time) * 1000));
  const hasYears = new Set(dates.map((date) => date.getFullYear())).size > 1;
  const isDaily =
    dates.every((date) => date.getHours() + date.getMinutes() === 0) && ticks.length > 1;
  let before = '';
  return dates.map((date, i) => {
    const day = hasYears ? formatDay(date) : formatDay(date).slice(5);
    const isNew = before !== '' && before !== day;
    before = day;
    if (isDaily && step >= DAY / 2) return day;
    const clock = step > 0 && step < MINUTE ? formatClock(date) : formatClock(date).slice(0, 5);
    const isMidnight = date.getHours() + date.getMinutes() + date.getSeconds() === 0;
    if (isNew) return isMidnight ? day : `${day} ${clock}`;
    const fraction = (times[i] ?? 0) - Math.floor(times[i] ?? 0);
    return digits === 0 ? clock : `${clock.slice(3)}${fraction.toFixed(digits).slice(1)}`;
  });
}
