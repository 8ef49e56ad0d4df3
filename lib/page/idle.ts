/** Milliseconds after which the work runs even if the browser is still busy. */
const LATEST = 500;
/** Milliseconds for which the browser must be idle: the work would delay the next frame after a shorter pause. */
const LEAST_PAUSE = 25;

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
  const wait = (end: number) =>
    requestIdleCallback(
      (pause) => {
        if (pause.timeRemaining() >= LEAST_PAUSE || performance.now() >= end) run();
        else wait(end);
      },
      { timeout: Math.max(1, end - performance.now()) },
    );
  return () => {
    if (isAwaited) return;
    isAwaited = true;
    requestAnimationFrame(() => {
      // Safari has no idle callbacks.
      if ('requestIdleCallback' in globalThis) wait(performance.now() + LATEST);
      else setTimeout(run);
    });
  };
}
