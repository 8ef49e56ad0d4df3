import type { LabelPart } from '../runs/names.js';
import { essentialText } from '../runs/names.js';
import { element } from './dom.js';
import type { Model } from './model.js';
import { textWidth } from './table/text-width.js';

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
 * A name in pieces that are cut off at their ends where room lacks: first the words that nearly all names have, then
 * those that tell the name apart. A name that is written from right to left is one piece: several would stand in the
 * wrong order.
 */
export function shortName(parts: readonly LabelPart[]): HTMLElement[] {
  const name = parts.map(({ text }) => text).join('');
  if (FROM_RIGHT.test(name)) return [element('span', { class: 'head', dir: 'auto' }, name)];
  const last = parts.findLastIndex(({ isCommon }) => !isCommon);
  return parts.flatMap(({ text, isCommon }, i) => {
    if (isCommon) return [element('span', { class: 'common' }, text)];
    // Beside other pieces a short one stays as a whole.
    const whole = parts.length === 1 ? 0 : i === last ? TAIL : TAIL / 2;
    return ending(text, whole);
  });
}

/**
 * A name in one line, or in two where it has no room: a name that is cut at its end may look like another.
 *
 * @param room The width of a line, in pixels.
 */
export function nameWithin(parts: readonly LabelPart[], room: number): HTMLElement[] {
  if (textWidth(essentialText(parts)) <= room) return shortName(parts);
  const words = parts.flatMap((part) => (part.isCommon ? [part] : wordsOf(part.text)));
  const lengths = words.map(({ text, isCommon }) => (isCommon ? CUT : text.length));
  const sum = (some: readonly number[]) => some.reduce((total, length) => total + length, 0);
  const longer = (at: number) => Math.max(sum(lengths.slice(0, at)), sum(lengths.slice(at)));
  let at = 1;
  for (let i = 2; i < words.length; i++) if (longer(i) < longer(at)) at = i;
  const name = parts.map(({ text }) => text).join('');
  if (words.length < 2 || FROM_RIGHT.test(name)) return shortName(parts);
  return [words.slice(0, at), words.slice(at)].map((line) =>
    element('span', { class: 'short' }, ...shortName(joined(line))),
  );
}

/**
 * Whether some names have no room in one line of so many pixels. All rows of a list have the same height. Each name is
 * measured, since a name of few but wide letters may be the widest.
 */
export function needsTwoLines({ essentials }: Model, room: number): boolean {
  const known =
    widest.get(essentials) ?? essentials.reduce((most, text) => Math.max(most, textWidth(text)), 0);
  widest.set(essentials, known);
  return known > room;
}

const widest = new WeakMap<readonly string[], number>();

/** Length of common words that are cut, in characters. */
const CUT = 2;

/** A text in words, each with the separators behind it. */
function wordsOf(text: string): LabelPart[] {
  const characters = Array.from(graphemes.segment(text), ({ segment }) => segment);
  const words: string[] = [];
  for (const [i, character] of characters.entries()) {
    if (i === 0 || isWord(characters, i)) words.push('');
    words.push((words.pop() ?? '') + character);
  }
  return words.map((word) => ({ text: word, isCommon: false }));
}

/** Words of the same kind side by side become one part. */
function joined(words: readonly LabelPart[]): LabelPart[] {
  const parts: LabelPart[] = [];
  for (const word of words) {
    const before = parts.at(-1);
    if (before?.isCommon !== word.isCommon) parts.push(word);
    else parts.splice(-1, 1, { ...word, text: before.text + word.text });
  }
  return parts;
}

/**
 * A text in two pieces. The second stays, since names mostly differ at their own end. It is whole words where they
 * fit: of `lr0.01` and `lr0.001` a cut word would not tell which it is.
 *
 * @param whole Up to this many characters stay as a whole.
 */
function ending(text: string, whole: number): HTMLElement[] {
  const characters = Array.from(graphemes.segment(text), ({ segment }) => segment);
  const isWhole = characters.length <= whole;
  const at = isWhole ? 0 : tailStart(characters, whole > 0 ? TAIL / 4 : TAIL / 2);
  return [
    ...(at > 0 ? [element('span', { class: 'head' }, characters.slice(0, at).join(''))] : []),
    element('span', { class: 'tail' }, characters.slice(at).join('')),
  ];
}

/** Where the second piece starts: at a word, unless the words that fit fill less than `least` of the room. */
function tailStart(characters: readonly string[], least: number): number {
  let at = characters.length;
  let room = TAIL;
  let word: number | undefined;
  while (at > characters.length / 2) {
    room -= (characters[at - 1] ?? '') < WIDE ? 1 : 2;
    if (room < 0) break;
    at--;
    if (room <= TAIL - least && isWord(characters, at)) word = at;
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
  const pieces = shortName([{ text: name, isCommon: false }]);
  return element('h3', { title: name, 'aria-label': name, class: 'short' }, ...pieces);
}
