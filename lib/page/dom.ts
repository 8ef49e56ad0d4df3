/** Makes the page's elements. Text from a log enters the page as text only, never as HTML. */

type Child = Node | string | undefined | false;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Attributes of an element that scrolls sideways: the focus lets the arrow keys scroll it. */
export const SCROLLED = { tabindex: 0, role: 'region' };

/** Makes an element: attributes that are `false` or undefined are left out, `true` ones are empty. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== undefined && child !== false));
  return made;
}

/** A button and its action. Its title, if it has one, is its name for screen readers. */
export function button(
  attributes: Attributes,
  label: Child,
  act: (event: MouseEvent) => void,
): HTMLButtonElement {
  const { title } = attributes;
  const made = element('button', { type: 'button', 'aria-label': title, ...attributes }, label);
  made.addEventListener('click', act);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/** An icon from the outline of a 16 x 16 drawing. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

/** Makes elements the children of a parent in this order; moves only the misplaced ones. */
export function putInOrder(
  parent: HTMLElement,
  parts: readonly { readonly element: HTMLElement }[],
): void {
  // Else every element behind a removed one would be moved.
  const kept = new Set<Element>(parts.map(({ element }) => element));
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  for (const [place, { element: wanted }] of parts.entries()) {
    const there = parent.children[place];
    if (there !== wanted) parent.insertBefore(wanted, there ?? null);
  }
}
