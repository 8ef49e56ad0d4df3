/** The offset behind the literal, if the bytes at `start` are the literal; else -1. */
export function after(bytes: Buffer, start: number, literal: Buffer): number {
  if (start < 0) return -1;
  for (let i = 0; i < literal.length; i++) {
    if (bytes[start + i] !== literal[i]) return -1;
  }
  return start + literal.length;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How deep lists and objects nest in JSON. The JSON may be damaged. */
export function nestingOf(json: Buffer): number {
  let depth = 0;
  let deepest = 0;
  let isInText = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) isInText = !isInText;
    else if (byte === BACKSLASH) at++;
    // [ and {, ] and }
    else if (!isInText && (byte === 0x5b || byte === 0x7b)) deepest = Math.max(deepest, ++depth);
    else if (!isInText && (byte === 0x5d || byte === 0x7d)) depth--;
  }
  return deepest;
}
