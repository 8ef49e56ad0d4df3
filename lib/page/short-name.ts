import { element } from './dom.js';

const graphemes = new Intl.Segmenter('en');

/** Letters of Hebrew, Arabic and other scripts that are written from right to left. */
const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** Room for the end of a name, in characters. */
const TAIL = 16;
/** Characters from here on, as Chinese ones and emoji, take the room of two. */
const WIDE = '\u1100';

/** The end of a text that is followed by a new word. The points of `0.1` and the minus of `1e-5` are within a word. */
const WORD_END = /[_/\s,;+]$|(?<!\de)-$|\.$/;

/**
 * A name in two parts. The end of the first is cut off where room lacks, since names mostly differ at their own
 * end. The second is whole words where they fit: of `lr0.01` and `lr0.001` a cut word would not tell which it is. A
 * name that is written from right to left is one part: two would stand in the wrong order.
 */
export function shortName(name: string): HTMLElement[] {
  if (FROM_RIGHT.test(name)) return [element('span', { class: 'head', dir: 'auto' }, name)];
  const characters = Array.from(graphemes.segment(name), ({ segment }) => segment);
  const at = tailStart(characters);
  return [
    element('span', { class: 'head' }, characters.slice(0, at).join('')),
    element('span', { class: 'tail' }, characters.slice(at).join('')),
  ];
}

/** Where the second part starts: at a word, unless the words that fit fill less than half of the room. */
function tailStart(characters: readonly string[]): number {
  let at = characters.length;
  let room = TAIL;
  let word: number | undefined;
  while (at > characters.length / 2) {
    room -= (characters[at - 1] ?? '') < WIDE ? 1 : 2;
    if (room < 0) break;
    at--;
    if (room <= TAIL / 2 && isWord(characters, at)) word = at;
  }
  return word ?? at;
}

function isWord(characters: readonly string[], at: number): boolean {
  const isDigit = /\d/.test(characters[at] ?? '');
  const before = characters.slice(Math.max(at - 3, 0), at).join('');
  return WORD_END.test(before) && !(isDigit && before.endsWith('.'));
}

/** The heading of a chart or tile. A screen reader would read the two parts of a name as two words. */
export function nameHeading(name: string): HTMLElement {
  if (name.length <= 2 * TAIL) return element('h3', { title: name }, name);
  return element('h3', { title: name, 'aria-label': name, class: 'short' }, ...shortName(name));
}
