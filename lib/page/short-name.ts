import { element } from './dom.js';

const graphemes = new Intl.Segmenter('en');

/** Letters of Hebrew, Arabic and other scripts that are written from right to left. */
const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/**
 * A name in two parts. The end of the first is cut off where room lacks, since names mostly differ at their own
 * end. A name that is written from right to left is one part: two would stand in the wrong order.
 *
 * @param tail Characters in the second part, if the name has at least twice as many.
 */
export function shortName(name: string, tail: number): HTMLElement[] {
  if (FROM_RIGHT.test(name)) return [element('span', { class: 'head', dir: 'auto' }, name)];
  const characters = Array.from(graphemes.segment(name), ({ segment }) => segment);
  const at = characters.length - Math.min(tail, Math.floor(characters.length / 2));
  return [
    element('span', { class: 'head' }, characters.slice(0, at).join('')),
    element('span', { class: 'tail' }, characters.slice(at).join('')),
  ];
}
