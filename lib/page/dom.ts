/** Elements are made here. Text from a log gets into the page as text only, never as HTML. */

type Child = Node | string | undefined | false;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Attributes of what may be wider than its place: the arrow keys scroll what has the focus. */
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

/** A button with what it does; its name for people who do not see it is its title, if it has one. */
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

/** Makes elements the children of another one, and moves only those that lie elsewhere. */
export function putInOrder(
  parent: HTMLElement,
  parts: readonly { readonly element: HTMLElement }[],
): void {
  for (const [place, { element: wanted }] of parts.entries()) {
    const there = parent.children[place];
    if (there !== wanted) parent.insertBefore(wanted, there ?? null);
  }
  while (parent.children.length > parts.length) parent.lastElementChild?.remove();
}
