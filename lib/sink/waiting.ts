/**
 * Waiting for the addon, in slices: its calls give up now and then and are repeated, and in between
 * the engine can end this thread, which a call that never returned would hold for ever.
 */
import type { NativeFault } from './native.js';

/** Milliseconds to wait for other processes that hold a log: for their end, and for their turn. */
const TRUNCATE_PATIENCE = 2000;
const APPEND_PATIENCE = 10_000;

export function patienceFor(append: boolean): number {
  return append ? APPEND_PATIENCE : TRUNCATE_PATIENCE;
}

/** Repeats a call as long as another process holds the log, for so many milliseconds. */
export function whileHeld<T>(
  patience: number,
  faultOf: (result: T) => NativeFault | undefined,
  call: () => T,
): T {
  const end = performance.now() + patience;
  for (;;) {
    const result = call();
    if (faultOf(result)?.kind !== 'held' || performance.now() >= end) return result;
  }
}

/** Repeats a call of the addon that gave up waiting for the log's own writer. */
export function whileWaiting(call: () => NativeFault | undefined): NativeFault | undefined {
  for (;;) {
    const fault = call();
    if (fault?.kind !== 'waiting') return fault;
  }
}
