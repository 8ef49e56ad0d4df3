/** Scales of charts, and their ticks. */
import type { Axis } from '../runs/axis.js';

export interface Scale {
  readonly min: number;
  readonly max: number;
  /** The place of a value: 0 at `min`, 1 at `max`; NaN for a value that has no logarithm. */
  place(value: number): number;
  readonly ticks: readonly number[];
}

/** A linear scale that ends exactly at the given values. */
function linearScale(min: number, max: number, ticks: readonly number[]): Scale {
  // Scaled before subtracting: a span may be larger than the largest number.
  const scale = 1 / Math.max(Math.abs(min), Math.abs(max));
  const span = max * scale - min * scale;
  return { min, max, ticks, place: (value) => (value * scale - min * scale) / span };
}

/** A scale for values, with some room around them. */
export function valueScale(min: number, max: number, logarithmic: boolean, count: number): Scale {
  const [from, to] = logarithmic ? logRange(min, max) : valueRange(min, max);
  return scaleBetween(from, to, logarithmic, count);
}

/** A scale for values that ends exactly at the given values. */
export function scaleBetween(from: number, to: number, logarithmic: boolean, count: number): Scale {
  return logarithmic
    ? logScale(from, to, logTicks(from, to, count))
    : linearScale(from, to, valueTicks(from, to, count));
}

/** The range of a linear axis for values: with some room around them, and from 0 where 0 is near. */
export function valueRange(min: number, max: number): readonly [number, number] {
  const [low, high] = widened(min, max);
  const air = high * AIR - low * AIR;
  const from = low >= 0 && low < high * NEAR_ZERO ? 0 : finite(low - air);
  const to = high <= 0 && high > low * NEAR_ZERO ? 0 : finite(high + air);
  return [from, to];
}

/** The range of a logarithmic axis for values above 0; values that differ only by rounding get more room. */
export function logRange(min: number, max: number): readonly [number, number] {
  const [low, high] = [Math.log10(min), Math.log10(max)];
  const air = high - low > SMALLEST_DECADES ? (high - low) * AIR : 0.5;
  const from = low - air < LOWEST_POWER ? Number.MIN_VALUE : 10 ** (low - air);
  return [Math.min(from, min), Math.max(Math.min(10 ** (high + air), Number.MAX_VALUE), max)];
}

/** About `count` round numbers between two values. */
export function valueTicks(min: number, max: number, count: number): number[] {
  return multiples(niceStep(max / count - min / count), min, max);
}

const AIR = 0.03;
const NEAR_ZERO = 0.2;

function logScale(min: number, max: number, ticks: readonly number[]): Scale {
  const [low, high] = [Math.log10(min), Math.log10(max)];
  const place = (value: number) =>
    value > 0 ? (Math.log10(value) - low) / (high - low) : Number.NaN;
  return { min, max, place, ticks };
}

/** Difference of logarithms up to which values differ only by rounding. */
const SMALLEST_DECADES = 1e-9;

/** Range of the powers of ten that a double can hold. */
const LOWEST_POWER = -323;
const HIGHEST_POWER = Math.log10(Number.MAX_VALUE);

/** Powers of ten between two positive numbers, and multiples of powers where there is room. */
export function logTicks(min: number, max: number, count: number): number[] {
  const low = Math.max(Math.log10(min), LOWEST_POWER);
  const high = Math.min(Math.log10(max), HIGHEST_POWER);
  const decades = high - low;
  if (decades < 0.7) return multiples(niceStep((max - min) / count), min, max);
  // The densest ticks that have room, else every nth power.
  for (const factors of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = powerTicks(low, high, 1, factors);
    if (ticks.length <= count + 1) return ticks;
  }
  return powerTicks(low, high, Math.ceil(decades / count), [1]);
}

function powerTicks(
  low: number,
  high: number,
  every: number,
  factors: readonly number[],
): number[] {
  const ticks: number[] = [];
  const slack = 1e-9;
  for (let power = Math.floor(low); power <= high; power++) {
    if (power % every !== 0) continue;
    for (const factor of factors) {
      const at = Math.log10(factor) + power;
      if (at >= low - slack && at <= high + slack) ticks.push(factor * 10 ** power);
    }
  }
  return ticks;
}

