/**
 * The times that stamp every record, of both clocks. They are told in one array for all loggers of a
 * thread, since numbers of this size, returned one by one, cost an allocation each. Whoever lets user
 * code run reads them before: it may log too.
 */
import { native } from './sink/native.js';

/** Index of microseconds since 1970 UTC; NaN when the record has no stamp yet. */
export const WALL = 0;
/** Index of microseconds since the logger was made, by a clock that never steps. */
export const ELAPSED = 1;

/** When the last record was logged. */
export const times: Float64Array = native?.exchange ?? new Float64Array(2);

/** Fills in `WALL`, and turns the start in `ELAPSED` into the time since. */
const readClocks: () => void = native?.stamp ?? scriptStamp();

/** Reads both clocks: `times` tells what they show, and how long that is after the start. */
export function stamp(start: number): void {
  times[ELAPSED] = start;
  readClocks();
}

/**
 * JavaScript's wall clock has milliseconds only. The microseconds within them come from the
 * monotonic clock, kept inside the millisecond that the wall clock shows, wherever it is set.
 */
function scriptStamp(): () => void {
  let origin = performance.timeOrigin;
  return () => {
    const monotonic = performance.now();
    const millisecond = Date.now();
    const wall = Math.min(Math.max(origin + monotonic, millisecond), millisecond + 0.999);
    origin = wall - monotonic;
    times[WALL] = Math.floor(wall * 1000);
    times[ELAPSED] = Math.floor(monotonic * 1000) - (times[ELAPSED] ?? 0);
  };
}
