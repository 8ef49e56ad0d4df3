import { button, element } from '../dom.js';
import { copyText } from './copy.js';
import { openBeside } from './floating.js';

/** Opens a text that has no place in its cell, in full. */
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

/** JSON is laid out for people. */
function readable(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
