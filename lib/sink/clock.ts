/**
 * The times that stamp every record, of both clocks. They lie in one array for all loggers of a thread, since
 * returning numbers of this size costs an allocation each. Read them before running user code, which may log and
 * overwrite them.
 */
import { native } from './native.js';

/** Index of microseconds since 1970 UTC; `UNSTAMPED` when the record has no stamp yet. */
export const WALL = 0;
/** Index of microseconds since the logger was made, by a clock that never steps. */
export const ELAPSED = 1;

/** The wall time of a record without a stamp; its elapsed time is then the logger's start. */
export const UNSTAMPED = Number.NaN;

/** When the last record was logged. */
export const times: Float64Array = native?.callBlock ?? new Float64Array(2);

/** Fills in `WALL`, and turns the start in `ELAPSED` into the time since. */
const readClocks: () => void = native?.stamp ?? scriptStamp();

/** Puts a record's times into `times`; reads both clocks for a record without a stamp. */
export function stamp(wall: number, elapsed: number): void {
  times[WALL] = wall;
  times[ELAPSED] = elapsed;
  if (Number.isNaN(wall)) readClocks();
}

/**
 * JavaScript's wall clock has milliseconds only. The microseconds come from the monotonic clock, and are kept inside
 * the millisecond that the wall clock shows, also after that clock was set.
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
