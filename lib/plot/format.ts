/** Numbers and moments as people read them, in the terminal and on the page. */
import type { Axis } from './axis.js';

const SIGNIFICANT_DIGITS = 5;
const counts = new Intl.NumberFormat('en');

/** A value of a metric: `0.12346`, `1.2e-7`, `12,346`. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) {
    return value.toExponential(SIGNIFICANT_DIGITS - 2).replace(/\.?0+e/, 'e');
  }
  if (size >= 10 ** (SIGNIFICANT_DIGITS - 1)) return counts.format(Math.round(value));
  return String(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
}

/** A whole number of things: `1,234,567`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds as a duration in its two largest units: `2h 05m`, `12.5s`, `340ms`. */
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
  if (axis === 'elapsed') return formatDuration(x);
  return formatCount(Number(x.toFixed(2)));
}

/** The labels of an axis' ticks, which are `step` apart. */
export function formatTicks(axis: Axis | 'value', ticks: readonly number[]): string[] {
  if (axis === 'time') return formatTimeTicks(ticks);
  if (axis === 'elapsed') return ticks.map(formatDuration);
  return ticks.map(formatTick);
}

/** `10k`, `2.5M`, `0.001`, `1e-7`. */
function formatTick(tick: number): string {
  const value = Number(tick.toPrecision(10));
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) {
    return value.toExponential(4).replace(/\.?0+e/, 'e');
  }
  if (size < 1e4) return String(value);
  for (const [unit, letter] of LARGE) {
    if (size >= unit) return `${Number((value / unit).toPrecision(8))}${letter}`;
  }
  return String(value);
}

const LARGE = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** The clock, as exact as the ticks are close; the day where a new one begins. */
function formatTimeTicks(ticks: readonly number[]): string[] {
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  let day = '';
  return ticks.map((tick) => {
    const date = new Date(Math.round(tick * 1000));
    const today = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    const isNew = day !== '' && day !== today;
    day = today;
    if (step >= DAY || isNew) return today;
    if (step > 0 && step < 1) {
      return `${formatClock(date).slice(3)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
    }
    return step > 0 && step < MINUTE ? formatClock(date) : formatClock(date).slice(0, 5);
  });
}
