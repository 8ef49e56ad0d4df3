/**
 * Waiting for the addon, in slices: its calls return after a while and are repeated. In between the engine can end
 * this thread, which a call that never returned would prevent.
 */
import type { NativeFault } from './native.js';

/** Milliseconds to wait for other processes: for the end of live writers, and for the append lock. */
const TRUNCATE_PATIENCE = 2000;
const APPEND_PATIENCE = 10_000;

export function patienceFor(append: boolean): number {
  return append ? APPEND_PATIENCE : TRUNCATE_PATIENCE;
}

/** Repeats a call while another process holds the log, for at most so many milliseconds. */
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
export function whileWaiting(call: () => NativeFault | null | undefined): NativeFault | undefined {
  for (;;) {
    const fault = call();
    if (fault === null) return undefined;
    // Node-API refuses calls of a thread that is being ended.
    if (fault === undefined) throw new Error('the thread is being ended');
    if (fault.kind !== 'waiting') return fault;
  }
}
