import { button, element } from '../dom.js';
import { copyText } from './copy.js';
import { openBeside } from './floating.js';

/** Opens the full text of a cell that is too small for it. */
export function openText(anchor: Element, title: string, text: string): void {
  const copy = button({}, 'Copy', () => {
    void copyText(readable(text)).then((isCopied) => {
      copy.textContent = isCopied ? 'Copied' : 'The browser refuses to copy';
    });
  });
  const full = element('pre', { tabindex: 0, role: 'region', 'aria-label': title }, readable(text));
  const made = openBeside(
    anchor,
    title,
    element(
      'div',
      { class: 'head' },
      element('h3', {}, title),
      copy,
      button({ title: 'Close' }, '×', () => made.hidePopover()),
    ),
    full,
  );
  full.focus();
}

/** Indents JSON; other text stays as it is. */
function readable(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
