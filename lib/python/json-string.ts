/** Strings as `json.dumps` writes them: ASCII only, lone surrogates as themselves. */
import { matches } from '../base/matches.js';

const PLAIN = /^[ !#-[\]-~]*$/;
const ASCII = /^[\0-~]*$/;
/** Code units that are escaped at a time. */
const PIECE = 4096;
/** Room for a piece of which each unit becomes `\uXXXX`. */
const bytes = Buffer.alloc(PIECE * 6);
const HEX = Buffer.from('0123456789abcdef');
const [BACKSLASH = 0, LETTER_U = 0, SPACE = 0, TILDE = 0, QUOTE = 0] = Buffer.from('\\u ~"');
/** The letters of the short escapes, by code unit. */
const SHORT = new Uint8Array(0x80);
for (const [unit = 0, letter = 0] of ['""', '\\\\', '\nn', '\rr', '\tt', '\bb', '\ff'].map((pair) =>
  Buffer.from(pair),
)) {
  SHORT[unit] = letter;
}

/** A string with its quotes. The escaped text must not exceed JavaScript's longest string. */
export function quote(text: string): string {
  if (isPlain(text)) return `"${text}"`;
  if (matches(ASCII, text)) return JSON.stringify(text);
  let escaped = '"';
  for (let i = 0; i < text.length; i += PIECE) escaped += escapePiece(text, i);
  return `${escaped}"`;
}

/** Code units up to which a loop is faster than a regular expression. */
const SHORT_STRING = 32;

/** Whether a string needs no escapes. */
function isPlain(text: string): boolean {
  if (text.length > SHORT_STRING) return matches(PLAIN, text);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < SPACE || unit > TILDE || unit === QUOTE || unit === BACKSLASH) return false;
  }
  return true;
}

/**
 * The text between the quotes, for `PIECE` code units from `start`. Written as bytes: a callback for each
 * unit takes ten times as long, and many millions of them end the process.
 */
function escapePiece(text: string, start: number): string {
  const end = Math.min(start + PIECE, text.length);
  let size = 0;
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i);
    const letter = unit < 0x80 ? (SHORT[unit] ?? 0) : 0;
    if (letter !== 0) {
      bytes[size++] = BACKSLASH;
      bytes[size++] = letter;
    } else if (unit >= SPACE && unit <= TILDE) {
      bytes[size++] = unit;
    } else {
      bytes[size] = BACKSLASH;
      bytes[size + 1] = LETTER_U;
      bytes[size + 2] = HEX[unit >> 12] ?? 0;
      bytes[size + 3] = HEX[(unit >> 8) & 15] ?? 0;
      bytes[size + 4] = HEX[(unit >> 4) & 15] ?? 0;
      bytes[size + 5] = HEX[unit & 15] ?? 0;
      size += 6;
    }
  }
  return bytes.toString('latin1', 0, size);
}
