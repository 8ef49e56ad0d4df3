import type { Model } from './model.js';
import { viewAddress } from './view.js';

/** Browsers refuse an address that changes with every movement of a slider. */
const PAUSE_MS = 150;
/** Until the page shows another tab: a new address takes the browser some milliseconds. */
const STEP_PAUSE_MS = 30;

/**
 * Keeps the page's address and the view alike, in both directions. A change of tab adds a step that the browser's
 * Back undoes; every other change replaces the address.
 */
export function followAddress(model: Model): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let { tab } = model.view;
  const write = () => {
    clearTimeout(timer);
    const address = viewAddress(model.view);
    if (address === location.hash) return;
    const isStep = model.view.tab !== tab;
    tab = model.view.tab;
    try {
      history[isStep ? 'pushState' : 'replaceState'](null, '', address);
    } catch {
      // The browser refuses changes of the address for a while when they come too often.
      timer = setTimeout(write, 10 * PAUSE_MS);
    }
  };
  write();
  model.onChange((change) => {
    if (change !== 'view') return;
    clearTimeout(timer);
    timer = setTimeout(write, model.view.tab === tab ? PAUSE_MS : STEP_PAUSE_MS);
  });
  addEventListener('pagehide', write);
  addEventListener('popstate', () => {
    clearTimeout(timer);
    model.visit(location.hash);
    ({ tab } = model.view);
  });
}
