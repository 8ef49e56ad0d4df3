/** The two clocks that stamp every record, read together. */
import { native } from './sink/native.js';

export interface Clock {
  /** What the last `stamp()` read. */
  readonly now: Float64Array;
  /** Reads the clocks: `now[WALL]` is microseconds since 1970 UTC, `now[MONOTONIC]` never steps. */
  stamp(): void;
}

export const WALL = 0;
export const MONOTONIC = 1;

/**
 * JavaScript's wall clock has milliseconds only. The microseconds within them come from the
 * monotonic clock, kept inside the millisecond that the wall clock shows, wherever it is set.
 */
function scriptClock(): Clock {
  const now = new Float64Array(2);
  let origin = performance.timeOrigin;
  return {
    now,
    stamp() {
      const monotonic = performance.now();
      const millisecond = Date.now();
      const wall = Math.min(Math.max(origin + monotonic, millisecond), millisecond + 0.999);
      origin = wall - monotonic;
      now[WALL] = Math.floor(wall * 1000);
      now[MONOTONIC] = Math.floor(monotonic * 1000);
    },
  };
}

export const clock: Clock =
  native === undefined
    ? scriptClock()
    : { now: new Float64Array(native.clock), stamp: native.stamp };
