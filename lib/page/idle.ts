/** The browser may be busy for longer, but what was asked for comes, in milliseconds. */
const LATEST = 500;

/**
 * A function that has work done once the browser has painted what is there now and has nothing else to do;
 * calls until then are one.
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
