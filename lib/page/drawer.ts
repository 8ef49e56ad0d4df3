import { button, element } from './dom.js';

const root = document.documentElement;

/**
 * A button that opens a part of the page in narrow windows; wide ones show the part without a button.
 *
 * @param part The part that opens. A style sheet shows it where the root has the class `open-` and `name`.
 */
export function drawerButton(name: string, label: string, part: HTMLElement): HTMLElement {
  const open = `open-${name}`;
  const made = button({ class: 'drawer-button', 'aria-expanded': 'false' }, label, () =>
    set(!isOpen()),
  );
  const isOpen = () => root.classList.contains(open);
  const set = (wanted: boolean) => {
    root.classList.toggle(open, wanted);
    made.setAttribute('aria-expanded', String(wanted));
    if (wanted) part.querySelector<HTMLElement>('input, button, select')?.focus();
  };
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !isOpen()) return;
    set(false);
    made.focus();
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (isOpen() && target instanceof Node && !part.contains(target) && !made.contains(target)) {
      set(false);
    }
  });
  return made;
}

/** A link for the keyboard that skips what every tab has in common and leads to the tab's content. */
export function skipLink(target: HTMLElement): HTMLElement {
  const made = element('a', { class: 'skip', href: `#${target.id}` }, 'Skip to the content');
  made.addEventListener('click', (event) => {
    // The address holds the view, not a place in the page.
    event.preventDefault();
    target.focus();
  });
  return made;
}