/** A scale for the x axis, which the curves fill. */
export function axisScale(axis: Axis, from: number, to: number, count: number): Scale {
  const [min, max] = widened(from, to);
  return linearScale(min, max, axisTicks(axis, min, max, count));
}

/** About `count` round places on an axis: whole steps, hours and minutes. */
export function axisTicks(axis: Axis, min: number, max: number, count: number): number[] {
  const rough = max / count - min / count;
  if (axis === 'time') return timeTicks(clockStep(rough), min, max);
  const step = axis === 'elapsed' ? clockStep(rough) : niceStep(rough);
  const isWhole = axis === 'step' && max - min >= 1;
  return multiples(isWhole ? Math.max(1, Math.round(step)) : step, min, max);
}

/** A range with room on both sides for a single value, or for values that differ only by rounding. */
function widened(min: number, max: number): readonly [number, number] {
  const size = Math.max(Math.abs(min), Math.abs(max));
  if (max - min > Math.max(size * 1e-12, SMALLEST_SPAN)) return [min, max];
  const room = size > SMALLEST_SPAN ? size * 0.1 : 1;
  return [finite(min - room), finite(max + room)];
}

/** The value, or the largest number in place of infinity. */
function finite(value: number): number {
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
}

/** Distance up to which numbers cannot be divided by their distance. */
const SMALLEST_SPAN = 1e-300;

/** The least 1, 2 or 5 times a power of ten that is not below `rough`. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = rough / power;
  return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
}

const CLOCK_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

/** A step in seconds that suits a clock. */
function clockStep(rough: number): number {
  if (rough <= 1) return niceStep(rough);
  const step = CLOCK_STEPS.find((one) => one >= rough);
  return step ?? 86_400 * Math.max(1, niceStep(rough / 86_400));
}

function timeTicks(step: number, min: number, max: number): number[] {
  if (step > 3600) return localTicks(step / 3600, min, max);
  // Hours begin by the local zone's clock, which in some zones is part of an hour off UTC's.
  const offset = zoneOffset(min);
  return multiples(step, min - offset, max - offset).map((tick) => tick + offset);
}

/**
 * Ticks at hours and midnights of the local zone. A day has 23 or 25 hours when summer time begins or
 * ends.
 */
function localTicks(hours: number, min: number, max: number): number[] {
  const days = Math.max(1, Math.round(hours / 24));
  const dayOf = (time: number) => Math.floor((time - zoneOffset(time)) / 86_400);
  const [first, last] = [Math.floor(dayOf(min) / days) * days, dayOf(max)];
  if (!((last - first) / days <= MAX_TICKS)) return [];
  const ticks: number[] = [];
  for (let day = first; day <= last; day += days) {
    for (let hour = 0; hour < 24; hour += hours) {
      const tick = new Date(1970, 0, 1 + day, hour).getTime() / 1000;
      // The hour that spring leaves out has the same tick as the hour after it.
      const isNew = ticks.length === 0 || tick > (ticks[ticks.length - 1] ?? 0);
      if (tick >= min && tick <= max && isNew) ticks.push(tick);
    }
  }
  return ticks;
}

/** Seconds from this zone's clock to UTC at a moment. */
function zoneOffset(time: number): number {
  return new Date(time * 1000).getTimezoneOffset() * 60;
}

function multiples(step: number, min: number, max: number): number[] {
  const ticks: number[] = [];
  const slack = step * 1e-6;
  const [first, last] = [Math.ceil((min - slack) / step), Math.floor((max + slack) / step)];
  // No ticks when the numbers are too large for the step, or the step is too small for the range.
  if (!(last - first <= MAX_TICKS) || !Number.isSafeInteger(first)) return [];
  for (let n = first; n <= last; n++) ticks.push(n * step);
  return ticks;
}

const MAX_TICKS = 1000;
