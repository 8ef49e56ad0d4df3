/** The end of a log that is opened for appending; the rules are those of native/tail.h. */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';

const NEWLINE = 0x0a;
const BEGIN = 'DLLL {';
const PIECE = 64 * 1024;

/**
 * Makes a file end with a whole line: cuts the beginning of a record that a killed writer left, and
 * ends what only lacks its newline.
 *
 * @returns the bytes that were cut.
 */
export function repairTail(descriptor: number, size: number): number {
  const start = lastLineStart(descriptor, size);
  if (start === size) return 0;
  const line = Buffer.alloc(size - start);
  readSync(descriptor, line, 0, line.length, start);
  if (isTorn(line.toString('latin1'))) {
    ftruncateSync(descriptor, start);
    return line.length;
  }
  writeSync(descriptor, '\n');
  return 0;
}

/** The same for a log that is not open. */
export function repairLog(path: string): number {
  const descriptor = openSync(path, constants.O_RDWR | constants.O_APPEND);
  try {
    return repairTail(descriptor, fstatSync(descriptor).size);
  } finally {
    closeSync(descriptor);
  }
}

/** Where the bytes begin that follow the last newline. */
function lastLineStart(descriptor: number, size: number): number {
  const piece = Buffer.alloc(PIECE);
  for (let end = size; end > 0; ) {
    const length = Math.min(PIECE, end);
    readSync(descriptor, piece, 0, length, end - length);
    const newline = piece.subarray(0, length).lastIndexOf(NEWLINE);
    if (newline !== -1) return end - length + newline + 1;
    end -= length;
  }
  return 0;
}

/** Whether a line is the beginning of a record, or space that was never written. */
function isTorn(line: string): boolean {
  if (/^\0*$/.test(line)) return true;
  if (!line.startsWith(BEGIN.slice(0, line.length))) return false;
  let depth = 0;
  let inString = false;
  for (let i = BEGIN.length - 1; i < line.length; i++) {
    const character = line[i];
    if (inString) {
      if (character === '\\') i++;
      else if (character === '"') inString = false;
    } else if (character === '"') {
      inString = true;
    } else if (character === '{' || character === '[') {
      depth++;
    } else if (character === '}' || character === ']') {
      // A whole record, or what is none of ours.
      if (--depth === 0) return false;
    }
  }
  return true;
}
