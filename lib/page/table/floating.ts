import { element } from '../dom.js';

/** Pixels from the dialog to its anchor and to the edges of the window. */
const GAP = 4;

/**
 * Opens a dialog beside an element. Escape or a click elsewhere closes it; only one is open at a time. The browser
 * then returns the focus to the element that had it.
 */
export function openBeside(
  anchor: Element,
  label: string,
  ...content: readonly Node[]
): HTMLElement {
  const made = element(
    'div',
    { class: 'floating', popover: 'auto', role: 'dialog', 'aria-label': label },
    ...content,
  );
  made.addEventListener('toggle', (event) => {
    if ((event as ToggleEvent).newState === 'closed') made.remove();
  });
  document.body.append(made);
  made.showPopover();
  const place = anchor.getBoundingClientRect();
  const { width, height } = made.getBoundingClientRect();
  const left = Math.max(GAP, Math.min(place.left, innerWidth - width - GAP));
  const below = place.bottom + GAP;
  const top = below + height <= innerHeight ? below : Math.max(GAP, place.top - height - GAP);
  made.style.left = `${left}px`;
  made.style.top = `${top}px`;
  return made;
}
