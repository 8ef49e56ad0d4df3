/** Milliseconds after which the work runs even if the browser is still busy. */
const LATEST = 500;

/**
 * Returns a function that schedules work for when the browser has painted and is idle. Several calls until then run
 * the work once.
 */
export function whenIdle(work: () => void): () => void {
  let isAwaited = false;
  const run = () => {
    isAwaited = false;
    work();
  };
  return () => {
    if (isAwaited) return;
    isAwaited = true;
    requestAnimationFrame(() => {
      // Safari has no idle callbacks.
      if ('requestIdleCallback' in globalThis) requestIdleCallback(run, { timeout: LATEST });
      else setTimeout(run);
    });
  };
}
