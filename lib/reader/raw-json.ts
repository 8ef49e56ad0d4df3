/** Splits a JSON object into its members as they are written, without parsing their values. */

/** A member of an object, as written. */
export interface RawMember {
  /** The name with its quotes. */
  readonly name: string;
  readonly value: string;
}

/**
 * The members of the object in `json`, by name, in the order in which they are written. When a
 * name occurs twice, its last value counts, as for JSON.parse.
 *
 * @param json An object that is known to be JSON, as Python writes it.
 */
export function rawMembers(json: string): Map<string, RawMember> {
  const members = new Map<string, RawMember>();
  let at = json.indexOf('{') + 1;
  for (;;) {
    at = skip(json, at, BETWEEN);
    if (json[at] !== '"') return members;
    const end = endOfString(json, at);
    const name = json.slice(at, end);
    const start = skip(json, end, BEFORE_VALUE);
    at = endOfValue(json, start);
    const key = name.includes('\\') ? (JSON.parse(name) as string) : name.slice(1, -1);
    members.set(key, { name, value: json.slice(start, at) });
  }
}

const BETWEEN = ' ,\t\r\n';
const BEFORE_VALUE = ' :\t\r\n';
const AFTER_WORD = ' ,]}\t\r\n';

function skip(json: string, start: number, characters: string): number {
  let at = start;
  while (at < json.length && characters.includes(json.charAt(at))) at++;
  return at;
}

/** The offset behind the closing quote of the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(json: string, start: number): number {
  let at = start;
  let depth = 0;
  do {
    const character = json.charAt(at);
    if (character === '"') {
      at = endOfString(json, at);
    } else if (character === '{' || character === '[') {
      depth++;
      at++;
    } else if (character === '}' || character === ']') {
      depth--;
      at++;
    } else if (depth > 0) {
      at++;
    } else {
      while (at < json.length && !AFTER_WORD.includes(json.charAt(at))) at++;
    }
  } while (depth > 0 && at < json.length);
  return at;
}
